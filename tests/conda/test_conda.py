"""`snakemake --sdm conda` for real: environments are solved and installed, and the jobs run inside them."""

import re
import subprocess

import pytest

from tests.conda.conftest import ENVS, ROOT
from tests.conventions.test_rules import RULES, files_of, third_party_imports
from tests.workflow.checkout import Checkout

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("conda")]
# Every kind of environment but those of the report, of DICOM and of tables of features
TARGET = "results/small/relevance/brain/gradient/groups.tsv"


def rules_of(env):
    return [name for name, body in RULES.items() if f'"../envs/{env.name}"' in body]


@pytest.mark.parametrize("env", ENVS, ids=lambda env: env.stem)
def test_an_environment_holds_what_its_scripts_import_and_nothing_of_others(conda, env, tmp_path):
    said, well = conda.create(env, tmp_path / "env")
    assert well, said
    files = [file for name in rules_of(env) for file in files_of(name)]
    names = {name for name, _ in third_party_imports(files)}
    names |= {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in files
        if file.is_relative_to(ROOT / "voxplain")
    }
    names = sorted(name.removesuffix(".__init__") for name in names)
    asked = (
        f"import importlib, sys\nsys.path.insert(0, {str(ROOT)!r})\nfor name in {names}: importlib.import_module(name)"
    )
    python = tmp_path / "env" / "bin" / "python"
    ran = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    absent = subprocess.run([python, "-I", "-c", "import snakemake"], capture_output=True, text=True)
    assert "No module named 'snakemake'" in absent.stderr


def test_a_version_that_the_lock_has_not_is_not_solved(conda, tmp_path):
    env = tmp_path / "other.yaml"
    env.write_text("channels: [conda-forge, nodefaults]\ndependencies:\n  - python=3.11\n  - numpy=1.0.1\n")
    said, well = conda.create(env, tmp_path / "env")
    assert not well and "numpy" in said


def test_the_study_runs_in_environments_that_conda_made(conda, tmp_path):
    checkout = Checkout(tmp_path)
    said = checkout.snakemake(TARGET, "--sdm", "conda", env=conda.environment)
    assert (tmp_path / TARGET).exists()
    made = {path.read_text() for path in (tmp_path / ".snakemake" / "conda").glob("*.yaml")}
    used = {env.stem for env in ENVS if env.read_text() in made}
    assert {"tables", "torch", "volumes"} <= used
    done = int(re.search(r"(\d+) of \1 steps \(100%\) done", said)[1])
    assert said.count("Activating conda environment") >= done - 1

"""How the code is laid out."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "voxplain").rglob("*.py"))
FLOORS = [
    {"errors", "settings", "lineage", "source_code", "runtime", "privacy", "disk_faults", "out_of_memory"},
    {"volumes", "cohort", "store", "shards"},
    {"demo", "networks"},
    {"training", "attribution", "baselines", "insight"},
    {"relevance", "sanity"},
    {"report", "mine", "status"},
]  # fmt: skip


def floor_of(name):
    return next((level for level, names in enumerate(FLOORS) if name in names), None)


def own(path):
    part = path.relative_to(ROOT / "voxplain").parts[0]
    return part.removesuffix(".py")


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_from_its_own_floor_or_a_lower_one(path):
    level = floor_of(own(path))
    if path == ROOT / "voxplain" / "__init__.py":
        return
    assert level is not None, f"{own(path)} has no floor"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "absolute imports"
            if (node.module or "").startswith("voxplain."):
                other = floor_of(node.module.split(".")[1])
                assert other is not None and other <= level, f"{node.module} lies above"


@pytest.mark.parametrize("path", [*LIBRARY, *sorted((ROOT / "scripts").glob("*.py"))], ids=lambda path: path.name)
def test_a_file_is_one_concept_of_at_most_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in {"utils", "helpers", "base", "core", "misc"}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_public_says_what_it_does(path):
    tree = ast.parse(path.read_text())
    if path.name != "__init__.py":
        assert ast.get_docstring(tree), "the module has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_importing_voxplain_is_light():
    asked = "import sys, voxplain; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", asked], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split()
    )
    assert not loaded & {"torch", "numpy", "nibabel", "pandas", "ants", "h5py"}


def test_the_public_names_are_there():
    import voxplain

    assert {"gradient", "guided_backprop", "grad_cam", "occlusion"} <= set(voxplain.methods())
    assert {"mrinet", "adni_cnn"} <= set(voxplain.networks())
    assert callable(voxplain.build) and callable(voxplain.attribute)
    assert issubclass(voxplain.InputError, voxplain.VoxplainError)


def test_no_binary_file_is_kept_under_version_control():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    binary = [name for name in files.split("\0") if name and b"\0" in (ROOT / name).read_bytes()]
    assert not binary


def test_the_snakefile_is_a_table_of_contents():
    assert len((ROOT / "Snakefile").read_text().splitlines()) < 60
    included = set(re.findall(r'include: "rules/(\w+)\.smk"', (ROOT / "Snakefile").read_text()))
    assert included == {file.stem for file in (ROOT / "rules").glob("*.smk")}

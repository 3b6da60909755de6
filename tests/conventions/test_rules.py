"""The rules about rules."""

import ast
import itertools
import re
from pathlib import Path

import pytest
import yaml

from voxplain.lineage import reached

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))


def rules():
    """Name and body of every rule: the lines after it that are indented further."""
    for file in sorted((ROOT / "rules").glob("*.smk")):
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            if found := re.match(r"( *)rule (\w+):$", line):
                yield found[2], "\n".join(indented_further(lines[number + 1 :], len(found[1])))


def indented_further(lines, depth):
    return itertools.takewhile(lambda line: not line.strip() or len(line) - len(line.lstrip()) > depth, lines)


RULES = dict(rules())


def test_the_rules_were_found():
    assert len(RULES) >= 14 and {"train_fold", "make_cohort", "localise_maps"} <= set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_what_it_does_and_where_it_runs(name):
    body = RULES[name]
    assert body.lstrip().startswith('"""'), "no docstring"
    for part in ("log:", "benchmark:", "conda:", "code=", "mem_mb=", "runtime="):
        assert part in body, f"no {part}"
    assert "retries" not in body


@pytest.mark.parametrize("name", RULES)
def test_rule_script_and_log_share_one_name(name):
    body = RULES[name]
    assert f'"../scripts/{name}.py"' in body
    assert re.search(rf'log:\s+f?"logs/({{study}}|mine)/{name}[./]', body)
    code = re.search(r"code=(?:lambda wildcards: )?[\w.]+\(\s*\"([\w.]+)\"", body)
    assert code and code.group(1) == f"{name}.py"


def test_every_script_has_its_rule():
    assert {script.stem for script in SCRIPTS} == set(RULES)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_touch_snakemake_only_under_the_guard(script):
    tree = ast.parse(script.read_text())
    assert ast.get_docstring(tree)
    for node in tree.body:
        if not (isinstance(node, ast.If) and "__main__" in ast.dump(node.test)):
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            assert "snakemake" not in names
    assert not re.search(r"^(from|import) voxplain( |$)", script.read_text(), re.M), "import from modules"


# Environments of tools that users may ask for and this project does not need
OPTIONAL = "hd_bet", "synthstrip", "fireants", "defacing"


def pins_of(env):
    """Name and exact version of every package in an environment, those from pip too."""
    for pin in yaml.safe_load(env.read_text())["dependencies"]:
        for one in pin["pip"] if isinstance(pin, dict) else [pin]:
            name, version = re.fullmatch(r"([\w.-]+)={1,2}([\w.]+)", one).groups()
            yield name, version


IMPORT_OF = {
    "pytorch": "torch", "pillow": "PIL", "scikit-learn": "sklearn",
    "antspyx": "ants", "pyyaml": "yaml", "pot": "ot", "umap-learn": "umap",
    "imbalanced-learn": "imblearn", "py-xgboost": "xgboost",
}  # fmt: skip


def third_party_imports(paths):
    import sys

    for path in paths:
        for node in ast.walk(ast.parse(Path(path).read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                first = name.split(".")[0]
                if first not in sys.stdlib_module_names and first != "voxplain":
                    yield first, path


def files_of(name):
    """Every Python file that the script of a rule reaches, those that it finds by name too."""
    modules = []
    if "network_code" in RULES[name] or "method_code" in RULES[name] or "network_module" in RULES[name]:
        modules += [f"voxplain.networks.{file.stem}" for file in (ROOT / "voxplain" / "networks").glob("*.py")]
    if "method_code" in RULES[name] or "method_module" in RULES[name]:
        modules += [f"voxplain.attribution.{file.stem}" for file in (ROOT / "voxplain" / "attribution").glob("*.py")]
    script = ROOT / "scripts" / f"{name}.py"
    return [script, *(file for file in reached(script, *modules) if file.suffix == ".py")]


@pytest.mark.parametrize("name", RULES)
def test_a_script_reaches_only_what_its_environment_has(name):
    env = re.search(r'conda:\s+"\.\./(envs/\w+\.yaml)"', RULES[name]).group(1)
    pins = [name for name, _ in pins_of(ROOT / env)]
    has = {IMPORT_OF.get(pin, pin) for pin in pins}
    missing = {first: str(path) for first, path in third_party_imports(files_of(name)) if first not in has}
    assert not missing


def test_environments_and_lock_pin_the_same_versions():
    lock = dict(
        line.lower().split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line
    )
    for file in (ROOT / "envs").glob("*.yaml"):
        for name, version in pins_of(file):
            if name != "python" and file.stem not in OPTIONAL:
                known = {"pytorch": "torch", "py-xgboost": "xgboost-cpu"}.get(name, name)
                assert lock[known] == version, f"{file.name}: {name}"


def test_the_lock_serves_cpu_and_cuda_wheels_alike():
    lock = (ROOT / "requirements.lock").read_text()
    assert "torch==2.13.0\n" in lock
    assert not re.search(r"nvidia|triton|\+cpu|--hash", lock)

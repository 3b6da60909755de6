"""What the documents tell a reader to type can be typed, and what they show as settings are settings."""

import ast
import importlib
import importlib.util
import inspect
import re
import shlex
from copy import deepcopy
from functools import cache

import pytest
import yaml
from snakemake.cli import get_argument_parser

import voxplain
from tests.conventions.documents import DOCUMENTS, ROOT, blocks, commands
from voxplain.attribution.table import method_options
from voxplain.networks.table import network_options
from voxplain.settings import known
from voxplain.settings.known import default_settings
from voxplain.settings.merging import merged_settings

NETWORKS = {name: network_options(name) for name in voxplain.networks()}
METHODS = {name: method_options(name) for name in voxplain.methods()}
MINE = yaml.safe_load((ROOT / "config" / "mine.yaml").read_text())
RULES = {path.stem for path in (ROOT / "scripts").glob("*.py")} | {"all", "check"}
SETTINGS = {*default_settings(), *MINE}
SNAKEMAKE = get_argument_parser()
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
# Programs that are not the project's own
OTHERS = {"docker", "apptainer", "pip", "cd", "ls", "export", "tmux"}
# The profile that a reader writes for a cluster
THEIRS = "profiles/mine"
# What a part of the settings leaves for the rest of a study to say
ATLAS = {"name": "aal", "image": "aal.nii.gz", "labels": "aal.txt"}
MEASURES = {"path": "unrestricted_hcp_freesurfer.csv", "id_column": "Subject"}


READ = cache(known._read)


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    """Every file of settings is parsed once for all documents, which is most of the time that they take."""
    monkeypatch.setattr(known, "_read", lambda name: deepcopy(READ(name)))


def whole(part):
    """The settings of a study that ``part``, shown in a document, may be written in."""
    study = {"template": {"atlases": [ATLAS]}} | part
    inputs = list(part.get("inputs", {"affine": None}))
    if "experiments" in part:
        named = part["experiments"].items()
        study["experiments"] = {name: {"input": inputs[0]} | one for name, one in named}
    elif "inputs" in part or "cohort" in part or "published" in part:
        study["experiments"] = {name if "inputs" in part else "brain": {"input": name} for name in inputs}
    if part.get("cohort", {}).get("source") == "adni" and "inputs" not in part:
        study["inputs"] = {"affine": {"strip": "ants"}}
    if "tabular" in part.get("baselines", {}):
        study["cohort"] = {"source": "hcp", "archives": "hcp", "table": "hcp.csv", "features": MEASURES}
    return study


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_the_settings_that_a_document_shows_are_settings(block):
    part = yaml.safe_load(block.text)
    settings = merged_settings(part if "study" in part else whole(part), NETWORKS, METHODS)
    for section in part:
        assert section in settings


@pytest.mark.parametrize("block", blocks("yml"), ids=str)
def test_the_profile_that_a_document_shows_is_of_options_of_snakemake_or_of_partitions(block):
    part = yaml.safe_load(block.text)
    options = {option.removeprefix("--") for action in SNAKEMAKE._actions for option in action.option_strings}
    # the executor's own options join the parser only where it is asked for
    assert all(key in options or key.startswith("slurm-") or key == "partitions" for key in part)


def test_settings_that_are_none_are_found():
    with pytest.raises(voxplain.VoxplainError, match="unknown setting"):
        merged_settings(whole({"folds": {"k": 3, "kk": 4}}), NETWORKS, METHODS)


@pytest.mark.parametrize(("where", "command"), list(commands()))
def test_a_command_that_a_document_shows_is_one(where, command):
    words = [word for word in shlex.split(command) if word != "..."]
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    check = {"snakemake": check_snakemake, "make": check_make, "python": check_python, "pytest": check_pytest}
    if words[0] not in OTHERS:
        assert words[0] in check, f"{where}: {words[0]} is no program of the project, nor one that it knows of"
        check[words[0]](words[1:])


def check_make(words):
    assert {word for word in words if "=" not in word} <= TARGETS


def check_python(words):
    if words[0] == "-m":
        assert importlib.util.find_spec(words[1]) is not None
    else:
        assert (ROOT / words[0]).exists()


def check_pytest(words):
    markers = {word for before, word in zip(words, words[1:], strict=False) if before in ("-m", "-n", "-k", "-p")}
    for word in words:
        assert word.startswith("-") or word in markers or (ROOT / word.split("::")[0]).exists(), word


def check_snakemake(words):
    """Hold options to Snakemake's own parser, targets to the rules, files to what there is or the reader writes."""
    asked = SNAKEMAKE.parse_args(words)
    files = [*(asked.configfile or []), asked.workflow_profile, asked.profile]
    for file in filter(None, map(str, filter(None, files))):
        there = "/" not in file or file.startswith("/") or file == THEIRS or (ROOT / file).exists()
        assert there, f"{file} is not there"
    assert {pair.split("=")[0] for pair in asked.config or []} <= SETTINGS
    for target in asked.targets or []:
        assert target in RULES or target.startswith("results/"), f"{target} is no rule"


@pytest.mark.parametrize("command", ["snakemake --no-such-option", "snakemake no_such_rule", "make no-such-target"])
def test_a_command_that_is_none_is_found(command):
    with pytest.raises((AssertionError, SystemExit)):
        test_a_command_that_a_document_shows_is_one("here", command)


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_the_python_that_a_document_shows_names_what_there_is(block):
    tree = ast.parse(block.text)
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "voxplain":
            module = importlib.import_module(node.module)
            names |= {one.asname or one.name: getattr(module, one.name) for one in node.names}
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "voxplain":
            assert hasattr(voxplain, node.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = named(node.func, names)
            if called is not None:
                keywords = {one.arg: None for one in node.keywords}
                inspect.signature(called).bind(*node.args, **keywords)


def named(function, names):
    """What ``function``, a node, is by the ``names`` that were imported; None of anything else."""
    if isinstance(function, ast.Name):
        return names.get(function.id)
    of_voxplain = isinstance(function, ast.Attribute) and getattr(function.value, "id", None) == "voxplain"
    return getattr(voxplain, function.attr) if of_voxplain else None


def test_there_is_something_to_hold_the_documents_to():
    assert len(blocks("yaml")) > 25 and len(blocks("python")) > 20 and len(list(commands())) > 40
    assert len(DOCUMENTS) > 60

"""What no file of the library, the scripts and the rules does, read from their code."""

import ast
import re
from pathlib import Path

import pytest

from tests.conventions.test_rules import RULES

ROOT = Path(__file__).parents[2]
CODE = sorted([*(ROOT / "voxplain").rglob("*.py"), *(ROOT / "scripts").glob("*.py"), *(ROOT / "rules").glob("*.smk")])
NETWORK = {"socket", "ssl", "http", "urllib", "requests", "ftplib", "smtplib", "aiohttp", "urllib3", "xmlrpc"}
UNPICKLERS = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
# The one file of the library that fetches something, at set-up and by hand
FETCHES = ROOT / "voxplain" / "report" / "viewer" / "niivue.py"


def calls(text):
    """Each call of a file: its dotted name, and the node. A rules file counts by the Python in it that can be read."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def said(node, name):
    """What a call says for a keyword, as code; None where it does not."""
    return next((ast.unparse(one.value) for one in node.keywords if one.arg == name), None)


def refused(name, node):
    """Why a call may not be there; None where it may."""
    last = name.rpartition(".")[2]
    if (
        last in ("read_pickle", "to_pickle", "Unpickler")
        or name.split(".")[0] in UNPICKLERS
        and last in ("load", "loads")
    ):
        return "unpickles"
    if name == "torch.load" and said(node, "weights_only") != "True":
        return "unpickles: say weights_only=True"
    if name in ("np.load", "numpy.load") and said(node, "allow_pickle") != "False":
        return "may unpickle: say allow_pickle=False"
    if said(node, "allow_pickle") not in (None, "False"):
        return "pickles"
    if name.startswith("yaml.") and last in ("load", "load_all", "full_load", "unsafe_load"):
        return "YAML that is not safe-loaded"
    if name in ("eval", "exec", "os.system", "os.popen") or name == "compile":
        return "runs text"
    if said(node, "shell") not in (None, "False"):
        return "a command for a shell"
    if last in ("extractall", "unpack_archive"):
        return "unpacks an archive where its names say"
    if last == "File" and name.startswith("h5py") and said(node, "locking") != "False":
        return "locks, which shared file systems break: say locking=False"
    if last == "mktemp":
        return "a temporary name that others may take first"
    return None


@pytest.mark.parametrize(
    "code",
    [
        "pickle.load(file)", "pd.read_pickle(path)", "torch.load(path)", "torch.load(path, weights_only=False)",
        "np.load(path)", "np.load(path, allow_pickle=True)", "np.save(path, x, allow_pickle=True)", "yaml.load(text)",
        "eval(text)", "os.system(text)", "subprocess.run(text, shell=True)", "archive.extractall(folder)",
        "h5py.File(path, 'r')", "tempfile.mktemp()",
    ],
)  # fmt: skip
def test_what_is_refused_is_found(code):
    ((name, node),) = [(name, node) for name, node in calls(code) if not name.startswith("file")]
    assert refused(name, node)


@pytest.mark.parametrize(
    "path", [one for one in CODE if one.suffix == ".py"], ids=lambda one: str(one.relative_to(ROOT))
)
def test_nothing_is_unpickled_run_as_text_or_unpacked_by_its_names(path):
    found = {
        f"line {node.lineno}: {name}: {why}" for name, node in calls(path.read_text()) if (why := refused(name, node))
    }
    assert not found


def talks(path):
    """Whether a file imports what speaks to a network; taking addresses apart does not."""
    return any(name.split(".")[0] in NETWORK and name != "urllib.parse" for name in imported(path))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_nothing_that_runs_in_a_study_speaks_to_a_network():
    talking = {path for path in CODE if path.suffix == ".py" and talks(path)}
    assert talking <= {FETCHES}
    importers = [path for path in CODE if path.suffix == ".py" and path != FETCHES and reaches_fetching(path)]
    assert not importers


def reaches_fetching(path):
    """Whether a file asks the fetching one for more than where the program lies."""
    names = {
        one.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("viewer.niivue")
        for one in node.names
    }
    return bool(names & {"fetch", "main"})


@pytest.mark.parametrize("path", [one for one in CODE if one.suffix == ".smk"], ids=lambda one: one.name)
def test_no_shell_command_is_in_the_rules(path):
    assert not re.search(r"^\s*(shell|run):|\bshell\(", path.read_text(), re.M)


def test_the_only_shell_command_names_files_of_the_study_and_quotes_them():
    commands = re.findall(r"shell:\s+(.*)", (ROOT / "Snakefile").read_text())
    assert commands == ['"cat {input:q} 2> {log:q}"']
    assert len(RULES) > 14

"""Which library code a script runs, so that an edit reruns exactly the rules it concerns.

Snakemake sees the script of a rule and not the library behind it. ``code_of`` hashes the syntax trees of the library
files that a script reaches by import: comments, docstrings and layout do not count; data files beside those that read
such files do.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
SCRIPTS = PACKAGE.parent / "scripts"
NOT_HASHED = {PACKAGE / "__init__.py", PACKAGE / "networks" / "table.py", PACKAGE / "attribution" / "table.py"}
DATA = {".j2", ".css", ".js", ".html", ".yaml", ".tsv"}
# What a module names that reads files beside it
READS = ("__file__", "PackageLoader")


@cache
def code_of(script, *modules):
    """Twelve hexadecimal digits that change when the code which ``script`` and the named ``modules`` run does.

    ``script`` is a file name in ``scripts/``; ``modules`` are dotted names that it imports by name, such as
    ``"voxplain.attribution.grad_cam"``.
    """
    files = reached(SCRIPTS / script, *modules)
    parts = [f"{path.relative_to(PACKAGE)}\n{_content(path)}" for path in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def reached(script, *modules):
    """Sorted library files that ``script`` and ``modules`` reach by import; data files beside those that read any."""
    found = set()
    todo = [Path(script), *(path for module in modules for path in _files_of(module))]
    found.update(todo[1:])
    while todo:
        for path in _imports(todo.pop()):
            if path not in found:
                found.add(path)
                todo.append(path)
    found -= NOT_HASHED
    folders = {path.parent for path in found if _reads_files(path)} - {PACKAGE}
    beside = {data for folder in folders for data in folder.rglob("*") if data.suffix in DATA}
    return sorted(found | beside)


@cache
def _reads_files(path):
    text = path.read_text()
    return any(name in text for name in READS)


@cache
def _imports(path):
    names = [name for node in ast.walk(ast.parse(path.read_text())) for name in _names(node)]
    return {file for name in names for file in _files_of(name)}


def _names(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


@cache
def _files_of(name):
    """Files that importing ``name`` runs: its own and the ``__init__.py`` of each package on the way."""
    first, *rest = name.split(".")
    if first != PACKAGE.name:
        return ()
    files = []
    for depth in range(len(rest) + 1):
        stem = PACKAGE.joinpath(*rest[:depth])
        files += [path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.is_file()][:1]
    return tuple(files)


@cache
def _content(path):
    if path.suffix != ".py":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return ast.dump(_without_docstrings(ast.parse(path.read_text())))


def _without_docstrings(tree):
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree

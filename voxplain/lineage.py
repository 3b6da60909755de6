"""Which library code a script runs, so that an edit reruns exactly the rules it concerns.

Snakemake sees the script of a rule and not the library behind it. ``code_of`` hashes the syntax trees of the library
files that a script reaches by import: comments, docstrings and layout do not count; data files beside those that read
such files do.
"""

import hashlib
from functools import cache
from pathlib import Path

from voxplain.source_code import remember, source_of

PACKAGE = Path(__file__).parent
SCRIPTS = PACKAGE.parent / "scripts"
NOT_HASHED = {PACKAGE / "__init__.py", PACKAGE / "networks" / "table.py", PACKAGE / "attribution" / "table.py"}
DATA = {".j2", ".css", ".js", ".html", ".yaml", ".tsv"}


@cache
def code_of(script, *modules):
    """Twelve hexadecimal digits that change when the code which ``script`` and the named ``modules`` run does.

    ``script`` is a file name in ``scripts/``; ``modules`` are dotted names that it imports by name, such as
    ``"voxplain.attribution.grad_cam"``.
    """
    files = reached(SCRIPTS / script, *modules)
    parts = [f"{path.relative_to(PACKAGE)}\n{_content(path)}" for path in files]
    remember()
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
    folders = {path.parent for path in found if source_of(path).reads} - {PACKAGE}
    beside = {data for folder in folders for data in folder.rglob("*") if data.suffix in DATA}
    return sorted(found | beside)


@cache
def _imports(path):
    return {file for name in source_of(path).imports for file in _files_of(name)}


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
    return source_of(path).digest if path.suffix == ".py" else hashlib.sha256(path.read_bytes()).hexdigest()

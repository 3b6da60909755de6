"""What a file of Python imports and does, remembered by its bytes from one start of Snakemake to the next.

Every start of Snakemake asks for the code of each planned job, and on a cluster every job is such a start. Parsing the
library takes some seconds, so what was found is kept in the user's cache folder (``$XDG_CACHE_HOME/voxplain``, else
``~/.cache/voxplain``). The key is the file's content: an edited file is another file. A cache that cannot be read or
written costs those seconds and nothing else.
"""

import ast
import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

# What a module names that reads files beside it
READS = ("__file__", "PackageLoader")
LARGEST = 5000  # files remembered; more are those of many versions, and are forgotten together
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Source(NamedTuple):
    """A file of Python: the dotted names it may import, a digest of what it does, and whether it reads files beside it.

    The digest is that of the syntax tree, so comments, docstrings and layout do not count.
    """

    imports: list[str]
    digest: str
    reads: bool


@cache
def source_of(path):
    """The Source of the file ``path``."""
    content = path.read_bytes()
    key = hashlib.sha256(content).hexdigest()
    known = _known()
    if key not in known:
        known[key] = _parsed(content.decode("utf-8"))
        _NEW.add(key)
    return Source(*known[key])


def remember():
    """Keep what was parsed since the last call for the next process."""
    if not _NEW:
        return
    _NEW.clear()
    known = _known()
    path = _cache_file()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two runs may end at once: each writes a file of its own, and the later one stays
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / path.name
            part.write_text(json.dumps(known), encoding="utf-8")
            os.replace(part, path)


_NEW = set()


def _parsed(text):
    tree = ast.parse(text)
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return Source(imports, digest, any(name in text for name in READS))


@cache
def _known():
    """``{digest of a file's content: its Source}`` as an earlier process left it; empty where none can be read."""
    try:
        kept = json.loads(_cache_file().read_text(encoding="utf-8"))
        known = {
            key: Source(list(map(str, imports)), str(digest), bool(reads))
            for key, (imports, digest, reads) in kept.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return known if len(known) < LARGEST else {}


@cache
def _cache_file():
    # Syntax trees differ between versions of Python, and what is kept with this module
    version = hashlib.sha256(sys.version.encode() + Path(__file__).read_bytes()).hexdigest()[:12]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "voxplain" / f"source-code-{version}.json"

"""A conda channel of the packages that are installed here: their names, versions and needs, and links to their files.

So a solver has what the lock has, and an environment it makes holds the packages it asked for and those they need, no
others. What conda-forge itself offers, and how its builds behave, is not known from it.
"""

import hashlib
import io
import json
import re
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

SUBDIR = "noarch"
# Names on conda-forge where they differ from those of the Python Package Index.
OF_CONDA = {"torch": "pytorch", "xgboost-cpu": "py-xgboost"}
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def make_channel(folder, pinned):
    """Write a channel to ``folder``: Python, and all ``pinned`` packages (names on conda-forge) with what they need."""
    packages = {"python": _python()}
    waiting = [_of_pypi(name) for name in pinned if name not in ("python", "pip")]
    while waiting:
        name = waiting.pop()
        if _of_conda(name) not in packages:
            packages[_of_conda(name)], needs = _installed(name)
            waiting += needs
    for subdir, kept in ((SUBDIR, packages), ("linux-64", {})):
        (folder / subdir).mkdir(parents=True)
        index = {one["stem"] + ".tar.bz2": _write(folder / subdir, one) for one in kept.values()}
        repodata = {"info": {"subdir": subdir}, "packages": index, "packages.conda": {}, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(repodata))


def _of_pypi(name):
    return {conda: pypi for pypi, conda in OF_CONDA.items()}.get(name, _normal(name))


def _of_conda(name):
    return OF_CONDA.get(_normal(name), _normal(name))


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(name):
    return distribution(name).version.partition("+")[0]


def _python():
    # An environment of this very interpreter, as `venv` makes one.
    program = Path(sys._base_executable).resolve()
    config = f"home = {program.parent}\ninclude-system-site-packages = false\n"
    links = {f"bin/{name}": program for name in ("python", "python3", PYTHON)}
    version = ".".join(map(str, sys.version_info[:3]))
    return _package("python", version, [], links, {"pyvenv.cfg": config.encode()})


def _installed(name):
    """The package of what is installed under ``name``, and the names it needs here."""
    found = distribution(name)
    site = Path(found.locate_file("")).resolve()
    tops = {file.parts[0] for file in found.files if file.parts[0] != "__pycache__" and file.suffix != ".pth"}
    links = {f"lib/{PYTHON}/site-packages/{top}": site / top for top in sorted(tops - {".."}) if (site / top).exists()}
    programs = (Path(found.locate_file(file)).resolve() for file in found.files if file.parts[0] == "..")
    links |= {f"bin/{one.name}": one for one in programs if one.parent.name == "bin"}
    asked = [Requirement(one) for one in found.requires or []]
    needs = sorted({_normal(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})})
    depends = [f"{_of_conda(one)} {_version(one)}" for one in needs]
    return _package(_of_conda(name), _version(name), [f"python {PYTHON[6:]}.*", *depends], links), needs


def _package(name, version, depends, links, files=None):
    return {"name": name, "version": version, "stem": f"{name}-{version}-0", "depends": depends, "links": links} | {
        "files": files or {}
    }


def _write(folder, package):
    """Write one package; its entry in the channel's index."""
    entry = {key: package[key] for key in ("name", "version", "depends")}
    entry |= {"build": "0", "build_number": 0, "subdir": SUBDIR, "noarch": "generic"}
    paths = [_path(name, "hardlink", content) for name, content in package["files"].items()]
    paths += [_path(name, "softlink", b"") for name in package["links"]]
    files = {
        "info/index.json": json.dumps(entry).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
        "info/about.json": b"{}",
    } | package["files"]
    path = folder / f"{package['stem']}.tar.bz2"
    with tarfile.open(path, "w:bz2") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in package["links"].items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, str(target)
            archive.addfile(member)
    content = path.read_bytes()
    return entry | {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _path(name, kind, content):
    known = {"sha256": hashlib.sha256(content).hexdigest(), "size_in_bytes": len(content)}
    return {"_path": name, "path_type": kind} | known

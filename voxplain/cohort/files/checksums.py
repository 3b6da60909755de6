"""A download held against the MD5 that was published with it."""

import hashlib
import re
from pathlib import Path

from voxplain.cohort.files.nested import reading
from voxplain.cohort.files.unpacking import BLOCK
from voxplain.cohort.wording import shown
from voxplain.errors import InputError

LARGEST_LIST = 1 << 20
LINE = re.compile(
    r"\\?(?P<digest>[0-9a-fA-F]{32})(?:[ \t]+\*?(?P<name>.+))?"
    r"|MD5 ?\((?P<bsd_name>.+)\) ?= ?(?P<bsd_digest>[0-9a-fA-F]{32})"
)


def checked_md5(archive):
    """The MD5 of the file ``archive`` where ``<archive>.md5`` or ``<stem>.md5`` stands beside it and says the same.

    None where neither is there, without reading the archive. Raises InputError where they differ and where the MD5 file
    cannot be read. It reads the archive once, block by block.
    """
    archive = Path(archive)
    file = _md5_file(archive)
    if file is None:
        return None
    expected, digest = published_md5(file, archive.name), hashlib.md5(usedforsecurity=False)
    with reading(archive.name), archive.open("rb") as contents:
        while block := contents.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != expected:
        told = f"its MD5 is {digest.hexdigest()}, but {shown(file.name)} says {expected}"
        raise InputError(f"{shown(archive.name)}: {told}; download it again")
    return expected


def stated_md5(archive):
    """The MD5 that the file beside ``archive`` says, ``""`` without one, or ``unreadable``; the archive is not read."""
    archive = Path(archive)
    file = _md5_file(archive)
    try:
        return published_md5(file, archive.name) if file else ""
    except InputError:
        return "unreadable"


def published_md5(file, name):
    """MD5 of ``name`` in a ``file`` of ``<hex>  <name>``, ``<hex> *<name>``, ``MD5 (<name>) = <hex>`` or alone.

    A single line counts whatever name it has, because files get renamed; of several, the one with the name.
    """
    with reading(shown(file.name)), file.open("rb") as opened:
        content = opened.read(LARGEST_LIST)
    found = []
    # Latin-1 decodes whatever there is; only a name could be read wrongly by it.
    for line in content.removeprefix(b"\xef\xbb\xbf").decode("latin-1").splitlines():
        if match := LINE.fullmatch(line.strip()):
            found.append((match["name"] or match["bsd_name"], match["digest"] or match["bsd_digest"]))
    named = {digest.lower() for one, digest in found if one and re.split(r"[/\\]", one)[-1] == name}
    digests = named or ({digest.lower() for _, digest in found} if len(found) == 1 else set())
    if len(digests) != 1:
        raise InputError(
            f"{shown(file.name)}: {len(found)} MD5 sums, none or several for {shown(name)}; download it again"
        )
    return digests.pop()


def _md5_file(archive):
    beside = [archive.with_name(archive.name + ".md5"), archive.with_suffix(".md5")]
    return next((path for path in beside if path.exists() and path != archive), None)

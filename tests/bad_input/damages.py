"""Ways to damage a cohort: each gives a function that does it."""

import hashlib
import zipfile

from tests.bad_input.cohorts import Adni, Hcp, packed
from tests.bad_input.heads import head_file, mask_file

BAD = Hcp.bad
GOOD = Hcp.package(BAD)
HEAD, MASK = (Hcp.volume, head_file(BAD)), (Hcp.brain_mask, mask_file())


def each(*damages):
    """All of ``damages``, one after the other."""
    return lambda cohort: [one(cohort) for one in damages] and None


def archive(content):
    """The bad subject's archive is ``content``."""
    return lambda cohort: cohort.archive().write_bytes(content)


def zipped(*entries, **options):
    """The bad subject's archive is a zip of ``entries``, with what `packed` takes."""
    return archive(packed(*entries, **options))


def changed(content, at, bits=1):
    """``content`` with one byte changed."""
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def volume(content):
    """The head in the bad subject's archive is the file ``content``."""
    return zipped((Hcp.volume, content), MASK)


def mask(content):
    """The mask in the bad subject's archive is the file ``content``."""
    return zipped(HEAD, (Hcp.brain_mask, content))


def file(name, content=""):
    """A file below the downloaded ones is there, with that content."""
    return lambda cohort: cohort.file(f"files/{name}", content)


def lost(name):
    """A file below the downloaded ones is not there."""
    return lambda cohort: (cohort.folder / name).unlink()


def gone(cohort):
    """The bad subject's archive is not there."""
    cohort.archive().unlink()


def table(before, after, encoding="utf-8"):
    """The table says ``after`` instead of ``before``."""
    return lambda cohort: cohort.replace(before, after, encoding)


def text(content):
    """The table is the bytes ``content``."""
    return lambda cohort: cohort.table.write_bytes(content)


def settings(**changes):
    """The study sets something else; ``{root}`` in a text is the cohort's folder."""

    def change(cohort):
        cohort.changes |= {key: _placed(value, cohort) for key, value in changes.items()}

    return change


def split(**files):
    """The study brings a split: the content of the file of each role."""

    def change(cohort):
        paths = {role: str(cohort.file(f"{role}.txt", content)) for role, content in files.items()}
        cohort.folds = cohort.folds | {"given": paths}

    return change


def unpacked(*files):
    """The bad subject's files are unpacked in a folder."""

    def change(cohort):
        gone(cohort)
        for name, content in files:
            cohort.file(f"files/{name}", content)

    return change


def link(name, target="absent"):
    """A file that is a link to nothing."""

    def change(cohort):
        path = cohort.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return change


def md5(content):
    """The MD5 that a text gives beside an archive."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def dicom(change=lambda series: None):
    """The bad subject's image is a DICOM series, changed."""
    return lambda cohort: cohort.dicom(change)


def dicom_zip(change=lambda series: None, lost=None):
    """The same in a zip, of which one slice lost its end."""

    def pack(cohort):
        folder = cohort.dicom(change)
        files = sorted(folder.iterdir())
        entries = [(f"{Adni.series}/{one.name}", one.read_bytes()) for one in files]
        for one in files:
            one.unlink()
        if lost is not None:
            entries[0] = (entries[0][0], entries[0][1][:lost])
        cohort.file("files/download_3.zip", packed(*entries, method=zipfile.ZIP_DEFLATED))

    return pack


def again(*rows):
    """The bad subject's scan is there again, as the images 11, 12 and so on with their rows in the table."""

    def add(cohort):
        for number, row in enumerate(rows, 11):
            cohort.file(f"files/{cohort.place(cohort.bad, number)}", head_file(cohort.bad))
            cohort.table.write_text(cohort.table.read_text() + row + "\n")

    return add


def _placed(value, cohort):
    return value.format(**cohort.places()) if isinstance(value, str) else value

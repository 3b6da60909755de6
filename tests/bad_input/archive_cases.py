"""What can be wrong with an archive, and what is read about it."""

import stat
import zipfile

from tests.bad_input.cohorts import Hcp, packed
from tests.bad_input.damages import (
    GOOD,
    HEAD,
    MASK,
    archive,
    changed,
    each,
    gone,
    link,
    zipped,
)
from tests.bad_input.damages import volume as head
from tests.bad_input.outcomes import Left, Used

VOLUME, CONTENT = HEAD
ZIP = "100003_3T.zip"


def of_zip(line):
    """Left out for something in the archive, which the line begins with."""
    return Left("extract", f"100003_3T.zip: {line}")


def of_head(line):
    """The same of the archive's head."""
    return of_zip(f"100003/T1w/head.nii.gz: {line}")


ARCHIVES = {
    "nothing is wrong": (Hcp, each(), Used()),
    "empty archive": (Hcp, archive(b""), of_zip("empty (0 bytes); download it again")),
    "a page instead of an archive": (
        Hcp,
        archive(b"<html>log in first</html>"),
        of_zip("not a zip file; replace it by the archive as it was downloaded"),
    ),
    "cut in the middle": (
        Hcp,
        archive(GOOD[: len(GOOD) // 2]),
        of_zip("cut short or damaged (no list of contents at its end); download it again"),
    ),
    "cut at the central directory": (
        Hcp,
        archive(GOOD[:-30]),
        of_zip("cut short or damaged (no list of contents at its end); download it again"),
    ),
    "lost its beginning": (
        Hcp,
        archive(GOOD[100:]),
        of_head(
            "damaged (a part of it would lie before its beginning); download it again",
        ),
    ),
    "a link to nothing": (
        Hcp,
        link(ZIP),
        of_zip("no such file; put it back, or run again without it"),
    ),
    "no archive": (Hcp, gone, Left("archive", "no archive whose name begins with 100003")),
    "no such member": (
        Hcp,
        zipped((VOLUME.replace("head", "T1w"), CONTENT), MASK),
        of_zip(
            "no 100003/T1w/head.nii.gz inside; nearest of its 2 members: "
            "100003/T1w/mask.nii.gz, 100003/T1w/T1w.nii.gz; set cohort.members",
        ),
    ),
    "no mask": (
        Hcp,
        zipped(HEAD),
        of_zip(
            "no 100003/T1w/mask.nii.gz inside; nearest of its 1 member: 100003/T1w/head.nii.gz; set cohort.members",
        ),
    ),
    "somebody else's": (
        Hcp,
        archive(Hcp.package("999999")),
        of_zip(
            "no 100003/T1w/head.nii.gz inside; nearest of its 2 members: "
            "999999/T1w/head.nii.gz, 999999/T1w/mask.nii.gz; set cohort.members",
        ),
    ),
    "nothing inside": (
        Hcp,
        zipped(),
        of_zip("no 100003/T1w/head.nii.gz inside; it holds nothing; set cohort.members"),
    ),
    "names with control characters": (
        Hcp,
        zipped(("a\x1b[31m\nb", b"1")),
        of_zip(
            "no 100003/T1w/head.nii.gz inside; nearest of its 1 member: a?[31m b; set cohort.members",
        ),
    ),
    "wrong CRC": (
        Hcp,
        zipped(HEAD, MASK, CRC=1),
        of_head(
            "the content does not match its checksum (CRC-32); download it again",
        ),
    ),
    "one bit changed": (
        Hcp,
        archive(changed(GOOD, 5000)),
        of_head(
            "the content does not match its checksum (CRC-32); download it again",
        ),
    ),
    "encrypted": (
        Hcp,
        zipped(HEAD, MASK, flag_bits=1),
        of_head(
            "encrypted; unpack it with its password and zip it again without one",
        ),
    ),
    "packed in an unknown way": (
        Hcp,
        zipped(HEAD, MASK, compress_type=96),
        of_head(
            "packed in a way that cannot be read (That compression method is not supported); zip it again",
        ),
    ),
    "one member over another": (
        Hcp,
        zipped(HEAD, MASK, compress_size=len(CONTENT) + 9, file_size=len(CONTENT) + 9),
        of_head(
            "damaged (it overlaps what comes after it); download it again",
        ),
    ),
    "a member where the list says another is": (
        Hcp,
        zipped(MASK, HEAD, header_offset=len(GOOD) - 300),
        of_head(
            "damaged (it overlaps what comes after it); download it again",
        ),
    ),
    "a name that climbs": (
        Hcp,
        zipped((f"../../{VOLUME}", CONTENT), MASK),
        of_zip(
            "../../100003/T1w/head.nii.gz: its name leads out of the archive; zip it again "
            'without ".." and without the beginning of the path',
        ),
    ),
    "a name that climbs on the way": (
        Hcp,
        zipped(("100003/x/../T1w/head.nii.gz", CONTENT), MASK),
        of_zip(
            "100003/x/../T1w/head.nii.gz: its name leads out of the archive; zip it again "
            'without ".." and without the beginning of the path',
        ),
    ),
    "an absolute name": (
        Hcp,
        zipped((f"/{VOLUME}", CONTENT), MASK),
        of_zip(
            "/100003/T1w/head.nii.gz: its name leads out of the archive; zip it again without "
            '".." and without the beginning of the path',
        ),
    ),
    "a drive": (
        Hcp,
        zipped((r"C:\100003\T1w\head.nii.gz", CONTENT), MASK),
        of_zip(
            "C:\\100003\\T1w\\head.nii.gz: its name leads out of the archive; zip it again without "
            '".." and without the beginning of the path',
        ),
    ),
    "a symbolic link": (
        Hcp,
        zipped((VOLUME, b"/etc/passwd", stat.S_IFLNK | 0o777), MASK),
        of_head(
            "a symbolic link, which is not followed; zip it again with the file itself",
        ),
    ),
    "an empty member": (
        Hcp,
        head(b""),
        of_head("empty (0 bytes); download the archive again"),
    ),
    "a folder for a member": (
        Hcp,
        zipped((f"{VOLUME}/", b""), MASK),
        of_head("a folder, not a file; set cohort.members"),
    ),
    "a bomb by its ratio": (
        Hcp,
        zipped((VOLUME, bytes(300_000)), MASK, method=zipfile.ZIP_DEFLATED, file_size=300_000_000),
        of_head(
            "would unpack to 300 MB out of 0.00 MB, more than 500 times as much; look at where the archive comes from",
        ),
    ),
    "a bomb by its size": (
        Hcp,
        zipped(HEAD, MASK, file_size=5_000_000_000),
        of_head(
            "would unpack to 5.00 GB, more than the 4.29 GB that are allowed; look at where the archive comes from",
        ),
    ),
    "a bomb that hides its size": (
        Hcp,
        zipped((VOLUME, bytes(9_000_000)), MASK, method=zipfile.ZIP_DEFLATED, file_size=70_000),
        of_head(
            "damaged (it holds more than the 70000 bytes that it should); download it again",
        ),
    ),
    "less than the list says": (
        Hcp,
        zipped(HEAD, MASK, method=zipfile.ZIP_DEFLATED, file_size=len(CONTENT) + 1),
        of_head(
            f"damaged (it ends after {len(CONTENT)} of {len(CONTENT) + 1} bytes); download it again",
        ),
    ),
    "nested": (Hcp, zipped((ZIP, GOOD)), Used()),
    "nested and packed": (Hcp, zipped((ZIP, GOOD), method=zipfile.ZIP_LZMA), Used()),
    "nested and cut": (
        Hcp,
        zipped((ZIP, GOOD[:-200])),
        of_zip(
            "100003_3T.zip: cut short or damaged (no list of contents at its end); download it again",
        ),
    ),
    "nested and encrypted": (
        Hcp,
        zipped((ZIP, GOOD), flag_bits=1),
        of_zip(
            "100003_3T.zip: encrypted; unpack it with its password and zip it again without one",
        ),
    ),
    "nested three deep": (
        Hcp,
        zipped(("all.zip", packed((ZIP, GOOD)))),
        of_zip(
            "no 100003/T1w/head.nii.gz inside; not searched, because it is a zip three deep: "
            "all.zip: 100003_3T.zip; take it out of there",
        ),
    ),
    "other case": (Hcp, zipped(("100003/t1w/HEAD.nii.gz", CONTENT), MASK), Used()),
    "a folder deeper": (Hcp, zipped((f"release/{VOLUME}", CONTENT), (f"release/{MASK[0]}", MASK[1])), Used()),
    "slashes of Windows": (Hcp, zipped((VOLUME.replace("/", "\\"), CONTENT), MASK), Used()),
    "a climbing name beside a good one": (Hcp, zipped((f"../{VOLUME}", b"bad"), HEAD, MASK), Used()),
    "two candidates that differ in case": (
        Hcp,
        zipped(("100003/t1w/head.nii.gz", CONTENT), ("100003/T1W/head.nii.gz", b"2"), MASK),
        of_zip(
            "several files could be 100003/T1w/head.nii.gz: 100003/t1w/head.nii.gz, "
            "100003/T1W/head.nii.gz; keep one of them",
        ),
    ),
    "two candidates in other folders": (
        Hcp,
        zipped((f"old/{VOLUME}", CONTENT), (f"new/{VOLUME}", b"2"), MASK),
        of_zip(
            "several files could be 100003/T1w/head.nii.gz: old/100003/T1w/head.nii.gz, "
            "new/100003/T1w/head.nii.gz; keep one of them",
        ),
    ),
    "two members of one name": (
        Hcp,
        zipped(HEAD, (VOLUME, b"2"), MASK),
        of_zip("2 different files called 100003/T1w/head.nii.gz; zip it again with one of them"),
    ),
}

"""What can be wrong with the folder of a subject's archives, and what is read about it."""

from tests.bad_input.cohorts import Hcp, packed
from tests.bad_input.damages import GOOD, HEAD, MASK, each, file, link, md5, settings, unpacked
from tests.bad_input.outcomes import Left, Used

VOLUME, CONTENT = HEAD
ZIP = "100003_3T.zip"
OTHER = packed((VOLUME, CONTENT[::-1]), MASK)

FOLDERS = {
    "two archives that agree": (Hcp, file("100003_again.zip", GOOD), Used()),
    "two archives that differ": (
        Hcp,
        file("100003_again.zip", OTHER),
        Left(
            "extract",
            "different files called 100003/T1w/head.nii.gz in 100003_3T.zip, 100003_again.zip; keep one of them",
        ),
    ),
    "a second archive that is broken": (Hcp, file("100003_again.zip", GOOD[:-30]), Used()),
    "an MD5 that fits": (Hcp, file(f"{ZIP}.md5", f"{md5(GOOD)}  {ZIP}\n"), Used()),
    "an MD5 that does not fit": (
        Hcp,
        file(f"{ZIP}.md5", f"{md5(OTHER)}  {ZIP}\n"),
        Left(
            "archive",
            f"100003_3T.zip: its MD5 is {md5(GOOD)}, but 100003_3T.zip.md5 says {md5(OTHER)}; download it again",
        ),
    ),
    "an MD5 file without an MD5": (
        Hcp,
        file(f"{ZIP}.md5", "<html>log in first</html>"),
        Left("archive", "100003_3T.zip.md5: 0 MD5 sums, none or several for 100003_3T.zip; download it again"),
    ),
    "an MD5 that nobody asks for": (
        Hcp,
        each(file(f"{ZIP}.md5", f"{md5(OTHER)}  {ZIP}\n"), settings(verify_md5=False)),
        Used(),
    ),
    "unpacked": (Hcp, unpacked(HEAD, MASK), Used()),
    "unpacked with a link to nothing": (
        Hcp,
        each(unpacked(HEAD, MASK), link(VOLUME)),
        Left("extract", "100003: T1w/head.nii.gz: a link to what is not there; get the file first"),
    ),
    "unpacked and empty": (
        Hcp,
        unpacked((VOLUME, b""), MASK),
        Left("extract", "100003: T1w/head.nii.gz: empty (0 bytes); put the file back as it was"),
    ),
}

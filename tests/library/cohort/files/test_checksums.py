import hashlib
import random

import pytest

from voxplain.cohort.files.checksums import checked_md5
from voxplain.errors import InputError

CONTENT = bytes(range(256)) * 20_000
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = hashlib.md5(b"other").hexdigest()


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "100307 3T.zip").write_bytes(CONTENT)
    return tmp_path / "100307 3T.zip"


FORMS = {
    "of md5sum": f"{MD5}  100307 3T.zip\n",
    "of md5sum, binary": f"{MD5} *100307 3T.zip\n",
    "of md5sum, in a folder": f"{MD5}  ./hcp/100307 3T.zip\n",
    "of md5sum, with a backslash": f"\\{MD5}  100307 3T.zip\n",
    "of BSD": f"MD5 (100307 3T.zip) = {MD5}\n",
    "alone": MD5,
    "alone, in capitals, of Windows": f"\ufeff{MD5.upper()}\r\n",
    "of a file since renamed": f"{MD5}  100307_3T_Structural_preproc.zip\n",
    "among others": f"{OTHER}  100306 3T.zip\n{MD5}  100307 3T.zip\n{OTHER}  100308 3T.zip\n",
    "below a remark": f"# made by a machine\n\n{MD5}  100307 3T.zip\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["100307 3T.zip.md5", "100307 3T.md5"])
def test_a_whole_download_agrees_in_every_form(archive, form, name):
    archive.with_name(name).write_text(FORMS[form], encoding="utf-8")
    assert checked_md5(archive) == MD5


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_download_is_named_with_both_sums(archive, form):
    archive.with_name("100307 3T.zip.md5").write_text(FORMS[form], encoding="utf-8")
    archive.write_bytes(CONTENT[:-1] + b"\0")
    found = hashlib.md5(CONTENT[:-1] + b"\0").hexdigest()
    with pytest.raises(InputError) as raised:
        checked_md5(archive)
    line = f"100307 3T.zip: its MD5 is {found}, but 100307 3T.zip.md5 says {MD5}; download it again"
    assert str(raised.value) == line


def test_without_an_md5_file_nothing_is_read(tmp_path):
    assert checked_md5(tmp_path / "absent.zip") is None


def test_the_one_named_after_the_whole_file_comes_first(archive):
    archive.with_name("100307 3T.zip.md5").write_text(MD5)
    archive.with_name("100307 3T.md5").write_text(OTHER)
    assert checked_md5(archive) == MD5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>log in first</html>",
        MD5[:-1].encode(),
        (MD5 + "0").encode(),
        f"{OTHER}  a.zip\n{MD5}  b.zip\n".encode(),
        f"{OTHER}  100307 3T.zip\n{MD5}  100307 3T.zip\n".encode(),
        MD5.encode("utf-16"),
        random.Random(1).randbytes(1000),
    ],
    ids=["empty", "a page", "cut short", "too long", "others'", "twice", "wide text", "noise"],
)
def test_an_md5_file_without_a_sum_of_the_archive_is_named(archive, content):
    archive.with_name("100307 3T.zip.md5").write_bytes(content)
    with pytest.raises(InputError, match=r"^100307 3T.zip.md5: \d MD5 sums, none or several for 100307 3T.zip; "):
        checked_md5(archive)


def test_an_md5_file_that_cannot_be_read_is_named(archive):
    archive.with_name("100307 3T.zip.md5").mkdir()
    with pytest.raises(InputError, match="^100307 3T.zip.md5: cannot be read .Is a directory.; check the disk"):
        checked_md5(archive)


def test_an_absent_archive_with_an_md5_file_is_named(archive):
    archive.with_name("absent.zip.md5").write_text(MD5)
    with pytest.raises(InputError, match="^absent.zip: no such file; "):
        checked_md5(archive.with_name("absent.zip"))

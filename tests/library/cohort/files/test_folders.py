import hashlib
import os

import pytest

from voxplain.cohort.files.folders import Folder
from voxplain.errors import InputError

NAME = "100307/T1w/head.nii.gz"
HEAD = bytes(range(256)) * 12


@pytest.fixture
def cohort(tmp_path):
    """Makes files in a folder ``hcp``, and says where that is."""

    def make(*names):
        for name in names:
            path = tmp_path / "hcp" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(HEAD)
        return tmp_path / "hcp"

    return make


@pytest.mark.parametrize(
    "real", [NAME, "100307/t1w/HEAD.nii.gz", f"package/{NAME}", f"Release/{NAME.upper()}", f"./x/y/{NAME}"]
)
def test_a_file_is_found_in_other_case_and_a_folder_deeper(cohort, tmp_path, real):
    folder = Folder(cohort(real, "100306/T1w/head.nii.gz"))
    member = folder.find(NAME)
    assert (member.inside, member.name, member.size, member.crc) == ("", os.path.normpath(real), len(HEAD), None)
    assert folder.path(NAME).samefile(tmp_path / "hcp" / real)
    assert folder.head(NAME, 10) == HEAD[:10]
    assert folder.extract(NAME, tmp_path / "out") == (member, hashlib.sha256(HEAD).hexdigest())
    assert (tmp_path / "out").read_bytes() == HEAD


def test_the_name_may_begin_with_the_folders_own(cohort, monkeypatch):
    folder = cohort("100307/T1w/head.nii.gz", "100307/100306/T1w/brain.nii.gz") / "100307"
    assert Folder(folder).find(NAME).name == "T1w/head.nii.gz"
    assert Folder(folder).find("100307/t1w/Head.nii.gz").name == "T1w/head.nii.gz"
    with pytest.raises(InputError, match="no 100307/T1w/brain.nii.gz inside"):
        Folder(folder).find("100307/T1w/brain.nii.gz")
    monkeypatch.chdir(folder)
    assert Folder(".").find(NAME).name == "T1w/head.nii.gz"


@pytest.mark.parametrize("other", ["100306/T1w/head.nii.gz", "1100307/T1w/head.nii.gz", "T1w/head.nii.gz"])
def test_a_file_of_another_subject_is_never_taken(cohort, other):
    with pytest.raises(InputError, match=f"^hcp: no {NAME} inside; nearest of its 1 member: {other}; set cohort.mem"):
        Folder(cohort(other)).find(NAME)


def test_names_are_all_files_below_sorted(cohort):
    folder = cohort("b/2", "b/1", "a", "B/c", ".git/objects/1", ".bidsignore")
    assert Folder(folder).names() == [".bidsignore", "B/c", "a", "b/1", "b/2"]


def test_candidates_that_differ_are_named(cohort):
    folder = cohort(f"old/{NAME}", f"new/{NAME}")
    with pytest.raises(InputError) as raised:
        Folder(folder).find(NAME)
    assert str(raised.value) == f"hcp: several files could be {NAME}: new/{NAME}, old/{NAME}; keep one of them"


def test_the_exact_name_comes_before_the_others(cohort):
    assert Folder(cohort(NAME, f"old/{NAME}", NAME.upper())).find(NAME).name == NAME


def test_an_exact_name_is_found_without_listing_the_folder(cohort, monkeypatch):
    folder = Folder(cohort(NAME))
    monkeypatch.setattr(os, "scandir", None)
    assert folder.find(NAME).name == NAME


@pytest.mark.parametrize("name", ["../hcp2/secret", "a/../../hcp2/secret", "/etc/passwd", "C:/secret", "..", ""])
def test_a_name_never_leads_out_of_the_folder(cohort, tmp_path, name):
    folder = cohort("a/1")
    (tmp_path / "hcp2").mkdir()
    (tmp_path / "hcp2" / "secret").write_bytes(b"1")
    with pytest.raises(InputError, match="inside; nearest of its 1 member: a/1|a folder, not a file"):
        Folder(folder).find(name)


def test_links_are_followed_and_what_is_reached_twice_is_listed_once(cohort, tmp_path):
    folder = cohort("v2/T1w/head")
    (folder / "latest").symlink_to("v2")
    (folder / "v2" / "up").symlink_to("..")
    (folder / "file").symlink_to("v2/T1w/head")
    (tmp_path / "elsewhere" / "T1w").mkdir(parents=True)
    (tmp_path / "elsewhere" / "T1w" / "other").write_bytes(HEAD)
    (folder / "100307").symlink_to(tmp_path / "elsewhere")
    (folder / "gone").symlink_to("nowhere")
    assert Folder(folder).names() == ["100307/T1w/other", "file", "v2/T1w/head"]
    with pytest.raises(InputError, match="^hcp: gone: a link to what is not there; get the file first$"):
        Folder(folder).find("gone")


def test_what_is_no_file_with_content_is_refused(cohort):
    folder = cohort("a/1", "empty")
    (folder / "empty").write_bytes(b"")
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError, match=r"^hcp: empty: empty \(0 bytes\); put the file back as it was$"):
        Folder(folder).find("empty")
    with pytest.raises(InputError, match="^hcp: a: a folder, not a file; set cohort.members$"):
        Folder(folder).find("a")
    with pytest.raises(InputError, match="^hcp: no pipe inside; "):
        Folder(folder).find("pipe")
    with pytest.raises(InputError, match="cannot be read .File name too long.; check the disk"):
        Folder(folder).find("x" * 300)


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(InputError, match="^absent: no such file; put it back"):
        Folder(tmp_path / "absent")
    with pytest.raises(InputError, match="^file: cannot be read .Not a directory."):
        Folder(tmp_path / "file")


def test_checks_follow_size_and_time(cohort):
    folder = cohort(NAME)
    os.utime(folder / NAME, (1, 1))
    before = Folder(folder).checks([NAME, "absent"])
    assert before == Folder(folder).checks([NAME, "absent"]) and before[1] == "absent"
    os.utime(folder / NAME, (1, 2))
    assert Folder(folder).checks([NAME, "absent"])[0] != before[0]
    (folder / NAME).write_bytes(HEAD[1:])
    os.utime(folder / NAME, (1, 1))
    assert Folder(folder).checks([NAME, "absent"])[0] != before[0]


def test_a_refused_extraction_leaves_an_earlier_file_alone(cohort, tmp_path):
    (tmp_path / "out").write_bytes(b"earlier")
    with pytest.raises(InputError):
        Folder(cohort("a")).extract(NAME, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"earlier"

import hashlib
import io
import zipfile

import pytest

from scripts.extract_scan import extract_scan

MEMBERS = {"volume": "T1w/head.nii.gz", "mask": "T1w/mask.nii.gz"}


@pytest.fixture
def archive(tmp_path):
    def make(members, name="100307.zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as contents:
            for member, content in members.items():
                contents.writestr(f"100307/{member}", content)
        (tmp_path / name).write_bytes(file.getvalue())
        return str(tmp_path / name)

    return make


def extract(archives, folder, members=MEMBERS):
    return extract_scan(archives, "sub-100307", "100307", members, folder)


def test_a_good_archive_gives_volume_mask_and_where_they_are_from(archive, tmp_path):
    path = archive({"T1w/head.nii.gz": b"head", "T1w/mask.nii.gz": b"mask", "T1w/other.nii.gz": b"other"})
    status = extract([path], tmp_path / "anat")
    assert status == {
        "scan": "sub-100307",
        "input": "source",
        "accepted": True,
        "stage": None,
        "reason": None,
        "measures": {},
        "files": {"T1w": "sub-100307_desc-source_T1w.nii.gz", "mask": "sub-100307_desc-source_mask.nii.gz"},
        "archive": path,
        "sources": {
            name: {
                "member": f"100307/T1w/{member}.nii.gz",
                "inside": "",
                "bytes": 4,
                "sha256": hashlib.sha256(member.encode()).hexdigest(),
            }
            for name, member in (("T1w", "head"), ("mask", "mask"))
        },
    }
    assert sorted(path.name for path in (tmp_path / "anat").iterdir()) == sorted(status["files"].values())


def test_no_mask_is_taken_where_none_is_set(archive, tmp_path):
    path = archive({"T1w/head.nii.gz": b"head", "T1w/mask.nii.gz": b"mask"})
    extract([path], tmp_path / "anat")
    status = extract([path], tmp_path / "anat", MEMBERS | {"mask": None})
    assert list(status["files"]) == ["T1w"]
    assert [path.name for path in (tmp_path / "anat").iterdir()] == ["sub-100307_desc-source_T1w.nii.gz"]


def test_a_refused_scan_leaves_nothing_of_an_earlier_run(archive, tmp_path):
    extract([archive({"T1w/head.nii.gz": b"head", "T1w/mask.nii.gz": b"mask"})], tmp_path / "anat")
    status = extract([archive({"T1w/head.nii.gz": b"newer"})], tmp_path / "anat")
    assert (status["accepted"], status["stage"], status["files"]) == (False, "extract", {})
    assert "no 100307/T1w/mask.nii.gz inside" in status["reason"]
    assert list((tmp_path / "anat").iterdir()) == []


def test_of_two_archives_none_is_taken(archive, tmp_path):
    good = {"T1w/head.nii.gz": b"head", "T1w/mask.nii.gz": b"mask"}
    status = extract([archive(good, "100307_a.zip"), archive(good, "100307_b.zip")], tmp_path / "anat")
    assert (status["accepted"], status["stage"]) == (False, "archive")
    said = "2 archives for 100307 (100307_a.zip, 100307_b.zip); keep one of them in the folder"
    assert status["reason"] == said

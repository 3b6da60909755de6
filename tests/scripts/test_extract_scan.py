import gzip
import hashlib
import io
import zipfile

import pytest

from scripts.extract_scan import extract_scan

HEAD, MASK = gzip.compress(b"head", mtime=0), gzip.compress(b"mask", mtime=0)
GOOD = {"100307/T1w/head.nii.gz": HEAD, "100307/T1w/mask.nii.gz": MASK, "100307/T1w/other.nii.gz": b"other"}


@pytest.fixture
def archive(tmp_path):
    def make(members=GOOD, name="100307.zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as contents:
            for member, content in members.items():
                contents.writestr(zipfile.ZipInfo(member), content)
        (tmp_path / name).write_bytes(file.getvalue())
        return str(tmp_path / name)

    return make


def places(*containers, **members):
    wanted = members or {"T1w": "100307/T1w/head.nii.gz", "mask": "100307/T1w/mask.nii.gz"}
    return {kind: [[container, name] for container in containers] for kind, name in wanted.items()}


def held(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_good_archive_gives_volume_mask_and_where_they_are_from(archive, tmp_path):
    status = extract_scan(places(archive()), "sub-100307", tmp_path / "anat")
    assert {key: status[key] for key in ("scan", "input", "accepted", "stage", "reason", "measures")} == {
        "scan": "sub-100307", "input": "source", "accepted": True, "stage": None, "reason": None, "measures": {},
    }  # fmt: skip
    assert status["files"] == {"T1w": "sub-100307_desc-source_T1w.nii.gz", "mask": "sub-100307_desc-source_mask.nii.gz"}
    assert status["sources"]["T1w"] == {
        "member": "100307/T1w/head.nii.gz", "inside": "", "bytes": len(HEAD),
        "sha256": hashlib.sha256(HEAD).hexdigest(),
    }  # fmt: skip
    assert status["archive"] == archive()
    assert held(tmp_path / "anat") == [
        "sub-100307_desc-source_T1w.json", "sub-100307_desc-source_T1w.nii.gz",
        "sub-100307_desc-source_mask.json", "sub-100307_desc-source_mask.nii.gz",
    ]  # fmt: skip


def test_the_suffix_follows_the_content_and_not_the_name(archive, tmp_path):
    path = archive({"100307/T1w/head.nii.gz": b"plain"})
    status = extract_scan(places(path, T1w="100307/T1w/head.nii.gz"), "sub-100307", tmp_path / "anat")
    assert status["files"] == {"T1w": "sub-100307_desc-source_T1w.nii"}


def test_segmentations_get_names_of_their_own(archive, tmp_path):
    wanted = places(archive(), T1w="100307/T1w/head.nii.gz", aparc="100307/T1w/other.nii.gz")
    status = extract_scan(wanted, "sub-100307", tmp_path / "anat")
    assert status["files"]["aparc"] == "sub-100307_seg-aparc_desc-source_dseg.nii"


def test_files_of_a_folder_stay_where_they_are(tmp_path):
    (tmp_path / "100307" / "T1w").mkdir(parents=True)
    (tmp_path / "100307" / "T1w" / "head.nii.gz").write_bytes(HEAD)
    wanted = {"T1w": [[str(tmp_path / "100307"), "T1w/head.nii.gz"]]}
    status = extract_scan(wanted, "sub-100307", tmp_path / "anat")
    assert status["files"] == {"T1w": str(tmp_path / "100307" / "T1w" / "head.nii.gz")}
    assert status["sources"]["T1w"]["sha256"] == hashlib.sha256(HEAD).hexdigest()
    assert held(tmp_path / "anat") == []


def test_an_earlier_runs_mask_goes_where_none_is_wanted_any_more(archive, tmp_path):
    extract_scan(places(archive()), "sub-100307", tmp_path / "anat")
    extract_scan(places(archive(), T1w="100307/T1w/head.nii.gz"), "sub-100307", tmp_path / "anat")
    assert held(tmp_path / "anat") == ["sub-100307_desc-source_T1w.json", "sub-100307_desc-source_T1w.nii.gz"]


def test_a_refused_scan_leaves_nothing_of_an_earlier_run(archive, tmp_path):
    extract_scan(places(archive()), "sub-100307", tmp_path / "anat")
    status = extract_scan(places(archive({"100307/T1w/head.nii.gz": b"new"})), "sub-100307", tmp_path / "anat")
    assert (status["accepted"], status["stage"], status["files"]) == (False, "extract", {})
    assert "no 100307/T1w/mask.nii.gz inside" in status["reason"]
    assert held(tmp_path / "anat") == []


def test_a_mask_that_is_needed_and_not_known_is_asked_for(archive, tmp_path):
    wanted = places(archive(), T1w="100307/T1w/head.nii.gz")
    status = extract_scan(wanted, "sub-100307", tmp_path / "anat", mask=True)
    assert status["reason"] == "no mask is known for this scan; set strip to ants, or give its file"


def test_each_file_may_lie_in_another_archive(archive, tmp_path):
    first = archive({"100307/T1w/head.nii.gz": HEAD}, "100307_a.zip")
    second = archive({"100307/T1w/mask.nii.gz": MASK}, "100307_b.zip")
    status = extract_scan(places(first, second), "sub-100307", tmp_path / "anat")
    assert status["accepted"] and status["archive"] == first


def test_of_two_archives_that_differ_none_is_taken_and_of_equal_ones_the_first(archive, tmp_path):
    pair = [archive(GOOD, "100307_a.zip"), archive(GOOD, "100307_b.zip")]
    assert extract_scan(places(*pair), "sub-100307", tmp_path / "anat")["accepted"]
    archive(GOOD | {"100307/T1w/head.nii.gz": b"another"}, "100307_b.zip")
    status = extract_scan(places(*pair), "sub-100307", tmp_path / "anat")
    said = "different files called 100307/T1w/head.nii.gz in 100307_a.zip, 100307_b.zip; keep one of them"
    assert (status["accepted"], status["reason"]) == (False, said)


def test_an_archive_beside_its_own_unpacked_folder_is_no_contradiction_unless_they_differ(archive, tmp_path):
    (tmp_path / "100307" / "T1w").mkdir(parents=True)
    unpacked = tmp_path / "100307" / "T1w" / "head.nii.gz"
    wanted = {"T1w": [[str(tmp_path / "100307"), "T1w/head.nii.gz"], [archive(), "100307/T1w/head.nii.gz"]]}
    unpacked.write_bytes(HEAD)
    assert extract_scan(wanted, "sub-100307", tmp_path / "anat")["files"] == {"T1w": str(unpacked)}
    unpacked.write_bytes(HEAD[:-1] + bytes([HEAD[-1] ^ 1]))
    assert "different files called" in extract_scan(wanted, "sub-100307", tmp_path / "anat")["reason"]


def test_a_broken_archive_does_not_count_where_another_holds_the_file(archive, tmp_path):
    good = archive(GOOD, "100307_b.zip")
    (tmp_path / "100307_a.zip").write_bytes(b"PK\3\4")
    assert extract_scan(places(str(tmp_path / "100307_a.zip"), good), "sub-100307", tmp_path / "anat")["accepted"]


def test_an_md5_beside_an_archive_is_held_against_it_unless_the_study_says_not_to(archive, tmp_path):
    path = archive()
    (tmp_path / "100307.zip.md5").write_text("0" * 32)
    status = extract_scan(places(path), "sub-100307", tmp_path / "anat")
    assert (status["stage"], status["reason"].split(":")[0]) == ("archive", "100307.zip")
    assert "MD5" in status["reason"]
    assert extract_scan(places(path), "sub-100307", tmp_path / "anat", verify_md5=False)["accepted"]

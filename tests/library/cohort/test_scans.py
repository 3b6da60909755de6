import subprocess
import sys
import time

import pytest

from voxplain.cohort.scans import find_scans, subject_name
from voxplain.errors import InputError, SettingsError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "archives").mkdir()
    return tmp_path / "archives"


def hcp(folder):
    return {"source": "hcp", "archives": str(folder)}


def test_ids_are_the_digits_that_file_names_begin_with(folder):
    for name in ("100408.zip", "100307_3T_Structural_preproc.zip", "007_more.zip"):
        (folder / name).touch()
    scans = find_scans(hcp(folder), "study")
    assert [(scan.scan, scan.source_id) for scan in scans] == [
        ("sub-007", "007"),
        ("sub-100307", "100307"),
        ("sub-100408", "100408"),
    ]
    assert scans[1].archive == folder / "100307_3T_Structural_preproc.zip"


def test_other_files_are_not_scans(folder):
    for name in ("100307.zip", "100307.zip.md5", "._100408.zip", "read.me", "table.csv"):
        (folder / name).touch()
    assert [scan.scan for scan in find_scans(hcp(folder), "study")] == ["sub-100307"]


def test_two_archives_of_one_id_are_one_scan_with_both(folder):
    for name in ("100307_a.zip", "100307_b.zip", "100408.zip"):
        (folder / name).touch()
    first, second = find_scans(hcp(folder), "study")
    assert [path.name for path in first.archives] == ["100307_a.zip", "100307_b.zip"]
    assert len(second.archives) == 1


def test_an_archive_without_an_id_is_planned_under_its_own_name(folder):
    (folder / "notes_2.zip").touch()
    (scan,) = find_scans(hcp(folder), "study")
    assert (scan.scan, scan.source_id) == ("sub-notes2", "notes_2")


def test_fields_are_plain_text(folder):
    (folder / "100307.zip").touch()
    (scan,) = find_scans(hcp(folder), "study")
    assert scan.fields() == {
        "scan": "sub-100307",
        "subject": "sub-100307",
        "session": "",
        "source_id": "100307",
        "archives": [str(folder / "100307.zip")],
    }


def test_a_made_cohort_is_known_before_it_is_made():
    scans = find_scans({"source": "made", "made": {"subjects": 12, "seed": 1}}, "demo")
    assert len(scans) == 12
    assert all(scan.archive.parts[:3] == ("data", "demo", "archives") for scan in scans)
    assert all(scan.archive.name.startswith(scan.source_id) for scan in scans)


def test_an_unknown_source_is_named():
    with pytest.raises(SettingsError, match='^cohort.source "adni" is not known; use one of made, hcp$'):
        find_scans({"source": "adni"}, "study")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no folder .*absent.*; set cohort.archives"):
        find_scans(hcp(tmp_path / "absent"), "study")


def test_names_hold_letters_and_digits_only():
    assert subject_name("011_S_0003") == "sub-011S0003"
    assert subject_name("___") == "sub-unnamed"


def test_a_thousand_archives_are_planned_in_a_fifth_of_a_second(folder):
    for number in range(1113):
        (folder / f"{100000 + number}_3T_Structural_preproc.zip").touch()
    begun = time.process_time()
    assert len(find_scans(hcp(folder), "study")) == 1113
    assert time.process_time() - begun < 0.2


def test_planning_imports_nothing_heavy():
    code = (
        "import sys; import voxplain.cohort.archives; from voxplain.cohort.scans import find_scans;"
        "find_scans({'source': 'made', 'made': {'subjects': 2, 'seed': 1}}, 'demo');"
        "print(*{'numpy', 'pandas', 'nibabel', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []

import subprocess
import sys
import time

import pytest

from tests.library.cohort.study_settings import study
from voxplain.cohort.images import Image, id_in_name, natural, scan_name, session_name, subject_name
from voxplain.cohort.scans import find_scans
from voxplain.cohort.sources import find_images
from voxplain.errors import InputError, SettingsError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "archives").mkdir()
    return tmp_path / "archives"


def hcp(folder, **changes):
    return study(source="hcp", archives=str(folder), table=str(folder.parent / "table.csv"), **changes)["cohort"]


def images(folder, **changes):
    return find_images(hcp(folder, **changes), "study", [])


def test_ids_are_the_digits_that_file_names_begin_with(folder):
    for name in ("100408.zip", "100307_3T_Structural_preproc.zip", "007_more.zip"):
        (folder / name).touch()
    assert [image.source_id for image in images(folder)] == ["007", "100307", "100408"]


def test_other_files_are_not_scans(folder):
    for name in ("100307.zip", "100307.zip.md5", "._100408.zip", "read.me", "table.csv"):
        (folder / name).touch()
    (folder / "notes").mkdir()
    assert [image.source_id for image in images(folder)] == ["100307"]


def test_all_archives_and_folders_of_an_id_may_hold_its_files(folder):
    for name in ("100307_3T_Structural_preproc.zip", "100307_3T_Structural_preproc_extended.zip"):
        (folder / name).touch()
    (folder / "100307").mkdir()
    (image,) = images(folder)
    member = "T1w/T1w_acpc_dc_restore.nii.gz"
    assert image.places["T1w"] == (
        (str(folder / "100307"), member),
        (str(folder / "100307_3T_Structural_preproc.zip"), f"100307/{member}"),
        (str(folder / "100307_3T_Structural_preproc_extended.zip"), f"100307/{member}"),
    )


def test_a_pattern_chooses_among_the_archives(folder):
    for name in ("100307_3T_Structural_preproc.zip", "100307_3T_rfMRI.zip"):
        (folder / name).touch()
    (image,) = images(folder, pattern="*Structural_preproc.zip")
    assert len(image.places["T1w"]) == 1


def test_segmentations_are_wanted_beside_volume_and_mask(folder):
    (folder / "100307.zip").touch()
    members = {"volume": "T1w/a.nii.gz", "mask": None, "segmentations": {"aparc": "T1w/aparc+aseg.nii.gz"}}
    (image,) = images(folder, members=members)
    assert {kind: name for kind, ((_, name),) in image.places.items()} == {
        "T1w": "100307/T1w/a.nii.gz",
        "aparc": "100307/T1w/aparc+aseg.nii.gz",
    }


def test_fields_are_plain_and_make_the_image_again(folder):
    (folder / "100307.zip").touch()
    (image,) = images(folder)
    assert Image(**image.fields()) == image


def test_a_made_cohort_is_known_before_it_is_made():
    settings = study(made={"subjects": 12, "seed": 1})
    found, scans = find_scans(settings)
    assert len(found) == len(scans) == 12 and not any(scan.stage for scan in scans)
    assert all(scan.archive.startswith("data/mine/archives/") for scan in scans)


def test_an_unknown_source_is_named():
    with pytest.raises(
        SettingsError, match='^cohort.source "ukb" is not known; use one of made, hcp, adni, bids, table$'
    ):
        find_images({"source": "ukb"}, "study", [])


def test_a_missing_or_empty_folder_is_named(tmp_path, folder):
    with pytest.raises(InputError, match=r"no folder .*absent.*; set cohort.archives"):
        images(tmp_path / "absent")
    with pytest.raises(InputError, match=r'^no \*.zip and no folder of a subject in ".*archives"; set cohort.archives'):
        images(folder)


def test_names_hold_letters_and_digits_only():
    assert subject_name("011_S_0003") == "sub-011S0003"
    assert subject_name("___") == "sub-unnamed"
    assert (session_name("Month 12"), session_name("")) == ("ses-Month12", "")
    assert scan_name("011_S_0003", "m12") == "sub-011S0003_ses-m12"
    assert scan_name("007") == "sub-007"


def test_an_archive_without_digits_is_called_by_its_name():
    assert id_in_name("notes_2.zip") == "notes_2"


def test_numbers_in_names_count_as_numbers():
    assert sorted(["I10", "I9", "I9b", ""], key=natural) == ["", "I9", "I9b", "I10"]


def test_a_thousand_archives_are_planned_in_a_second(folder):
    for number in range(1113):
        (folder / f"{100000 + number}_3T_Structural_preproc.zip").touch()
    rows = [f"{100000 + number},{'FM'[number % 2]},22-25,S1" for number in range(1113)]
    (folder.parent / "table.csv").write_text("\n".join(["Subject,Gender,Age,Release", *rows]) + "\n")
    settings = study(source="hcp", archives=str(folder), table=str(folder.parent / "table.csv"))
    begun = time.process_time()
    assert len(find_scans(settings)[1]) == 1113
    assert time.process_time() - begun < 1


def test_planning_imports_nothing_heavy(folder):
    code = (
        "import sys; import voxplain.cohort.files.containers; from voxplain.cohort.scans import find_scans;"
        "from tests.library.cohort.study_settings import study; find_scans(study());"
        "import voxplain.cohort.sources.hcp, voxplain.cohort.sources.adni, voxplain.cohort.sources.plain_table;"
        "print(*{'numpy', 'pandas', 'nibabel', 'torch', 'pydicom'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []

import zipfile

import pytest

from voxplain.cohort.sources.adni import find_images
from voxplain.errors import InputError

NIFTI = (
    "ADNI/011_S_0003/MPR__GradWarp__B1_Correction__N3/2005-09-01_00_00_00.0/S9127/"
    "ADNI_011_S_0003_MR_MPR__GradWarp__B1_Correction__N3_Br_20060801_S9127_I12345.nii"
)
SERIES = "ADNI/022_S_0005/MP-RAGE/2006-03-01_09_15_00.0/I777"


def slices(count):
    return [f"{SERIES}/ADNI_022_S_0005_MR_MP-RAGE_br_raw_{number}_S1_I777.dcm" for number in range(count)]


def found(path):
    return find_images({"archives": str(path)}, "study", None)


@pytest.fixture
def zipped(tmp_path):
    def make(names, file="download.zip"):
        with zipfile.ZipFile(tmp_path / file, "w") as contents:
            for name in names:
                contents.writestr(zipfile.ZipInfo(name), name)
        return tmp_path / file

    return make


def test_images_of_a_zip_are_told_by_their_paths(zipped):
    nifti, series = sorted(found(zipped([NIFTI, *slices(3), "ADNI/readme.txt"])), key=lambda image: image.dicom)
    assert (nifti.source_id, nifti.image_id, nifti.dicom) == ("011_S_0003", "I12345", False)
    assert nifti.places["T1w"][0][1] == NIFTI and nifti.date == "2005-09-01_00_00_00.0"
    assert (series.source_id, series.image_id, series.dicom) == ("022_S_0005", "I777", True)
    assert series.places["T1w"][0][1] == SERIES
    assert series.state.startswith("3-")


def test_an_unpacked_folder_gives_the_same_images_as_its_zip(zipped, tmp_path):
    path = zipped([NIFTI, *slices(2)])
    with zipfile.ZipFile(path) as contents:
        contents.extractall(tmp_path / "unpacked")
    of_zip, of_folder = ({(one.source_id, one.image_id, one.dicom, one.date) for one in found(place)}
                         for place in (path, tmp_path / "unpacked"))  # fmt: skip
    assert of_zip == of_folder and len(of_zip) == 2


def test_the_zips_of_a_folder_are_read_each(zipped, tmp_path):
    zipped([NIFTI], "part_1.zip")
    zipped(slices(1), "part_2.zip")
    assert {image.image_id for image in found(tmp_path)} == {"I12345", "I777"}


def test_a_broken_zip_is_named_and_the_others_go_on(zipped, tmp_path):
    zipped([NIFTI], "part_1.zip")
    (tmp_path / "part_2.zip").write_bytes(b"PK\3\4 and no more")
    broken, whole = sorted(found(tmp_path), key=lambda image: image.fault == "")
    assert broken.fault.startswith("part_2.zip: cut short or damaged")
    assert whole.image_id == "I12345"


def test_more_slices_change_the_state_of_a_series(zipped):
    (few,), (more,) = found(zipped(slices(2), "a.zip")), found(zipped(slices(3), "b.zip"))
    assert few.state != more.state


def test_an_image_without_a_subject_in_its_path_is_named(zipped):
    (image,) = found(zipped(["scans/brain.nii.gz"]))
    assert image.fault == (
        "scans/brain.nii.gz: no subject's id (such as 011_S_0003) in its path; keep the folders as downloaded"
    )


def test_the_root_may_lie_below_the_subjects_folder(tmp_path):
    folder = tmp_path / "ADNI" / "011_S_0003" / "MP-RAGE" / "2005-09-01_00_00_00.0" / "I12"
    folder.mkdir(parents=True)
    (folder / "a.dcm").touch()
    (image,) = found(folder)
    assert (image.source_id, image.image_id, image.places["T1w"]) == ("011_S_0003", "I12", ((str(folder), ""),))


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_nothing_to_read_is_said_in_one_line(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"^no .*; set cohort.archives to (the|what)"):
        found(tmp_path / name)

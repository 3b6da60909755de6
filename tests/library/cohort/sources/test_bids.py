import pickle
import subprocess
import sys

import pytest

from tests.library.cohort.sources.made_dataset import PIPELINE, Dataset, volumes
from voxplain.cohort.sources import bids_files
from voxplain.cohort.sources.bids import BidsImage, bids_images
from voxplain.errors import InputError


def masks(dataset, **options):
    return [image.mask for image in bids_images(dataset.root, **options)]


def test_sessions_runs_and_acquisitions_are_told_apart_and_sorted(raw):
    for name in (
        "sub-02_T1w.nii",
        "sub-01_ses-m12_T1w.nii.gz",
        "sub-01_ses-bl_run-10_T1w.nii.gz",
        "sub-01_ses-bl_run-2_T1w.nii.gz",
        "sub-01_ses-bl_acq-mprage_T1w.nii.gz",
        "sub-01_ses-bl_T2w.nii.gz",
    ):
        raw.image(name)
    folder = "sub-01/ses-bl/anat/sub-01_ses-bl"
    assert bids_images(raw.root) == [
        BidsImage("01", "bl", "2", "", f"{folder}_run-2_T1w.nii.gz", None),
        BidsImage("01", "bl", "10", "", f"{folder}_run-10_T1w.nii.gz", None),
        BidsImage("01", "bl", "", "mprage", f"{folder}_acq-mprage_T1w.nii.gz", None),
        BidsImage("01", "m12", "", "", "sub-01/ses-m12/anat/sub-01_ses-m12_T1w.nii.gz", None),
        BidsImage("02", "", "", "", "sub-02/anat/sub-02_T1w.nii", None),
    ]


def test_a_dataset_is_the_same_however_many_subjects_are_looked_at_at_once(raw, monkeypatch):
    for number in range(7):
        raw.image(f"sub-{number:02}_T1w.nii.gz")
        raw.image(f"sub-{number:02}_desc-brain_mask.nii.gz", PIPELINE)
    raw.image("sub-99_desc-brain_mask.nii.gz", PIPELINE)
    raw.image("sub-x y_T1w.nii.gz")
    whole = bids_files.bids_files(raw.root, "T1w")
    assert len(whole[0]) == 15 and len(whole[1]) == 1
    for many in (1, 3, 8):
        monkeypatch.setattr(bids_files, "AT_ONCE", many)
        assert bids_files.bids_files(raw.root, "T1w") == whole


@pytest.mark.parametrize("subject", ["01A", "01a", "007", "1e5", "ABC"])
def test_ids_stay_as_they_are_written(raw, subject):
    raw.image(f"sub-{subject}_ses-00_T1w.nii.gz")
    (image,) = bids_images(raw.root)
    assert (image.subject, image.session) == (subject, "00")


def test_ids_that_differ_in_case_alone_are_two_subjects(raw):
    raw.image("sub-01A_T1w.nii.gz").image("sub-01a_T1w.nii.gz")
    assert [image.subject for image in bids_images(raw.root)] == ["01A", "01a"]


def test_another_suffix_may_be_asked_for(raw):
    raw.image("sub-01_T1w.nii.gz").image("sub-01_T2w.nii.gz")
    assert volumes(raw, suffix="T2w") == ["sub-01_T2w.nii.gz"]


def test_phase_images_are_not_taken(raw):
    raw.image("sub-01_part-mag_T1w.nii.gz").image("sub-01_part-phase_T1w.nii.gz")
    assert volumes(raw) == ["sub-01_part-mag_T1w.nii.gz"]


def test_a_link_whose_content_was_not_fetched_is_listed(raw):
    raw.image("sub-01_T1w.nii.gz")
    link = raw.root / "sub-02" / "anat" / "sub-02_T1w.nii.gz"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../.git/annex/objects/Xk/9M/MD5E-s9--d41d8.nii.gz/MD5E-s9--d41d8.nii.gz")
    assert not link.exists()
    assert [image.subject for image in bids_images(raw.root)] == ["01", "02"]


def test_links_that_lead_in_circles_end(raw):
    raw.image("sub-01_ses-1_T1w.nii.gz")
    (raw.root / "sub-01" / "ses-2").symlink_to("../sub-01")
    (raw.root / "sub-01" / "ses-1" / "anat" / "back").symlink_to("../..")
    (raw.root / "derivatives").symlink_to(".")
    assert volumes(raw) == ["sub-01_ses-1_T1w.nii.gz"]


def test_what_bidsignore_names_is_not_taken(raw):
    for subject in ("01", "02", "03", "04"):
        raw.image(f"sub-{subject}_T1w.nii.gz")
    raw.image("sub-01_acq-test_T1w.nii.gz").image("sub-03_run-1_T1w.nii.gz")
    raw.write(".bidsignore", "# phantoms\n\nsub-02/\n*_acq-test_*\n/sub-04/anat/*.nii.gz\n**/sub-03_run-*\n")
    assert volumes(raw) == ["sub-01_T1w.nii.gz", "sub-03_T1w.nii.gz"]


def test_a_name_that_bidsignore_names_may_be_broken(raw):
    raw.image("sub-01_T1w.nii.gz").image("sub-01_old_T1w.nii.gz").write(".bidsignore", "*_old_*\n")
    assert volumes(raw) == ["sub-01_T1w.nii.gz"]


def test_derivatives_and_source_data_are_no_raw_images(raw):
    raw.image("sub-01_T1w.nii.gz")
    raw.image("sub-01_T1w.nii.gz", "sourcedata").image("sub-01_desc-preproc_T1w.nii.gz", PIPELINE)
    raw.image("sub-01_T1w.nii.gz", "code").write("sub-01/anat/._sub-01_T1w.nii.gz")
    assert [image.volume for image in bids_images(raw.root)] == ["sub-01/anat/sub-01_T1w.nii.gz"]


def test_the_mask_is_the_one_of_the_same_session_and_space(raw):
    for session in ("1", "2"):
        raw.image(f"sub-01_ses-{session}_T1w.nii.gz")
        raw.image(f"sub-01_ses-{session}_space-MNI_desc-brain_mask.nii.gz", PIPELINE)
    raw.image("sub-01_ses-2_desc-brain_mask.nii.gz", PIPELINE)
    raw.image("sub-01_ses-2_desc-lesion_mask.nii.gz", PIPELINE)
    raw.write(f"{PIPELINE}/sub-01/ses-1/func/sub-01_ses-1_task-rest_desc-brain_mask.nii.gz")
    assert masks(raw) == [None, f"{PIPELINE}/sub-01/ses-2/anat/sub-01_ses-2_desc-brain_mask.nii.gz"]


def test_a_mask_of_the_run_comes_before_one_of_the_session(raw):
    raw.image("sub-01_run-1_T1w.nii.gz").image("sub-01_run-2_T1w.nii.gz").image("sub-02_T1w.nii.gz")
    raw.image("sub-01_desc-brain_mask.nii.gz", PIPELINE).image("sub-01_run-2_desc-brain_mask.nii.gz", PIPELINE)
    raw.image("sub-02_run-2_desc-brain_mask.nii.gz", PIPELINE)
    folder = f"{PIPELINE}/sub-01/anat"
    assert masks(raw) == [
        f"{folder}/sub-01_desc-brain_mask.nii.gz",
        f"{folder}/sub-01_run-2_desc-brain_mask.nii.gz",
        None,
    ]


def test_of_two_masks_none_is_guessed(raw):
    raw.image("sub-01_T1w.nii.gz")
    raw.image("sub-01_desc-brain_mask.nii.gz", PIPELINE).image("sub-01_desc-brain_mask.nii.gz", "derivatives/smriprep")
    assert masks(raw) == [None]


def test_a_derivative_dataset_gives_its_native_images_with_their_masks(derivative):
    for space in ("", "_space-MNI152NLin6Asym_res-2", "_space-T1wOther"):
        derivative.image(f"sub-01{space}_desc-preproc_T1w.nii.gz").image(f"sub-01{space}_desc-brain_mask.nii.gz")
    assert volumes(derivative) == ["sub-01_desc-preproc_T1w.nii.gz"]
    assert masks(derivative) == ["sub-01/anat/sub-01_desc-brain_mask.nii.gz"]
    (image,) = bids_images(derivative.root, space="MNI152NLin6Asym", desc="preproc")
    assert image.volume == "sub-01/anat/sub-01_space-MNI152NLin6Asym_res-2_desc-preproc_T1w.nii.gz"
    assert image.mask == "sub-01/anat/sub-01_space-MNI152NLin6Asym_res-2_desc-brain_mask.nii.gz"


def test_the_only_space_there_is_need_not_be_asked_for(derivative):
    derivative.image("sub-01_space-MNI_desc-preproc_T1w.nii.gz")
    assert volumes(derivative) == ["sub-01_space-MNI_desc-preproc_T1w.nii.gz"]


def test_among_several_spaces_none_is_guessed(derivative):
    derivative.image("sub-01_space-A_T1w.nii.gz").image("sub-01_space-B_T1w.nii.gz").image("sub-02_space-B_T1w.nii.gz")
    with pytest.raises(InputError, match=r"several of space; found: space-B \(2\), space-A \(1\); choose one"):
        bids_images(derivative.root)
    assert volumes(derivative, space="B") == ["sub-01_space-B_T1w.nii.gz", "sub-02_space-B_T1w.nii.gz"]


def test_a_space_that_is_not_there_is_answered_with_what_is(derivative):
    derivative.image("sub-01_space-A_T1w.nii.gz")
    with pytest.raises(InputError, match=r"T1w images: none with space-MNI; found: space-A \(1\)"):
        bids_images(derivative.root, space="MNI")


BROKEN = {
    "sub-01/anat/sub-01_old_T1w.nii.gz",
    "sub-01/anat/sub-01_acq-a-b_T1w.nii.gz",
    "sub-01/anat/sub-01__T1w.nii.gz",
    "sub-01/anat/sub-01_acq-_T1w.nii.gz",
    "sub-01/anat/sub-01_acq-ä_T1w.nii.gz",
    "sub-01/anat/sub-01_sub-01_T1w.nii.gz",
    "sub-01/anat/sub-01_T1W.nii.gz",
    "sub-01/anat/sub-01_T1w.NII.GZ",
    "sub-01/anat/sub-01_T1w.v2.nii.gz",
    "sub-01/anat/sub-1_T1w.nii.gz",
    "sub-01/anat/T1w.nii.gz",
    "sub-01/ses-1/anat/sub-01_T1w.nii.gz",
    "sub-01/ses-1/anat/sub-01_ses-2_T1w.nii.gz",
    "sub-01/anat/sub-01_ses-2_T1w.nii.gz",
    "sub-01/anat/sub-01_space-A_sub-02_T1w.nii.gz",
    "sub-011_S_0003/anat/sub-011_S_0003_T1w.nii.gz",
}


@pytest.mark.parametrize("path", sorted(BROKEN))
def test_a_name_that_is_not_bids_is_a_fault_of_that_image_alone(raw, path):
    raw.image("sub-02_T1w.nii.gz").write(path)
    broken, good = sorted(bids_images(raw.root), key=lambda image: not image.fault)
    assert (broken.volume, broken.fault) == (path, f"{path}: not a name of BIDS; rename it or list it in .bidsignore")
    assert good.volume == "sub-02/anat/sub-02_T1w.nii.gz" and not good.fault


def test_a_dataset_of_nothing_but_broken_names_is_refused(raw):
    raw.write("sub-01/anat/T1w.nii.gz")
    with pytest.raises(InputError, match=r"1 T1w image, and no name of them is BIDS's \(sub-01/anat/T1w.nii.gz\)"):
        bids_images(raw.root)


def test_broken_names_of_other_images_stop_nothing(raw):
    raw.image("sub-01_T1w.nii.gz").write("sub-01/func/sub-01_task-rest_old_bold.nii.gz")
    raw.image("sub-01_old_T1w.nii.gz", PIPELINE)
    assert volumes(raw) == ["sub-01_T1w.nii.gz"]


def test_without_a_t1w_image_it_is_said_what_was_found(raw):
    raw.image("sub-01_T2w.nii.gz").image("sub-02_T2w.nii.gz").write("sub-01/func/sub-01_task-rest_bold.nii.gz")
    with pytest.raises(
        InputError, match=r"no T1w image in its sub-\* folders; found: T2w \(2\), bold \(1\); give another dataset$"
    ):
        bids_images(raw.root)


def test_without_any_image_it_is_said(raw):
    with pytest.raises(InputError, match="found: no image at all"):
        bids_images(raw.root)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '"raw"', "\xff\x00", '{"DatasetType": "study"}', '{"DatasetType": [1]}']
)
def test_a_description_that_is_none_is_refused_in_one_line(raw, text):
    raw.image("sub-01_T1w.nii.gz").write("dataset_description.json", text)
    with pytest.raises(InputError, match="dataset_description.json: ") as raised:
        bids_images(raw.root)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("version", ["0.1", "99.9", 1.9, None, ["1"], {}])
def test_a_version_that_nobody_knows_is_no_fault(tmp_path, version):
    raw = Dataset(tmp_path / "raw", BIDSVersion=version).image("sub-01_T1w.nii.gz")
    assert volumes(raw) == ["sub-01_T1w.nii.gz"]


def test_what_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(InputError, match="no folder "):
        bids_images(tmp_path / "absent")
    with pytest.raises(InputError, match="no dataset_description.json in it; set cohort.archives"):
        bids_images(tmp_path)


def test_bidsignore_that_is_no_text_is_refused(raw):
    raw.image("sub-01_T1w.nii.gz")
    (raw.root / ".bidsignore").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=".bidsignore: cannot be read"):
        bids_images(raw.root)


class Opened:
    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


def test_a_pickle_in_the_dataset_is_never_opened(raw):
    raw.image("sub-01_T1w.nii.gz")
    (raw.root / ".ancpbids-dataset.pickle").write_bytes(pickle.dumps(Opened()))
    assert volumes(raw) == ["sub-01_T1w.nii.gz"]


def test_planning_loads_no_library_of_the_field():
    asked = "import sys, voxplain.cohort.sources.bids; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()
    assert not {"ancpbids", "pathspec", "numpy", "pandas"} & set(loaded)

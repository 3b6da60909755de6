import gzip
import zipfile

import nibabel
import numpy as np
import pytest

from scripts.check_cohort import check_cohort
from tests.library.cohort.study_settings import study as settings_of
from voxplain.cohort.sources import find_images

MEMBERS = {"volume": "T1w/head.nii.gz", "mask": "T1w/mask.nii.gz"}


def volume(shape=(40, 44, 36), spacing=2.0):
    image = nibabel.Nifti1Image(np.random.default_rng(1).random(shape).astype(np.float32), np.diag([spacing] * 3 + [1]))
    return gzip.compress(image.to_bytes(), mtime=0)


@pytest.fixture
def checked(tmp_path):
    """What the check says of archives made of the given members, by id."""

    def run(archives):
        folder = tmp_path / "archives"
        folder.mkdir()
        for source_id, members in archives.items():
            with zipfile.ZipFile(folder / f"{source_id}_3T.zip", "w") as contents:
                for name, content in members.items():
                    contents.writestr(zipfile.ZipInfo(name), content)
        rows = [f"{one},{'FM'[int(one) % 2]},30,S1" for one in archives]
        (tmp_path / "table.csv").write_text("\n".join(["Subject,Gender,Age,Release", *rows]) + "\n")
        settings = settings_of(source="hcp", archives=str(folder), table=str(tmp_path / "table.csv"), members=MEMBERS)
        images = [image.fields() for image in find_images(settings["cohort"], "mine", [])]
        before = sorted(tmp_path.rglob("*"))
        table, lines = check_cohort(
            images, settings["cohort"]["table"], settings, study="mine", mask=True, form="refuse"
        )
        assert sorted(tmp_path.rglob("*")) == before
        return table.set_index("source_id"), lines

    return run


def good(source_id):
    return {f"{source_id}/T1w/head.nii.gz": volume(), f"{source_id}/T1w/mask.nii.gz": volume()}


def test_what_would_be_used_and_what_not_is_said_without_extracting_anything(checked):
    table, lines = checked(
        {
            "100001": good("100001"),
            "100002": good("100002") | {"100002/T1w/mask.nii.gz": volume((40, 44, 37))},
            "100003": {"100003/T1w/head.nii.gz": volume()},
            "100004": good("100004") | {"100004/T1w/head.nii.gz": volume(spacing=9.0)},
            "100005": {f"more/{name}": content for name, content in good("100005").items()},
        }
    )
    assert table.loc[["100001", "100005"], "status"].tolist() == ["would be used"] * 2
    assert table.loc["100001", ["shape", "spacing_mm"]].tolist() == ["40 44 36", "2 2 2"]
    assert table.loc["100002", "reason"] == "mask of shape (40, 44, 37), but volume of (40, 44, 36); give its own mask"
    assert "no 100003/T1w/mask.nii.gz inside" in table.loc["100003", "reason"]
    coarse = "head.nii.gz: voxels of 9 x 9 x 9 mm; they must lie between 0.3 and 6 mm; correct the header, or give a "
    assert table.loc["100004", "reason"] == f"{coarse}finer scan"
    assert lines[0].startswith("study mine: 5 scans looked at in ")
    assert lines[1] == "2 would be used, 3 would not"
    assert "  label sex: M 2" in lines
    assert "  2 of 40 x 44 x 36 voxels of 2 x 2 x 2 mm" in lines
    assert "left out, extract: 3" in lines
    assert "2 files are not where the documented layout of hcp has them; they were found as" in lines
    assert "  more/100005/T1w/head.nii.gz (documented: 100005/T1w/head.nii.gz)" in lines


def test_a_volume_whose_beginning_is_damaged_is_known_before_the_run(checked):
    head = volume()
    table, _ = checked(
        {"100001": good("100001"), "100002": good("100002") | {"100002/T1w/head.nii.gz": b"\x1f\x8b" + head[9:]}}
    )
    assert table.loc["100002", "status"] == "would be excluded"
    assert table.loc["100002", "reason"].startswith("head.nii.gz: damaged (")

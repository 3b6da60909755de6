import nibabel
import numpy as np
import pandas as pd
import pytest

from scripts.average_maps import average_maps, save_averages
from voxplain.attribution.maps import read_maps, write_maps


def test_averages_are_over_subjects_of_every_split_and_seed(explained_study):
    averages, affine, table = average_maps(explained_study.maps, ["all", "class1", "class0correct"])
    sources = [read_maps(path) for path in explained_study.maps]
    subject = {name: [] for source in sources for name in source.subject}
    for source in sources:
        for name, values in zip(source.subject, source.maps, strict=True):
            subject[name].append(values)
    expected = np.mean([np.mean(values, axis=0) for values in subject.values()], axis=0)
    assert np.allclose(averages["all"].mean, expected, rtol=1e-5, atol=1e-9)
    assert np.allclose(affine, np.diag([-3, 3, 3, 1]))
    assert table.columns.tolist() == ["group", "images", "scans", "subjects", "note"]
    assert table["group"].tolist() == ["all", "class1", "class0correct"]
    assert table["subjects"].tolist()[:2] == [7, 3]


def test_without_a_single_map_every_group_is_there_and_says_that_it_is_empty(explained_study):
    averages, _, table = average_maps(explained_study.maps[-1:], ["all", "correct"])
    assert [average.mean.shape for average in averages.values()] == [explained_study.shape] * 2
    assert not any(average.mean.any() for average in averages.values())
    assert table["note"].tolist()[0] == "group all: no subject; the average is zero everywhere"


def test_an_average_over_scans_that_were_not_registered_says_so(tmp_path):
    maps, scans = np.ones((2, 5, 6, 7), np.float32), ["sub-1", "sub-2"]
    own = np.stack([np.eye(4)] * 2)
    write_maps(tmp_path / "own.h5", scans, scans, [0, 1], [0, 1], maps, np.eye(4), {}, affines=own)
    _, _, table = average_maps([tmp_path / "own.h5"], ["all", "class1"])
    assert table["note"].str.contains("were not registered").all()


def test_groups_of_columns_and_splits_have_images_in_a_folder_of_their_own(explained_study, tmp_path):
    scans = [f"sub-{number}" for number in range(8)]
    sexes = ["F", "F", "M", "M", "", "M", "M", "F"]
    pd.DataFrame({"scan": scans, "subject": scans, "Sex": sexes}).to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    by = {"Sex": None, "split": None}
    averages, affine, table = average_maps(explained_study.maps, ["all"], None, tmp_path / "scans.tsv", by)
    save_averages(tmp_path / "groups.tsv", tmp_path / "averages.npz", averages, affine, table)
    counts = table.set_index("group")["subjects"].to_dict()
    assert counts == {"all": 7, "SexF": 2, "SexM": 4, "splitr1f1": 4, "splitr1f2": 3}
    assert "Sex is not known of 1 of 8 scans" in table.set_index("group").loc["SexF", "note"]
    for row in table.itertuples():
        image = nibabel.load(tmp_path / f"{row.images}_mean.nii.gz")
        assert np.allclose(image.affine, affine)
        assert np.array_equal(np.asarray(image.dataobj, np.float32), averages[row.group].mean)


def test_scale_and_top_are_of_the_brain(explained_study, tmp_path):
    mask = np.zeros(explained_study.shape, np.uint8)
    mask[4:12, 5:20, 4:18] = 1
    nibabel.save(nibabel.Nifti1Image(mask, np.diag([-3, 3, 3, 1])), tmp_path / "mask.nii.gz")
    averages, _, _ = average_maps(explained_study.maps, ["all"], tmp_path / "mask.nii.gz", top=0.1)
    shares = averages["all"].of["scaled", "top"]
    assert not shares[mask == 0].any()
    assert shares[mask > 0].mean() == pytest.approx(0.1, abs=0.001)

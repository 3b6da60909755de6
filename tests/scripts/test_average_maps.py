import numpy as np

from scripts.average_maps import average_maps
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
    assert table.columns.tolist() == ["group", "scans", "subjects", "note"]
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

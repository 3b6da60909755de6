import pytest

from scripts.tabulate_features import tabulate_features
from voxplain.errors import SettingsError


@pytest.fixture
def study(tmp_path):
    (tmp_path / "scans.tsv").write_text("scan\tsource_id\tlabel_sex\nsub-007\t007\t0\nsub-8\t8\t1\nsub-9\t9\t0\n")
    (tmp_path / "freesurfer.csv").write_text(
        "Subject,Release,Gender,FS_Mask_Vol,FS_Thck\n007,S500,F,1500001.5,2.5\n8,S900,M,1600002.5,\n5,S900,M,1,2\n"
    )
    return tmp_path / "scans.tsv", {"path": str(tmp_path / "freesurfer.csv"), "id_column": "Subject", "columns": None}


def test_features_are_joined_by_subject_and_ids_releases_and_labels_left_out(study):
    features, columns = tabulate_features(*study, ["Gender"])
    assert features.columns.tolist() == ["scan", "FS_Mask_Vol", "FS_Thck"]
    assert features["scan"].tolist() == ["sub-007", "sub-8", "sub-9"]
    assert features["FS_Mask_Vol"].tolist()[:2] == [1500001.5, 1600002.5]
    assert features["FS_Thck"].isna().tolist() == [False, True, True]
    told = columns.set_index("column")
    assert told.loc[["Subject", "Release", "Gender"], "status"].tolist() == ["left out"] * 3
    assert told.loc["FS_Thck", "scans_without"] == 2


@pytest.mark.parametrize("column", ["Subject", "Release", "Gender"])
def test_asking_for_an_id_a_release_or_a_label_stops_the_run(study, column):
    scans, settings = study
    with pytest.raises(SettingsError, match=f"{column} can never be a feature"):
        tabulate_features(scans, settings | {"columns": [column]}, ["Gender"])

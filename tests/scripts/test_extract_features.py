import pytest

from scripts import extract_features as script
from scripts.extract_features import extract_features
from tests.scripts.conftest import SPLITS
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.insight.feature_files import read_features, write_features


def extracted(study, place, **more):
    files = study.store, study.folds, study.weights[place], study.cards[place]
    return extract_features(*files, experiment=study.experiment, **more)


def test_every_packed_scan_has_a_row_of_features_by_the_network_of_the_split(trained_study, tmp_path):
    found = extracted(trained_study, 1)
    assert found.about["split"] == "r1f1" and found.about["seed"] == 2
    assert found.of("test").table["scan"].tolist() == ["sub-0", "sub-1", "sub-2", "sub-3"]
    assert found.of("train").table["scan"].tolist() == ["sub-4", "sub-5", "sub-6"], "sub-7 was not packed"
    assert len(found.features) == 7 and (found.features != extracted(trained_study, 0).features).any()
    write_features(tmp_path / "kept.npz", found)
    assert (read_features(tmp_path / "kept.npz").features == found.features).all()


def test_a_split_that_holds_nobody_out_has_no_row_and_says_why(trained_study):
    found = extracted(trained_study, 2 * SPLITS.index("r2f1"))
    assert found.table.empty and found.about["empty"] == "nobody held out"


def test_a_network_that_has_no_features_has_no_row_and_says_why(trained_study, monkeypatch):
    def refused(*_, **__):
        raise UnsupportedModel('layer "head" is no linear layer; name the layer to look at')

    monkeypatch.setattr(script, "split_features", refused)
    found = extracted(trained_study, 0)
    assert found.table.empty and "is no linear layer" in found.about["empty"]
    assert list(found.table)[-1] == "role" and "probability_1" in found.table


def test_a_layer_that_is_named_wrong_is_a_fault_of_the_settings(trained_study):
    with pytest.raises(SettingsError, match='no layer "features.conv" in MriNet'):
        extracted(trained_study, 0, layer="features.conv")
    assert extracted(trained_study, 0, layer="features.conv1").features.shape == (7, 2)

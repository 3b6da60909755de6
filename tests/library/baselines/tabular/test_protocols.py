import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from tests.library.baselines.tabular.morphometry import COUNT, by_hand, entry, made_features, made_labels
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.baselines.tabular.protocols import protocol_folds
from voxplain.errors import SettingsError
from voxplain.settings.protocols import protocol_name


def made_scans(labels):
    names = [f"sub-{place:03}" for place in range(COUNT)]
    return pd.DataFrame({"scan": names, "subject": names, "group": names, "label": labels})


def test_leave_one_out_fits_as_many_models_as_there_are_subjects(monkeypatch):
    fits = []
    fit = LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda self, rows, told: fits.append(len(rows)) or fit(self, rows, told)
    )
    labels = made_labels()
    folds = protocol_folds(made_scans(labels), {"scheme": "leave_one_out"})
    features = made_features(labels)
    told = fitted_out_of_fold(features, folds, entry("logistic_regression"))
    assert fits == [COUNT - 1] * COUNT and len(told.pipelines) == COUNT
    predictions = told.predictions.set_index("scan")
    for place in (0, 17, 41):
        inside, outside = by_hand(features, features.table.index.delete(place), features.table.index[[place]])
        plain = LogisticRegression(max_iter=10000).fit(inside, np.delete(labels, place))
        ours = predictions.loc[f"sub-{place:03}", "probability_1"]
        np.testing.assert_allclose(ours, plain.predict_proba(outside)[0, 1], atol=1e-8)


@pytest.mark.parametrize("k", [5, 10])
def test_each_scan_is_held_out_once_in_folds_of_like_classes(k):
    labels = made_labels()
    folds = protocol_folds(made_scans(labels), {"scheme": "kfold", "k": k})
    held_out = folds[folds["role"] == "test"]
    assert sorted(held_out["scan"]) == [f"sub-{place:03}" for place in range(COUNT)]
    shares = held_out.groupby("split")["label"].mean()
    assert len(shares) == k and (shares - labels.mean()).abs().max() < 1 / (COUNT // k)


def test_scans_of_one_family_are_never_divided():
    scans = made_scans(made_labels())
    scans["group"] = [f"family-{place // 3}" for place in range(COUNT)]
    for protocol, splits in (({"scheme": "leave_one_out"}, 20), ({"scheme": "kfold", "k": 5}, 5)):
        folds = protocol_folds(scans, protocol)
        assert folds["split"].nunique() == splits
        assert (folds.groupby(["split", "group"])["role"].nunique() == 1).all()


def test_the_first_subjects_are_those_of_the_table_with_all_their_scans():
    scans = made_scans(made_labels())
    scans["subject"] = scans["group"] = [f"sub-{place // 2}" for place in range(COUNT)][::-1]
    folds = protocol_folds(scans, {"scheme": "kfold", "k": 5, "first": 20})
    assert set(folds["scan"]) == set(scans["scan"][:40])


def test_repeats_deal_anew_and_the_same_seed_deals_alike():
    scans = made_scans(made_labels())
    twice = protocol_folds(scans, {"scheme": "kfold", "k": 3, "repeats": 2}, seed=5)
    assert twice["split"].nunique() == 6
    assert twice.equals(protocol_folds(scans, {"scheme": "kfold", "k": 3, "repeats": 2}, seed=5))
    held_out = [
        set(twice.loc[(twice["split"] == split) & (twice["role"] == "test"), "scan"]) for split in ("r1f1", "r2f1")
    ]
    assert held_out[0] != held_out[1]


def test_too_few_of_a_class_for_so_many_folds_is_said():
    scans = made_scans(np.array([1] * 4 + [0] * (COUNT - 4)))
    with pytest.raises(SettingsError):
        protocol_folds(scans, {"scheme": "kfold", "k": 10})


def test_protocols_have_names_that_say_what_they_are():
    asked = [
        {"scheme": "leave_one_out", "first": 500},
        {"scheme": "kfold", "k": 10},
        {"scheme": "kfold", "k": 5, "repeats": 3},
    ]
    assert [protocol_name(one) for one in asked] == ["leave_one_out_first500", "kfold10", "kfold5x3"]

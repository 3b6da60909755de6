import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from voxplain.baselines.one_number import outside_baseline, outside_means, size_baseline
from voxplain.store import Volumes, write_store

SHAPE = (4, 6, 5)


def cohort(n=24, seed=0):
    generator = np.random.default_rng(seed)
    scans = [f"sub-{number:02d}" for number in range(n)]
    label = np.arange(n) % 2
    table = pd.DataFrame({"scan": scans, "subject": scans, "label": label})
    table["brain_volume_ml"] = 1200 + 150 * label + generator.normal(0, 60, n)
    roles = np.array(["test", "validation", "train", "train"])
    parts = [
        table[["scan", "subject", "label"]].assign(split=f"r1f{fold + 1}", role=roles[(np.arange(n) // 2 + fold) % 4])
        for fold in range(4)
    ]
    return table, pd.concat(parts, ignore_index=True)


def test_every_scan_is_predicted_once_by_a_model_that_never_saw_it():
    scans, folds = cohort()
    found = size_baseline(scans, folds, "brain_volume_ml")
    assert sorted(found["scan"]) == scans["scan"].tolist()
    values = scans.set_index("scan")["brain_volume_ml"]
    for split, rows in found.groupby("split"):
        fitted = folds[(folds["split"] == split) & (folds["role"] != "test")]
        known = values[fitted["scan"]].to_numpy()[:, None]
        centre, spread = known.mean(), known.std()
        by_hand = LogisticRegression().fit((known - centre) / spread, fitted["label"])
        expected = by_hand.predict_proba((values[rows["scan"]].to_numpy()[:, None] - centre) / spread)
        np.testing.assert_allclose(rows[["probability_0", "probability_1"]].to_numpy(), expected)
        assert rows["predicted"].tolist() == expected.argmax(1).tolist()
    assert (found["label"] == found["predicted"]).mean() > 0.7


def test_the_value_of_a_held_out_scan_moves_no_other_prediction():
    scans, folds = cohort()
    before = size_baseline(scans, folds, "brain_volume_ml").set_index("scan")
    scans.loc[0, "brain_volume_ml"] = 9999
    after = size_baseline(scans, folds, "brain_volume_ml").set_index("scan")
    same_split = before.index[(before["split"] == before.loc["sub-00", "split"]) & (before.index != "sub-00")]
    pd.testing.assert_frame_equal(before.loc[same_split], after.loc[same_split])


def test_a_scan_without_a_value_is_left_out():
    scans, folds = cohort()
    scans.loc[3, "brain_volume_ml"] = np.nan
    found = size_baseline(scans, folds, "brain_volume_ml")
    assert "sub-03" not in set(found["scan"]) and len(found) == 23


def test_a_split_that_holds_out_nothing_or_trains_on_one_class_predicts_nothing():
    scans, folds = cohort()
    folds = folds[~((folds["split"] == "r1f1") & (folds["role"] == "test"))]
    folds = folds[~((folds["split"] == "r1f2") & (folds["role"] != "test") & (folds["label"] == 1))]
    assert set(size_baseline(scans, folds, "brain_volume_ml")["split"]) == {"r1f3", "r1f4"}
    assert size_baseline(scans, folds[folds["role"] == "train"], "brain_volume_ml").empty


def test_a_class_that_a_split_does_not_train_on_has_no_probability_there():
    scans, folds = cohort()
    labels = dict(zip(scans["scan"], np.arange(24) % 3, strict=True))
    folds["label"] = folds["scan"].map(labels)
    folds = folds[~((folds["split"] == "r1f1") & (folds["role"] != "test") & (folds["label"] == 1))]
    found = size_baseline(scans, folds, "brain_volume_ml", classes=3)
    told = found.filter(regex="^probability_").to_numpy()
    assert told.shape[1] == 3 and np.allclose(told.sum(1), 1)
    assert (told[found["split"] == "r1f1", 1] == 0).all() and (told[found["split"] != "r1f1"] > 0).all()
    assert (found["predicted"] == told.argmax(1)).all()


def test_an_amount_is_told_by_a_straight_line():
    scans, folds = cohort()
    ages = dict(zip(scans["scan"], 40 + scans["brain_volume_ml"] / 50 + np.arange(24) % 5, strict=True))
    folds["label"] = folds["scan"].map(ages)
    folds["group"] = "family of " + folds["subject"]
    found = size_baseline(scans, folds, "brain_volume_ml", classes=None)
    values = scans.set_index("scan")["brain_volume_ml"]
    for split, rows in found.groupby("split"):
        fitted = folds[(folds["split"] == split) & (folds["role"] != "test")]
        line = LinearRegression().fit(values[fitted["scan"]].to_frame(), fitted["label"])
        np.testing.assert_allclose(rows["predicted"], line.predict(values[rows["scan"]].to_frame()))
    assert len(found) == 24 and not [one for one in found if one.startswith("probability")]
    assert (found["group"] == "family of " + found["subject"]).all()


@pytest.fixture
def head(tmp_path):
    scans, folds = cohort()

    def volumes():
        for number, row in enumerate(scans.itertuples()):
            generator = np.random.default_rng([4, number])
            mask = np.zeros(SHAPE)
            mask[1:3, 1:4, 1:4] = 1
            data = np.where(mask, generator.normal(5, 2, SHAPE), 1 + 0.4 * row.label + generator.normal(0, 0.1, SHAPE))
            yield row.scan, row.subject, data, mask

    write_store(tmp_path / "head.h5", volumes(), np.eye(4), "mni152", {})
    return tmp_path / "head.h5", folds


def test_the_outside_is_the_mean_where_the_mask_is_zero(head):
    volumes = Volumes(head[0])
    means = outside_means(volumes)
    for place, scan in enumerate(volumes.scans):
        assert means[scan] == pytest.approx(float(volumes[place][0][volumes.mask(place) == 0].mean()), rel=1e-5)
    with pytest.raises(ValueError, match="masked"):
        outside_means(Volumes(head[0], mask="brain"))


def test_a_difference_outside_the_brain_is_found_by_the_outside_baseline(head):
    found = outside_baseline(Volumes(head[0]), head[1])
    assert len(found) == 24 and (found["label"] == found["predicted"]).all()


def test_a_mask_that_fills_the_volume_leaves_nothing_to_tell_by(tmp_path):
    scans, folds = cohort()
    volumes = ((scan, scan, np.ones(SHAPE), np.ones(SHAPE)) for scan in scans["scan"])
    write_store(tmp_path / "full.h5", volumes, np.eye(4), "mni152", {})
    assert outside_means(Volumes(tmp_path / "full.h5")) == {}
    assert outside_baseline(Volumes(tmp_path / "full.h5"), folds).empty

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from tests.library.baselines.made_study import AFFINE, SHAPE, made_folds, made_scans, made_store
from voxplain.baselines.confound_columns import column_values, confound_columns
from voxplain.baselines.confounds import confound_baseline
from voxplain.baselines.mask_shape import GRID, mask_shapes
from voxplain.settings.baselines import CONFOUNDS
from voxplain.store import Volumes, write_store


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    return Volumes(made_store(tmp_path_factory.mktemp("confounds") / "affine.h5", made_scans()))


def predicted(name, volumes, scans, folds=None, label_column="Group", classes=2, **named):
    folds = made_folds(scans) if folds is None else folds
    return confound_baseline(
        name, volumes, scans, folds,
        input_name="affine", label_column=label_column, classes=classes, columns=named,
    )  # fmt: skip


@pytest.mark.parametrize("name", [one for one in CONFOUNDS if one not in ("intracranial", "scanner", "release")])
def test_every_confound_predicts_every_scan_once_by_a_model_that_never_saw_it(volumes, name):
    scans = made_scans()
    found = predicted(name, volumes, scans)
    assert sorted(found.predictions["scan"]) == scans["scan"].tolist() and found.kind == "confound"
    np.testing.assert_allclose(found.predictions[["probability_0", "probability_1"]].sum(axis=1), 1)
    assert (found.predictions["group"] == "family of " + found.predictions["subject"]).all()


def test_categories_are_told_by_a_column_each_and_amounts_in_standard_deviations(volumes):
    scans = made_scans()
    scans["Age"] = scans["Age"] + 4.0 * scans["label"]
    found, folds = predicted("age_sex", volumes, scans), made_folds(scans)
    table = scans.set_index("scan")
    for split, rows in found.predictions.groupby("split"):
        train = folds[(folds["split"] == split) & (folds["role"] != "test")]
        age = table.loc[train["scan"], "Age"]

        def design(names, age=age):
            shown = table.loc[names]
            sex = [(shown["Gender"] == one).astype(float) for one in "FM"]
            return np.column_stack([(shown["Age"] - age.mean()) / age.std(ddof=0), *sex])

        by_hand = LogisticRegression(max_iter=1000).fit(design(train["scan"]), train["label"])
        np.testing.assert_allclose(rows["probability_1"], by_hand.predict_proba(design(rows["scan"]))[:, 1], atol=1e-6)


def test_sites_that_are_numbers_are_categories_and_an_unseen_one_tells_nothing(volumes):
    scans = made_scans()
    scans["site"] = np.where(np.arange(36) % 2, 7, 130)
    scans.loc[0, "site"] = 11
    found = predicted("site", volumes, scans).predictions.set_index("scan")
    assert (found["label"] == found["predicted"]).drop("sub-00").all()
    unseen = found.loc["sub-00", "probability_1"]
    assert 0.3 < unseen < 0.7


def test_an_amount_is_told_by_a_line_and_from_categories_by_a_ridge(tmp_path):
    scans = made_scans(classes=None)
    scans["site"] = np.where(scans["label"] > 40, "a", "b")
    volumes, folds = Volumes(made_store(tmp_path / "affine.h5", scans)), made_folds(scans)
    found = predicted("site", volumes, scans, classes=None).predictions
    for split, rows in found.groupby("split"):
        train = folds[(folds["split"] == split) & (folds["role"] != "test")]
        known = scans.set_index("scan")["site"]
        shown = [np.column_stack([known[names] == "a", known[names] == "b"]) for names in (train["scan"], rows["scan"])]
        np.testing.assert_allclose(rows["predicted"], Ridge().fit(shown[0], train["label"]).predict(shown[1]))
    assert not [one for one in found if one.startswith("probability")]


def test_the_label_is_no_confound_of_itself_whatever_it_is_called(volumes):
    scans = made_scans()
    for name in ("sex", "age_sex"):
        found = predicted(name, volumes, scans, label_column="Sex")
        assert found.predictions.empty and found.note == "the label itself is made from Sex"
    assert predicted("age", volumes, scans, label_column="AGE").predictions.empty


def test_what_a_study_has_no_column_of_is_said_in_a_sentence(volumes):
    found = predicted("scanner", volumes, made_scans())
    assert found.predictions.empty and "probability_1" in found.predictions
    assert found.note == "no column of the table of scans says the scanner; name it in cohort.covariates"
    found = predicted("intracranial", volumes, made_scans())
    assert found.note == "the table of scans has no intracranial_volume_ml_affine"


def test_what_is_the_same_in_every_scan_is_no_baseline(volumes):
    found = predicted("site", volumes, made_scans().assign(site="002"))
    assert found.predictions.empty and found.note == "it is the same in every scan"


def test_scans_without_a_value_are_left_out_and_counted(volumes):
    scans = made_scans()
    scans.loc[[1, 2, 3], "Age"] = np.nan
    found = predicted("age", volumes, scans)
    assert len(found.predictions) == 33 and found.note == "3 of 36 scans have no value and are left out"


def test_brain_size_is_marked_as_what_may_be_the_disease(volumes):
    assert "may be what the label is about" in predicted("size", volumes, made_scans()).note
    assert predicted("age", volumes, made_scans()).note == ""


@pytest.mark.parametrize("name", ["native_size", "age_sex", "mask_shape", "outside"])
def test_a_held_out_scan_moves_no_other_prediction(tmp_path, name):
    scans = made_scans()
    store, folds = made_store(tmp_path / "affine.h5", scans), made_folds(scans)
    changed = folds[(folds["split"] == "r1f1") & (folds["role"] == "test")]["scan"].iloc[0]
    before = predicted(name, Volumes(store), scans, folds).predictions
    place = scans["scan"].tolist().index(changed)

    def others():
        for number, (scan, volume) in enumerate(zip(scans["scan"], Volumes(store), strict=True)):
            mask = Volumes(store).mask(number).numpy()
            yield scan, scan, volume[0].numpy() * (9 if number == place else 1), mask[::-1] if number == place else mask

    write_store(tmp_path / "other.h5", others(), AFFINE, "mni152", {})
    scans.loc[place, ["brain_volume_ml", "Age"]] = 9999, 99
    after = predicted(name, Volumes(tmp_path / "other.h5"), scans, folds).predictions
    same = (before["split"] == "r1f1") & (before["scan"] != changed)
    pd.testing.assert_frame_equal(before[same], after[same])
    assert not before.equals(after)


def test_columns_are_found_however_tables_spell_them_and_scanners_by_all_of_theirs():
    scans = pd.DataFrame(
        {"scan": ["a", "b"], "site": ["", ""], "Age in years": [30, 31], "PTGENDER": ["Male", "Female"]}
    )
    scans = scans.assign(**{"Field Strength": [3.0, 1.5], "Manufacturer": "SIEMENS", "release_text": "S900"})
    scans["site"] = np.nan
    assert confound_columns(scans, "age") == ["Age in years"] and confound_columns(scans, "sex") == ["PTGENDER"]
    assert confound_columns(scans, "scanner") == ["Manufacturer", "Field Strength"]
    assert confound_columns(scans, "site") == [] and confound_columns(scans, "release") == ["release_text"]
    assert confound_columns(scans, "site", "Field Strength") == ["Field Strength"]


def test_ages_are_numbers_where_all_are_and_else_categories():
    scans = pd.DataFrame({"scan": ["a", "b", "c"], "Age": ["22-25", "36+", None], "Gender": [1, 2, 1]})
    assert column_values(scans, ["Age"], "age")["Age"].tolist()[:2] == ["22-25", "36+"]
    assert column_values(scans, ["Age"], "age")["Age"].isna().tolist() == [False, False, True]
    assert column_values(scans.assign(Age=[22, 36, None]), ["Age"], "age")["Age"].dtype == float
    assert column_values(scans, ["Gender"], "sex")["Gender"].tolist() == ["1", "2", "1"]


def test_the_shape_of_a_mask_is_its_moments_in_millimetres_and_its_coarse_picture(tmp_path):
    generator = np.random.default_rng(3)
    masks = [generator.random(SHAPE) > one for one in (0.5, 0.8, 2)]
    rows = ((f"sub-{number}", f"sub-{number}", np.ones(SHAPE), mask) for number, mask in enumerate(masks))
    write_store(tmp_path / "shapes.h5", rows, AFFINE, "mni152", {})
    found = mask_shapes(Volumes(tmp_path / "shapes.h5"))
    assert found.index.tolist() == ["sub-0", "sub-1"]
    for mask, row in zip(masks, found.itertuples(), strict=False):
        points = np.array([AFFINE[:3, :3] @ voxel + AFFINE[:3, 3] for voxel in np.argwhere(mask)])
        assert row.volume == pytest.approx(mask.sum() * 3 * 2 * 4 / 1000)
        assert (row.x, row.y, row.z) == pytest.approx(tuple(points.mean(0)))
        covariance = np.cov(points.T, ddof=0)
        assert (row.xx, row.xy, row.yz) == pytest.approx((covariance[0, 0], covariance[0, 1], covariance[1, 2]))
        assert row.zzz == pytest.approx(((points[:, 2] - points[:, 2].mean()) ** 3).mean())
    blocks = found.filter(regex="^block_")
    assert blocks.shape[1] == np.prod(GRID) and blocks.iloc[0].between(0, 1).all()
    assert mask_shapes(Volumes(tmp_path / "shapes.h5"))["block_0"].iloc[0] == pytest.approx(masks[0][:1, :2, :2].mean())


def test_a_mask_that_differs_between_classes_is_found_by_its_shape(tmp_path):
    scans = made_scans()

    def rows():
        for number, (scan, label) in enumerate(zip(scans["scan"], scans["label"], strict=True)):
            mask = np.zeros(SHAPE)
            mask[1:5, 1 : 7 + label, 1:6] = np.random.default_rng(number).random((4, 6 + label, 5)) > 0.1
            yield scan, scan, np.ones(SHAPE), mask

    write_store(tmp_path / "masks.h5", rows(), AFFINE, "mni152", {})
    found = predicted("mask_shape", Volumes(tmp_path / "masks.h5"), scans).predictions
    assert (found["label"] == found["predicted"]).mean() > 0.9

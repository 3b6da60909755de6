import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.decomposition import KernelPCA
from sklearn.metrics import recall_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from tests.library.baselines.made_study import SHAPE, made_folds, made_scans, made_store
from voxplain.baselines.gram import rbf_kernel, standardised_grams
from voxplain.baselines.slabs import voxel_slabs
from voxplain.baselines.voxels import voxel_baselines
from voxplain.errors import InputError
from voxplain.store import Volumes, _checksum

KERNELS = {"c": [1.0], "components": 6, "neighbours": [3, 4, 5, 6, 7, 8, 9], "beside": [], "residualise": []}


def study(path, classes=2, **how):
    scans = made_scans(classes=classes, **how)
    return made_store(path / "affine.h5", scans), made_folds(scans), scans


def flat(store, scans, mask="none"):
    return np.stack([volume.numpy().ravel() for volume in Volumes(store, list(scans), mask)]).astype(float)


def parts(folds, split):
    rows = folds[folds["split"] == split]
    return tuple(rows[rows["role"] == role] for role in ("train", "validation", "test"))


def fitted(names, store, folds, scans, mask="none", classes=2, label_column="", **kernels):
    return voxel_baselines(
        names, store, folds, scans, mask=mask, kernels=KERNELS | kernels, classes=classes, label_column=label_column
    )


@pytest.mark.parametrize("megabytes", [1e-3, 0.05, 256])
@pytest.mark.parametrize("mask", ["none", "brain"])
def test_slabs_hold_every_voxel_that_the_network_is_shown_once(tmp_path, mask, megabytes):
    store, _, scans = study(tmp_path)
    some = scans["scan"].tolist()[5:2:-1] + ["sub-20"]
    slabs = list(voxel_slabs(store, some, mask, megabytes))
    np.testing.assert_allclose(np.hstack(slabs), flat_by_planes(store, some, mask, [one.shape[1] for one in slabs]))
    assert len(slabs) == (1 if megabytes == 256 else len(slabs)) and sum(one.shape[1] for one in slabs) == 6 * 9 * 7


def flat_by_planes(store, scans, mask, widths):
    volumes = [volume.numpy() for volume in Volumes(store, scans, mask)]
    plane, start, found = SHAPE[1] * SHAPE[2], 0, []
    for width in widths:
        stop = start + width // plane
        found.append(np.stack([one[:, start:stop].ravel() for one in volumes]))
        start = stop
    return np.hstack(found)


@pytest.mark.parametrize("mask", ["none", "brain"])
@pytest.mark.parametrize(("name", "kernel"), [("svc_rbf", "rbf"), ("svc_linear", "linear")])
def test_a_support_vector_machine_is_scikit_learns_on_scaled_and_flattened_voxels(tmp_path, name, kernel, mask):
    store, folds, scans = study(tmp_path)
    (found,) = fitted([name], store, folds, scans, mask)
    assert sorted(found.predictions["scan"]) == scans["scan"].tolist()
    for split, rows in found.predictions.groupby("split"):
        train, _, test = parts(folds, split)
        model = make_pipeline(StandardScaler(), SVC(kernel=kernel)).fit(
            flat(store, train["scan"], mask), train["label"]
        )
        decision = model.decision_function(flat(store, test["scan"], mask))
        np.testing.assert_allclose(rows["probability_1"], expit(decision), atol=2e-5)
        assert rows["predicted"].tolist() == model.predict(flat(store, test["scan"], mask)).tolist()
        assert (rows["group"] == "family of " + rows["subject"]).all()


def test_neighbours_among_kernel_components_are_scikit_learns_and_the_validation_scans_choose_how_many(tmp_path):
    store, folds, scans = study(tmp_path)
    (found,) = fitted(["kernel_pca_knn"], store, folds, scans)
    for split, rows in found.predictions.groupby("split"):
        train, validation, test = parts(folds, split)
        scaler = StandardScaler().fit(flat(store, train["scan"]))
        shown = {one: scaler.transform(flat(store, these["scan"])) for one, these in
                 (("train", train), ("validation", validation), ("test", test))}  # fmt: skip
        gamma = 1 / (shown["train"].shape[1] * shown["train"].var())
        reduced = KernelPCA(6, kernel="rbf", gamma=gamma).fit(shown["train"])
        points = {one: reduced.transform(values) for one, values in shown.items()}
        models = [KNeighborsClassifier(k).fit(points["train"], train["label"]) for k in range(3, 10)]
        told = [recall_score(validation["label"], one.predict(points["validation"]), average="macro") for one in models]
        best = models[int(np.argmax(told))]
        assert found.settings["chosen"][split] == best.n_neighbors
        np.testing.assert_allclose(rows[["probability_0", "probability_1"]], best.predict_proba(points["test"]))


def test_a_column_beside_the_components_is_told_and_decides_where_voxels_know_nothing(tmp_path):
    scans = made_scans()
    store = made_store(tmp_path / "affine.h5", scans, strength=0.0)
    scans["Gender"] = np.where(scans["label"] == 1, "M", "F")
    folds = made_folds(scans)
    alone, beside = (fitted(["kernel_pca_knn"], store, folds, scans, beside=one)[0] for one in ([], ["gender"]))
    right = [(one.predictions["label"] == one.predictions["predicted"]).mean() for one in (alone, beside)]
    assert right[0] < 0.75 and right[1] == 1
    (refused,) = fitted(["kernel_pca_knn"], store, folds, scans, beside=["Gender"], label_column="Gender")
    pd.testing.assert_frame_equal(refused.predictions, alone.predictions)
    assert refused.note == "Gender is not used, since the label is made from it"
    with pytest.raises(InputError, match='"baselines.kernels.beside" has "Height", but the table of scans has scan'):
        fitted(["kernel_pca_knn"], store, folds, scans, beside=["Height"])


def test_scans_without_a_cell_beside_are_left_out_and_counted(tmp_path):
    store, folds, scans = study(tmp_path)
    scans.loc[[3, 4], "Gender"] = None
    (found,) = fitted(["kernel_pca_knn"], store, folds, scans, beside=["Gender", "Age"])
    assert not {"sub-03", "sub-04"} & set(found.predictions["scan"]) and len(found.predictions) == 34
    assert found.note == "2 of 36 scans have no Gender, Age and are left out"


def test_of_several_c_the_one_is_taken_that_does_best_on_the_validation_scans(tmp_path):
    store, folds, scans = study(tmp_path)
    candidates = [1e-6, 1.0, 100.0]
    (found,) = fitted(["svc_rbf"], store, folds, scans, c=candidates)
    for split in folds["split"].unique():
        train, validation, _ = parts(folds, split)
        told = []
        for c in candidates:
            model = make_pipeline(StandardScaler(), SVC(C=c)).fit(flat(store, train["scan"]), train["label"])
            predicted = model.predict(flat(store, validation["scan"]))
            told.append(recall_score(validation["label"], predicted, average="macro"))
        assert found.settings["chosen"][split] == candidates[int(np.argmax(told))]


def test_amounts_are_told_by_support_vector_regression_of_standardised_labels(tmp_path):
    store, folds, scans = study(tmp_path, classes=None)
    (machine, near) = fitted(["svc_rbf", "kernel_pca_knn"], store, folds, scans, classes=None)
    for split, rows in machine.predictions.groupby("split"):
        train, _, test = parts(folds, split)
        centre, spread = train["label"].mean(), train["label"].std(ddof=0)
        model = make_pipeline(StandardScaler(), SVR()).fit(
            flat(store, train["scan"]), (train["label"] - centre) / spread
        )
        expected = model.predict(flat(store, test["scan"])) * spread + centre
        np.testing.assert_allclose(rows["predicted"], expected, atol=1e-3)
    assert not [one for one in machine.predictions if one.startswith("probability")]
    assert near.predictions["predicted"].between(scans["label"].min(), scans["label"].max()).all()


def test_three_classes_have_probabilities_that_agree_with_what_is_predicted(tmp_path):
    store, folds, scans = study(tmp_path, classes=3)
    for found in fitted(["svc_rbf", "svc_linear", "kernel_pca_knn"], store, folds, scans, classes=3):
        told = found.predictions[[f"probability_{one}" for one in range(3)]].to_numpy()
        np.testing.assert_allclose(told.sum(1), 1)
        if found.name != "kernel_pca_knn":
            assert (told.argmax(1) == found.predictions["predicted"]).all()


@pytest.mark.parametrize("role", ["test", "validation"])
def test_only_training_scans_are_fitted(tmp_path, role):
    store, folds, scans = study(tmp_path)
    before = fitted(["svc_rbf", "svc_linear", "kernel_pca_knn"], store, folds, scans, neighbours=[3])
    changed = folds[(folds["split"] == "r1f1") & (folds["role"] == role)]["scan"].iloc[0]
    with h5py.File(store, "r+") as file:
        place = list(file["scan"].asstr()[:]).index(changed)
        file["volumes"][place] = file["volumes"][place][..., ::-1]
        file["scale"][place] *= 50
        names = [file[name].asstr()[place] for name in ("scan", "subject")]
        file["checksum"][place] = _checksum(
            *names, *(file[name][place] for name in ("volumes", "mask", "scale", "offset"))
        )
    after = fitted(["svc_rbf", "svc_linear", "kernel_pca_knn"], store, folds, scans, neighbours=[3])
    for one, other in zip(before, after, strict=True):
        rows, others = (
            found.predictions[(found.predictions["split"] == "r1f1") & (found.predictions["scan"] != changed)]
            for found in (one, other)
        )
        assert len(rows) >= 11
        pd.testing.assert_frame_equal(rows, others)
    assert not before[0].predictions.equals(after[0].predictions)


def test_what_confounds_say_of_voxels_by_straight_lines_of_training_scans_is_taken_off(tmp_path):
    store, folds, scans = study(tmp_path)
    (found,) = fitted(["svc_linear"], store, folds, scans, residualise=["Age", "site"])
    sizes = scans.set_index("scan")
    for split, rows in found.predictions.groupby("split"):
        train, _, test = parts(folds, split)

        def design(these):
            site = pd.get_dummies(sizes.loc[these["scan"], "site"]).astype(float).to_numpy()
            return np.column_stack([np.ones(len(these)), sizes.loc[these["scan"], "Age"], site])

        slopes = np.linalg.lstsq(design(train), flat(store, train["scan"]), rcond=None)[0]
        shown = [flat(store, these["scan"]) - design(these) @ slopes for these in (train, test)]
        shown[0][:, np.ptp(flat(store, train["scan"]), 0) == 0] = 0
        scaler = StandardScaler().fit(shown[0])
        model = SVC(kernel="linear").fit(scaler.transform(shown[0]), train["label"])
        decision = model.decision_function(scaler.transform(shown[1]))
        np.testing.assert_allclose(rows["probability_1"], expit(decision), atol=1e-3)


def test_the_label_itself_is_never_taken_off(tmp_path):
    store, folds, scans = study(tmp_path)
    plain, asked = (
        fitted(["svc_linear"], store, folds, scans, residualise=one, label_column="Gender")[0]
        for one in ([], ["Gender"])
    )
    pd.testing.assert_frame_equal(plain.predictions, asked.predictions)
    assert "Gender is not used" in asked.note


def test_a_split_that_trains_on_one_class_or_on_nobody_predicts_nothing(tmp_path):
    store, folds, scans = study(tmp_path)
    first = (folds["split"] == "r1f1") & (folds["role"] == "train") & (folds["label"] == 1)
    second = (folds["split"] == "r1f2") & (folds["role"] != "test")
    for found in fitted(["svc_rbf", "kernel_pca_knn"], store, folds[~first & ~second], scans):
        assert set(found.predictions["split"]) == {"r1f3"}


def test_a_scan_that_was_not_packed_counts_for_nothing(tmp_path):
    store, folds, scans = study(tmp_path)
    also = folds.iloc[[0, 36, 72]].assign(scan="sub-99", subject="sub-99")
    (plain,), (more,) = (
        fitted(["svc_rbf"], store, rows, scans) for rows in (folds, pd.concat([folds, also], ignore_index=True))
    )
    pd.testing.assert_frame_equal(plain.predictions, more.predictions)


def test_voxels_that_are_the_same_in_all_training_scans_leave_no_kernel():
    assert rbf_kernel(np.zeros((4, 4)), [0, 1, 2]) is None


def test_inner_products_do_not_depend_on_how_many_planes_are_read_at_a_time(tmp_path):
    store, folds, scans = study(tmp_path)
    trained = {"r1f1": parts(folds, "r1f1")[0]["scan"].tolist()}
    few, many = (standardised_grams(store, scans["scan"].tolist(), trained, megabytes=one) for one in (1e-3, 256))
    np.testing.assert_allclose(few["r1f1"], many["r1f1"], atol=1e-3)

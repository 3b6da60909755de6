import nibabel
import numpy as np
import pandas as pd
import pytest

from scripts.localise_maps import localise_maps
from voxplain.attribution.maps import read_maps
from voxplain.networks.seen_field import seen_field
from voxplain.sanity.target import target
from voxplain.sanity.untrained import untrained_maps
from voxplain.sanity.voxel_scores import MEASURES, voxel_scores
from voxplain.store import write_store
from voxplain.training.streams import seed_of
from voxplain.training.trained import built, read_card

SANITY = {"bootstrap": 20, "seed": 1, "untrained_per_split": 2, "localisation": {"tolerance": 6}}
MAPS = ["method", "untrained", "random", "mask", "mean_t1", "edges"]


@pytest.fixture
def given(explained_study, tmp_path):
    truth, mask = np.random.default_rng(1).random((2, *explained_study.shape)).astype(np.float32)
    for name, values in (("truth", truth**4), ("mask", (mask > 0.4).astype(np.float32))):
        nibabel.save(nibabel.Nifti1Image(values, np.diag([-3, 3, 3, 1])), tmp_path / f"{name}.nii.gz")
    study = explained_study
    return study, [study.store, tmp_path / "truth.nii.gz", tmp_path / "mask.nii.gz", study.weights, study.cards]


def localised(study, files, methods, maps):
    return both(study, files, methods, maps)[0]


def both(study, files, methods, maps, effects=("region",)):
    """The tables of group maps and of subjects; the truth of all ``effects`` is one."""
    store, truth, *files = files
    asked = {"experiment": study.experiment, "methods": methods, "sanity": SANITY}
    return localise_maps(store, dict.fromkeys(effects, truth), *files, maps, **asked)


def test_each_method_stands_beside_the_same_maps_that_know_nothing(given):
    study, files = given
    again = study.gradient | {"name": "again"}
    table = localised(study, files, [study.gradient, again], [*study.maps, *study.maps])
    for name in ("gradient", "again"):
        rows = table[table["method"] == name]
        assert rows["map"].tolist() == MAPS * len(MEASURES)
        assert rows["kind"].tolist() == ["method", "untrained", *["reference"] * 4] * len(MEASURES)
        assert rows["measure"].tolist() == np.repeat(MEASURES, len(MAPS)).tolist()
        assert set(rows["effect"]) == {"region"}
    halves = [table[table["method"] == name].drop(columns="method") for name in ("gradient", "again")]
    assert halves[0].astype(str).to_numpy().tolist() == halves[1].astype(str).to_numpy().tolist()


def test_the_group_map_is_scored_in_the_brain_where_the_network_sees(given):
    study, files = given
    table = localised(study, files, [study.gradient], study.maps)
    subjects = {}
    for source in map(read_maps, study.maps):
        for place in np.flatnonzero(source.label == source.predicted):
            subjects.setdefault(source.subject[place], []).append(source.maps[place])
    group = np.abs(np.mean([np.mean(maps, axis=0) for maps in subjects.values()], axis=0))
    region = nibabel.load(files[2]).get_fdata() > 0
    region &= seen_field(built(read_card(study.cards[0])), study.shape)
    truth = nibabel.load(files[1]).get_fdata()
    row = table[table["kind"] == "method"].iloc[0]
    expected = voxel_scores(group[region], target(truth, region, (3, 3, 3), 6))
    assert table.loc[table["kind"] == "method", "value"].tolist() == pytest.approx(expected.tolist(), abs=1e-5)
    assert row["auc"] == pytest.approx(expected[0], abs=1e-5)
    assert row["subjects"] == len(subjects)


def test_the_untrained_network_explains_the_same_scans_and_classes_with_weights_of_its_own(given):
    study, files = given
    card, trained = read_card(study.cards[0]), read_maps(study.maps[0])
    settings = {"experiment": study.experiment, "method": study.gradient, "sanity": SANITY}
    found, again = (untrained_maps(study.store, study.weights[0], card, trained, **settings) for _ in range(2))
    assert len(found.scan) == len(found.maps) == 2
    assert set(found.scan) <= set(trained.scan)
    assert found.target.tolist() == [1, 1]
    assert np.array_equal(found.maps, again.maps)
    place = trained.scan.index(found.scan[0])
    assert abs(np.corrcoef(found.maps[0].ravel(), trained.maps[place].ravel())[0, 1]) < 0.9
    assert seed_of(1, "r1f1") != seed_of(1, "r1f2")


def test_a_study_without_a_single_map_is_undefined_throughout_and_does_not_fail(given):
    study, (store, truth, mask, weights, cards) = given
    files = store, truth, mask, weights[-1:], cards[-1:]
    table = localised(study, files, [study.gradient], study.maps[-1:])
    row = table[table["kind"] == "method"].iloc[0]
    assert np.isnan(row["auc"])
    assert row["subjects"] == 0


def test_a_truth_on_another_grid_in_the_same_space_is_scored_on_the_volumes(given, tmp_path):
    study, (store, truth, mask, *files) = given
    expected = localised(study, (store, truth, mask, *files), [study.gradient], study.maps)
    finer = []
    for path in (truth, mask):
        image = nibabel.load(path)
        data = np.pad(np.asarray(image.dataobj), 2)
        affine = image.affine.copy()
        affine[:3, 3] -= affine[:3, :3] @ [2, 2, 2]
        finer.append(tmp_path / f"padded_{path.name}")
        nibabel.save(nibabel.Nifti1Image(data, affine), finer[-1])
    found = localised(study, (store, *finer, *files), [study.gradient], study.maps)
    pd.testing.assert_frame_equal(found, expected, atol=1e-5)


def test_scans_in_spaces_of_their_own_have_no_localisation_and_the_table_still_has_its_rows(given, tmp_path):
    study, (_, *files) = given
    rows = [("sub-1", "sub-1", np.ones((6, 7, 8)), np.ones((6, 7, 8)), np.eye(4))]
    write_store(tmp_path / "own.h5", rows, None, "own", {})
    table = localised(study, (tmp_path / "own.h5", *files), [study.gradient], [])
    assert table["map"].tolist() == MAPS * len(MEASURES)
    assert table["value"].isna().all() and (table["subjects"] == 0).all()


def test_each_effect_is_looked_for_where_it_lies(given):
    study, files = given
    study.experiment["mask"] = "none"
    table, subjects = both(study, files, [study.gradient], study.maps, effects=("region", "outside"))
    assert table["effect"].unique().tolist() == ["region", "outside"]
    chance = table[table["measure"] == "mass"].groupby("effect")["chance"].first()
    assert chance["region"] != chance["outside"]
    again = localised(study, files, [study.gradient], study.maps)
    pd.testing.assert_frame_equal(table[table["effect"] == "region"].reset_index(drop=True), again)
    assert set(subjects["effect"]) == {"region", "outside"}


def test_single_subjects_are_scored_by_their_own_maps_beside_the_untrained_networks(given):
    study, files = given
    table, subjects = both(study, files, [study.gradient], study.maps)
    found = subjects[subjects["measure"] == "auc"].set_index("subject")
    own = table[table["measure"] == "auc"].set_index("map")
    assert len(found) == own.loc["method", "subjects"]
    assert found["untrained"].notna().sum() == own.loc["untrained", "subjects"]
    assert found["value"].between(0, 1).all() and found["value"].nunique() > 1


def test_without_an_effect_that_the_input_holds_the_tables_are_empty_and_have_their_columns(given):
    study, files = given
    table, subjects = both(study, files, [study.gradient], study.maps, effects=())
    assert table.empty and {"method", "effect", "measure", "value", "auc", "difference_low"} <= set(table)
    assert subjects.empty and {"method", "effect", "subject", "measure", "value", "untrained"} <= set(subjects)

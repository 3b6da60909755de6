import json

import h5py
import nibabel
import numpy as np
import pandas as pd
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.score_faithfulness import score_faithfulness
from voxplain.attribution.maps import read_maps
from voxplain.networks.build import build
from voxplain.sanity.faithfulness.sparseness import gini
from voxplain.settings.known import default_settings
from voxplain.store import Volumes
from voxplain.training.trained import write_trained

EVERYTHING = ["deletion", "insertion", "region_deletion", "region_insertion", "road", "infidelity", "gini"]
EVERYTHING += ["max_sensitivity"]


def scored(study, method=None, **asked):
    asked = default_settings()["sanity"]["faithfulness"] | {"shares": [0.1, 0.5], "others": 2, "neighbours": 2} | asked
    return score_faithfulness(
        study.store,
        study.folds,
        study.weights,
        study.cards,
        study.maps,
        experiment=study.experiment,
        method=method or study.gradient,
        sanity={"faithfulness": asked, "seed": 1, "methods": {}},
        atlases=getattr(study, "atlases", None),
    )


@pytest.fixture
def table(explained_study):
    return scored(explained_study)[0]


def test_some_held_out_scans_of_every_split_are_scored_by_the_first_seeds_network(explained_study, table):
    folds = pd.read_csv(explained_study.folds, sep="\t").set_index(["split", "scan"])["role"]
    assert table.groupby("split")["scan"].nunique().to_dict() == {"r1f1": 2, "r1f2": 2}
    assert all(folds[split, scan] == "test" for split, scan in table[["split", "scan"]].drop_duplicates().to_numpy())
    assert set(table["map"]) == {"method", "random", "centre", "edges"}
    assert table.groupby(["measure", "fill"]).size().to_dict() == {
        ("deletion", "mean"): 16,
        ("insertion", "mean"): 16,
        ("gini", ""): 16,
    }
    assert (table["subject"] == table["scan"]).all() and np.isfinite(table["value"]).all()


def test_a_score_is_that_of_the_scans_own_map_inside_its_brain(explained_study, table):
    row = table[(table["measure"] == "gini") & (table["map"] == "method")].iloc[0]
    source = read_maps(explained_study.maps[0])
    values = source.maps[source.scan.index(row["scan"])]
    inside = Volumes(explained_study.store, [row["scan"]]).mask(0).numpy() > 0
    seen = np.zeros(inside.shape, bool)
    seen[tuple(slice(*ends) for ends in build("mrinet", inside.shape, width=2).seen)] = True
    assert row["value"] == pytest.approx(gini(values[inside & seen]))


def test_everything_that_can_be_asked_for_has_its_rows_and_its_curves(explained_study):
    table, points = scored(
        explained_study, measures=EVERYTHING, fills=["mean", "constant", "blur", "others"], regions=9
    )
    curves = {"deletion", "insertion", "region_deletion", "region_insertion"}
    assert set(table["measure"]) == {*EVERYTHING, "infidelity_slope"}
    for measure in curves:
        assert set(table.loc[table["measure"] == measure, "fill"]) == {"mean", "constant", "blur", "others"}
    assert set(points["measure"]) == curves | {"road"}
    assert np.isfinite(table["value"]).all()
    assert set(table.loc[table["measure"] == "max_sensitivity", "map"]) == {"method"}
    drawn = points[(points["measure"] == "deletion") & (points["fill"] == "blur")]
    for _, curve in drawn.groupby(["split", "scan", "map"]):
        assert curve["share"].is_monotonic_increasing and curve["value"].iloc[[0, -1]].tolist() == [1, 0]


def test_the_same_settings_give_the_same_tables_and_another_seed_other_random_maps(explained_study, table):
    pd.testing.assert_frame_equal(scored(explained_study)[0], table)
    explained_study.cards, explained_study.weights, explained_study.maps = (
        each[::-1] for each in (explained_study.cards, explained_study.weights, explained_study.maps)
    )
    other = scored(explained_study)[0]
    assert not other["value"].equals(table["value"]), "the second seed's networks come first now"


def test_regions_may_be_those_of_an_atlas(explained_study, tmp_path):
    labels = np.zeros(explained_study.shape, np.int16)
    labels[4:10, 5:12, 4:9], labels[11:16, 14:20, 8:18] = 1, 2
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([-3.0, 3, 3, 1])), tmp_path / "two.nii.gz")
    explained_study.atlases = {"two": tmp_path / "two.nii.gz"}
    _, points = scored(explained_study, measures=["region_deletion"], regions="two", shares=[0.01, 0.99])
    ones = points[points["map"] == "method"].groupby(["split", "scan"]).size()
    assert set(ones) <= {3, 4}, "three regions have two borders between them"


def test_nothing_of_one_held_out_scan_touches_the_score_of_another(explained_study, table):
    explained_study.maps = explained_study.maps[:1]
    explained_study.weights, explained_study.cards = explained_study.weights[:1], explained_study.cards[:1]
    alone = scored(explained_study, scans_per_split=1)[0]
    first = table[table["scan"] == alone["scan"].iloc[0]]
    pd.testing.assert_frame_equal(alone.reset_index(drop=True), first.reset_index(drop=True))


def test_a_map_that_is_constant_is_undefined_and_its_scan_stays_in_the_table(explained_study):
    with h5py.File(explained_study.maps[0], "r+") as file:
        file["maps"][:] = 0
    table, points = scored(explained_study)
    own = table[(table["split"] == "r1f1") & (table["map"] == "method")]
    assert len(own) == 6 and own["value"].isna().all()
    assert points.loc[(points["split"] == "r1f1") & (points["map"] == "method"), "value"].isna().all()
    assert table.loc[(table["split"] == "r1f1") & (table["map"] == "edges"), "value"].notna().all()


def test_an_amount_is_followed_where_the_network_tells_one(trained_study, tmp_path):
    folds = pd.read_csv(trained_study.folds, sep="\t")
    folds["label"] = 50.0 + 3.5 * folds["scan"].str[-1].astype(int)
    folds.to_csv(trained_study.folds, sep="\t", index=False)
    card = json.loads(trained_study.cards[0].read_text())
    card |= {"classes": [], "task": "regression", "target": {"mean": 60.0, "sd": 8.0}}
    torch.manual_seed(1)
    state = build("mrinet", trained_study.shape, classes=None, width=2).state_dict()
    trained_study.weights, trained_study.cards = trained_study.weights[:1], trained_study.cards[:1]
    write_trained(trained_study.weights[0], trained_study.cards[0], state, card)
    trained_study.maps = [tmp_path / "maps.h5"]
    given = (
        trained_study.store,
        trained_study.folds,
        trained_study.weights[0],
        trained_study.cards[0],
        tmp_path / "maps.h5",
    )
    explain_split(*given, experiment=trained_study.experiment, method=trained_study.gradient)
    table, _ = scored(trained_study, measures=EVERYTHING)
    assert np.isfinite(table["value"]).all()
    row = table[(table["measure"] == "deletion") & (table["map"] == "method")].iloc[0]
    network = build("mrinet", trained_study.shape, classes=None, width=2).eval()
    network.load_state_dict(state)
    trained = Volumes(trained_study.store, ["sub-4", "sub-5", "sub-6"], "brain")
    scan = Volumes(trained_study.store, [row["scan"]], "brain")
    empty = torch.where(scan.mask(0) > 0, torch.stack(list(trained)).mean(0), scan[0])
    with torch.inference_mode():
        way = network(torch.stack([scan[0], empty]))[:, 0]
    assert row["weight"] == pytest.approx(abs(way[0] - way[1]).item(), rel=1e-3)

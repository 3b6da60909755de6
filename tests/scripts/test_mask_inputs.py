import h5py
import numpy as np
import pandas as pd
import pytest
import torch

import scripts.mask_inputs
from scripts.mask_inputs import mask_inputs
from voxplain.cohort.folds import read_folds
from voxplain.store import Volumes, write_store
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_trained

SANITY = {"bootstrap": 20, "seed": 1}
ASKED = {"scans": 3, "held_out": None, "shares": [0.1, 0.5], "fill": "mean", "random": 2}


@pytest.fixture
def masks_made(monkeypatch):
    """The masks of every split and share, in the order in which they are shown."""
    made = []

    def kept(network, volumes, masks, fill, **how):
        made.append((list(volumes.scans), masks, fill))
        return shown(network, volumes, masks, fill, **how)

    shown = scripts.mask_inputs.masked_logits
    monkeypatch.setattr(scripts.mask_inputs, "masked_logits", kept)
    return made


def masked(study, store=None, **asked):
    given = store or study.store, study.folds, study.weights, study.cards
    sanity = SANITY | {"masked_input": ASKED | asked}
    return mask_inputs(*given, experiment=study.experiment, method=study.gradient, sanity=sanity)


def changed_store(study, path, scans):
    """The study's store with noise in place of ``scans``, volumes and masks alike."""
    volumes, generator = Volumes(study.store), np.random.default_rng(9)

    def rows():
        for place, scan in enumerate(volumes.scans):
            data, mask = volumes[place].numpy(), volumes.mask(place).numpy()
            if scan in scans:
                data, mask = generator.random(data.shape) * 7, generator.random(mask.shape) > 0.5
            yield scan, scan, data, mask

    write_store(path, rows(), volumes.affine, volumes.space, {})
    return path


def test_the_mask_of_a_fold_stays_when_the_scans_that_it_holds_out_change(trained_study, masks_made, tmp_path):
    masked(trained_study)
    held_out, masks, fill = masks_made[0]
    store = changed_store(trained_study, tmp_path / "changed.h5", held_out)
    masked(trained_study, store)
    again = masks_made[4]
    assert again[0] == held_out and torch.equal(again[2], fill)
    assert all((again[1][name] == mask).all() for name, mask in masks.items())
    other = masks_made[6]
    assert not (other[1]["joint"] == masks_made[2][1]["joint"]).all(), "the other fold's mask is made of these scans"


def test_what_made_each_mask_is_written_and_none_of_it_is_held_out(trained_study):
    table, made = masked(trained_study)
    folds = read_folds(trained_study.folds)
    assert list(made) == ["r1f1", "r1f2"]
    for split, one in made.items():
        assert one["weights"] == str(trained_study.weights[0 if split == "r1f1" else 2])
        assert len(one["scans"]) == 3 and not set(one["scans"]) & set(folds.roles(split)[2])
        sizes = set(one["voxels"]["0.1"].values())
        assert len(sizes) == 1
    assert set(table["split"]) == {"r1f1", "r1f2", "all"} and set(table["share"]) == {0.1, 0.5}
    assert set(table["mask"]) == {"class0", "class1", "joint", "random", "edges", "centre"}
    assert table[table["split"] == "r1f2"]["n"].unique().tolist() == [3], "sub-7 was not packed"


def test_held_out_scans_are_shown_inside_the_mask_and_the_training_mean_outside(trained_study, masks_made):
    table, _ = masked(trained_study, shares=[0.3])
    held_out, masks, fill = masks_made[0]
    training = Volumes(trained_study.store, ["sub-4", "sub-5", "sub-6"], "brain")
    torch.testing.assert_close(fill, torch.stack(list(training)).mean(0))
    volumes = Volumes(trained_study.store, held_out, "brain")
    network, _ = read_trained(trained_study.weights[0], trained_study.cards[0])
    right = []
    for place, volume in enumerate(volumes):
        shown = torch.where(torch.as_tensor(masks["joint"]), volume, fill)
        logits = predicted_logits(network, [shown])
        right.append(int(logits.argmax()) == trained_study.labels[held_out[place]])
    recall = pd.Series(right).groupby([trained_study.labels[scan] for scan in held_out]).mean().mean()
    row = table.query("split == 'r1f1' and mask == 'joint'").iloc[0]
    assert row["balanced_accuracy"] == pytest.approx(recall)


def test_zero_in_place_of_the_mean_is_the_published_multiplication(trained_study, masks_made):
    masked(trained_study, fill="zero", shares=[0.3])
    assert all(float(fill.abs().max()) == 0 for _, _, fill in masks_made)


def test_masks_lie_in_the_brain_where_only_that_is_shown_to_as_many_scans_as_asked(trained_study, masks_made):
    masked(trained_study, held_out=2)
    held_out, masks, _ = masks_made[0]
    assert len(held_out) == 2
    with h5py.File(trained_study.store) as store:
        brain = store["mask"][4:7].mean(axis=0) > 0.5
    assert all(not (mask & ~brain).any() for mask in masks.values())


def test_a_study_without_a_held_out_scan_is_a_table_without_rows(trained_study):
    study = trained_study
    study.weights, study.cards = study.weights[-1:], study.cards[-1:]
    table, made = masked(study)
    assert table.empty and made == {}

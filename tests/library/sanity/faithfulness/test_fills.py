import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter

from voxplain.cohort.folds import read_folds
from voxplain.relevance.named_options import SplitOfStudy
from voxplain.sanity.faithfulness.fills import Training, fill_volumes, training_of
from voxplain.store import Volumes, write_store
from voxplain.volumes.space import OWN

SHAPE = (6, 8, 5)
SCANS = [f"sub-{number}" for number in range(9)]
ROLES = ["train"] * 5 + ["validation"] * 2 + ["test"] * 2


@pytest.fixture
def study(tmp_path):
    """The study's split, whose first training scan was not packed; ``remade(...)`` packs other volumes."""
    rows = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": [0, 1] * 4 + [0], "split": "r1f1", "role": ROLES})
    rows.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)

    def packed(space="mni152", held_out=0.0):
        drawn = np.random.default_rng(2)
        volumes = {
            scan: drawn.standard_normal(SHAPE) + held_out * (role != "train")
            for scan, role in zip(SCANS, ROLES, strict=True)
        }
        given = [(scan, scan, volumes[scan], np.ones(SHAPE)) for scan in SCANS[1:]]
        write_store(tmp_path / "store.h5", given, np.eye(4), space, {})
        return Volumes(tmp_path / "store.h5")

    card = {"split": "r1f1", "normalisation": "none"}
    folds = read_folds(tmp_path / "folds.tsv")
    return packed, SplitOfStudy(tmp_path / "store.h5", folds, tmp_path / "none.pt", card, "none")


def test_the_mean_and_the_others_are_of_training_scans_whatever_the_held_out_ones_are(study):
    packed, split = study
    asked = {"fills": ["mean", "others"], "others": 3}
    volumes = packed()
    found = training_of(split, volumes, asked, 1)
    trained = torch.stack([volumes[place] for place in range(4)])
    assert torch.allclose(found.mean, trained.mean(0), atol=1e-6)
    assert len(found.others) == 3
    assert all(any(torch.equal(one, other) for other in trained) for one in found.others)
    again = training_of(split, packed(held_out=50.0), asked, 1)
    assert torch.equal(found.mean, again.mean) and torch.equal(found.others, again.others)


def test_scans_in_spaces_of_their_own_have_no_mean_and_no_others(study):
    packed, split = study
    found = training_of(split, packed(space=OWN), {"fills": ["mean", "others"], "others": 3}, 1)
    assert found == Training(None, None)


@pytest.fixture
def volume():
    return torch.from_numpy(np.random.default_rng(1).random((2, *SHAPE)).astype(np.float32))


def test_without_a_mean_of_the_training_scans_it_is_the_scans_own_and_others_there_are_none(volume):
    region = np.random.default_rng(1).random(SHAPE) > 0.5
    inside = torch.from_numpy(region)
    (found,) = fill_volumes("mean", volume, region, Training(None, None), 2.0)
    (constant,) = fill_volumes("constant", volume, region, Training(volume + 1, None), 2.0)
    assert torch.equal(found, constant)
    for channel in range(2):
        assert torch.allclose(constant[channel], volume[channel][inside].mean())
    assert fill_volumes("others", volume, region, Training(None, None), 2.0) is None
    assert torch.equal(fill_volumes("mean", volume, region, Training(volume + 1, None), 2.0)[0], volume + 1)


def test_a_blur_is_a_gaussian_of_what_lies_in_the_region_alone():
    drawn = np.random.default_rng(1)
    volume, region = drawn.random((1, 24, 30, 26)).astype(np.float32), np.zeros((24, 30, 26), bool)
    region[6:18, 8:22, 7:19] = True
    (found,) = fill_volumes("blur", torch.from_numpy(volume), region, Training(None, None), 1.5)
    weights, sums = (gaussian_filter(one, 1.5, truncate=8) for one in (region.astype(float), volume[0] * region))
    assert np.allclose(found[0].numpy()[region], (sums / weights)[region], atol=1e-4)
    empty = torch.full((1, 24, 30, 26), 3.0)
    (same,) = fill_volumes("blur", empty, region, Training(None, None), 1.5)
    assert np.allclose(same[0].numpy()[region], 3, atol=1e-4)

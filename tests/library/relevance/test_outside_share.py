from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.relevance.outside_share import outside_of_subjects, outside_rows, outside_share

SHAPE = (4, 5, 6)
BRAIN = np.zeros(SHAPE)
BRAIN[1:3, 1:4, 1:5] = 1  # 24 of 120 voxels


def test_the_share_is_worked_by_hand():
    values = np.where(BRAIN > 0, -3.0, 1.0)
    assert outside_share(values, BRAIN) == (pytest.approx(96 / (96 + 72)), 0.8)
    seen = np.zeros(SHAPE, bool)
    seen[:2] = True
    assert outside_share(values, BRAIN, seen) == (pytest.approx(48 / (48 + 36)), 0.8)


def test_noise_has_outside_what_it_has_of_voxels_and_a_cue_outside_has_more():
    noise = np.random.default_rng(1).normal(size=(24, 24, 26))
    brain = np.zeros(noise.shape)
    brain[6:18, 6:18, 6:20] = 1
    share, voxels = outside_share(noise, brain)
    assert abs(share - voxels) < 0.01
    assert outside_share(noise + 20 * (brain == 0), brain)[0] > 0.98


@pytest.mark.parametrize("values", [0.0, 2.0, np.nan, np.inf])
def test_a_constant_or_infinite_map_has_no_share(values):
    assert np.isnan(outside_share(np.full(SHAPE, values), BRAIN)[0])


def test_each_scan_is_held_against_its_own_brain():
    class Brains:
        scans = ["sub-2", "sub-1"]

        def mask(self, place):
            return torch.from_numpy(BRAIN if place else 1 - BRAIN)

    maps = np.where(BRAIN > 0, 1.0, 0.0)[None].repeat(2, 0)
    about = {"split": "r1f1", "seed": 1}
    source = SimpleNamespace(scan=["sub-1", "sub-2"], subject=["a", "b"], maps=maps, about=about)
    rows = outside_rows([source], Brains())
    assert rows["share"].tolist() == [0, 1] and rows["split"].tolist() == ["r1f1"] * 2


def test_subjects_count_alike_and_undefined_maps_are_counted():
    rows = pd.DataFrame(
        {"subject": ["a", "a", "b", "c"], "share": [0.2, 0.4, 0.6, np.nan], "voxels": [0.5, 0.5, 0.5, 0.5]}
    )
    told = outside_of_subjects(rows, 200, 1)
    assert told["share"] == pytest.approx(0.45) and told["ratio"] == pytest.approx(0.45 / 0.55)
    assert (told["n"], told["undefined"]) == (2, 1)
    assert told["low"] == pytest.approx(0.3) and told["high"] == pytest.approx(0.6)
    nothing = outside_of_subjects(rows.tail(1), 10, 1)
    assert np.isnan(nothing["share"]) and nothing["undefined"] == 1

import numpy as np
import pandas as pd
import pytest

from voxplain.sanity.relevance_masks import drawn_of, mask_maps, masks_of, strongest

SHAPE = (9, 12, 10)


@pytest.fixture
def region():
    region = np.zeros(SHAPE, bool)
    region[1:8, 2:11, 1:9] = True
    return region


def rows(labels):
    return pd.DataFrame({"scan": [f"sub-{place:02d}" for place in range(len(labels))], "label": labels})


def test_scans_are_drawn_of_every_class_alike_and_listed_in_order():
    drawn = drawn_of(rows([0] * 14 + [1] * 6), 6, [1])
    assert drawn["label"].value_counts().to_dict() == {0: 3, 1: 3}
    assert drawn["scan"].is_monotonic_increasing
    assert drawn_of(rows([0] * 14 + [1] * 6), 6, [1]).equals(drawn)
    assert not drawn_of(rows([0] * 14 + [1] * 6), 6, [2]).equals(drawn)


def test_a_rare_class_gives_all_that_it_has_and_amounts_are_drawn_from_all():
    assert drawn_of(rows([0] * 8 + [1]), 4, [1])["label"].value_counts().to_dict() == {0: 3, 1: 1}
    assert len(drawn_of(rows(np.linspace(20, 80, 30)), 7, [1])) == 7
    assert len(drawn_of(rows([0, 1]), 7, [1])) == len(drawn_of(rows([0, 1]), None, [1])) == 2


def test_a_class_mask_is_the_absolute_mean_of_its_maps_and_joint_their_sum():
    maps = [np.array([[[2.0, -4]]]), np.array([[[-2.0, -2]]]), np.array([[[1.0, 5]]])]
    found = mask_maps(maps, [0, 0, 1], ["F", "M"])
    assert {name: one.ravel().tolist() for name, one in found.items()} == {
        "class0": [0, 3],
        "class1": [1, 5],
        "joint": [1, 8],
    }


def test_a_regression_has_one_mask_and_a_map_that_is_not_finite_none():
    maps = [np.array([[[2.0, -4]]]), np.array([[[np.nan, 1.0]]]), np.array([[[0.0, 2]]])]
    found = mask_maps(maps, [21.5, 30, 44], [])
    assert list(found) == ["joint"] and found["joint"].ravel().tolist() == [1, 1]
    assert mask_maps(maps[1:2], [0], ["F", "M"]) == {}


def test_the_strongest_voxels_are_exactly_so_many_and_lie_in_the_region(region):
    values = np.random.default_rng(1).random(SHAPE)
    mask = strongest(values, region, 0.25)
    assert mask.sum() == round(0.25 * region.sum()) and not (mask & ~region).any()
    assert values[mask].min() >= values[region & ~mask].max()
    assert strongest(np.round(values), region, 0.1).sum() == round(0.1 * region.sum()), "ties are cut"
    assert strongest(np.ones(SHAPE), region, 0.25) is None


def test_what_stands_beside_the_masks_has_their_size_and_knows_no_map(region):
    generator = np.random.default_rng(2)
    values = {name: generator.random(SHAPE) for name in ("class0", "class1", "joint")}
    mean = generator.random(SHAPE)
    found = masks_of(values, mean, region, 0.2, random=2, seed=[1])
    assert list(found) == ["class0", "class1", "joint", "random1", "random2", "edges", "centre"]
    assert {int(mask.sum()) for mask in found.values()} == {round(0.2 * region.sum())}
    assert not (found["random1"] == found["random2"]).all()
    places = np.argwhere(region)
    away = np.linalg.norm(places - places.mean(axis=0), axis=1)
    nearest = np.argwhere(found["centre"])
    assert np.linalg.norm(nearest - places.mean(axis=0), axis=1).max() <= np.sort(away)[round(0.2 * len(away))] + 1e-9
    other = masks_of({name: one[::-1] for name, one in values.items()}, mean, region, 0.2, random=1, seed=[1])
    assert all((other[name] == found[name]).all() for name in ("edges", "centre"))


def test_constant_maps_leave_only_the_masks_that_need_none(region):
    found = masks_of(
        {"joint": np.zeros(SHAPE)}, np.random.default_rng(3).random(SHAPE), region, 0.2, random=1, seed=[1]
    )
    assert list(found) == ["edges", "centre"]

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.library.relevance.made_maps import SHAPE, made_maps, made_table
from voxplain.errors import InputError
from voxplain.relevance.atlas import Atlas
from voxplain.relevance.designs import design
from voxplain.relevance.region_contrasts import COLUMNS, compare_regions

NAMES = {1: "Frontal_L", 2: "Temporal_L", 5: "Hippocampus_L", 9: "Pole"}


@pytest.fixture
def atlas():
    labels = np.zeros(SHAPE, np.int32)
    labels[:, :3], labels[:, 3:5], labels[:, 6:] = 1, 2, 5
    return Atlas(labels, made_maps().affine, NAMES)


def test_regions_are_compared_by_their_means(atlas):
    maps = made_maps(splits=1)
    table = made_table(maps)
    asked = design(maps, table, "label")
    found = compare_regions(maps, asked, atlas, permutations=99)
    assert list(found) == COLUMNS and set(found["region"]) == set(NAMES.values()) - {"Pole"}
    one = table["label"] == 1
    for _, row in found.iterrows():
        inside = (atlas.labels == row["index"])[maps.mask]
        means = maps.values[:, inside].mean(1)
        assert row.voxels == inside.sum()
        assert row.t == pytest.approx(stats.ttest_ind(means[one], means[~one]).statistic, abs=1e-4)
        assert row.effect == pytest.approx(means[one].mean() - means[~one].mean(), abs=1e-5)


def test_the_region_with_a_planted_difference_comes_first_and_alone(atlas):
    maps = made_maps(subjects=24)
    table = made_table(maps)
    planted = (atlas.labels == 5)[maps.mask]
    maps = replace(maps, values=(maps.values + np.outer(table["label"], planted)).astype(np.float32))
    found = compare_regions(maps, design(maps, table, "label"), atlas, permutations=199)
    assert found["region"][0] == "Hippocampus_L" and found["p_corrected"][0] == pytest.approx(1 / 200)
    assert (found["p_corrected"][1:] > 0.05).all() and (found["p_corrected"] >= found["p"]).all()


def test_p_values_of_regions_are_uniform_in_noise(atlas):
    p = []
    for seed in range(60):
        maps = made_maps(seed=seed)
        found = compare_regions(maps, design(maps, made_table(maps), "label"), atlas, permutations=39, seed=seed)
        p.append(found["p_corrected"].min())
    for level in (0.1, 0.2, 0.5):
        assert abs(np.mean(np.array(p) <= level + 1e-6) - level) < 3 * np.sqrt(level * (1 - level) / 60) + 1 / 40


def test_an_atlas_without_a_region_in_the_mask_is_refused(atlas):
    maps = made_maps()
    empty = Atlas(np.zeros(SHAPE, np.int32), atlas.affine, NAMES)
    with pytest.raises(InputError, match="atlas: no region in the mask that the networks see"):
        compare_regions(maps, design(maps, made_table(maps), "label"), empty)

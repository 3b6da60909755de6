import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from nilearn.mass_univariate import permuted_ols
from scipy import stats

from tests.library.relevance.made_maps import made_maps, made_table
from voxplain.errors import SettingsError
from voxplain.relevance import permutation
from voxplain.relevance.designs import design
from voxplain.relevance.permutation import TESTS, compare

PLANTED = slice(2, 5), slice(2, 6), slice(2, 5)


def planted(subjects=24, size=2.5, **options):
    """Maps whose class 1 is larger by ``size`` standard deviations inside a box."""
    maps = made_maps(subjects=subjects, **options)
    table = made_table(maps)
    inside = np.zeros(maps.mask.shape, bool)
    inside[PLANTED] = True
    values = maps.values + size * np.outer(table["label"], inside[maps.mask])
    return replace(maps, values=values.astype(np.float32)), table, inside


@pytest.mark.parametrize("test", TESTS)
def test_a_planted_difference_is_found_where_it_is_and_nowhere_else(test):
    maps, table, inside = planted()
    found = compare(maps, design(maps, table, "label"), test=test, permutations=199)
    taken = found.p_test <= 0.05
    assert taken[inside].mean() > 0.85 and not taken[~inside & maps.mask].mean() > 0.03
    assert (found.q[inside] <= 0.05).mean() > 0.85
    assert (found.p[~maps.mask] == 1).all() and not found.t[~maps.mask].any()
    assert found.effect[inside].mean() == pytest.approx(2.5, abs=0.2)
    assert found.asked == "label: 1 above 0" and found.subjects == 24


def test_p_values_are_shares_of_the_orders_worked_by_hand():
    maps, table, _ = planted(subjects=8, splits=1)
    asked = design(maps, table, "label")
    found = compare(maps, asked, test="voxel", permutations=150, seed=3)
    orders = permutation._orders(asked, 150, 3)
    values, one = np.asarray(maps.values, float), table["label"].to_numpy() == 1
    drawn = np.array([stats.ttest_ind(values[order][one], values[order][~one]).statistic for order in orders])
    size = np.abs(stats.ttest_ind(values[one], values[~one]).statistic)
    assert np.allclose(found.p[maps.mask], (1 + (np.abs(drawn) >= size - 1e-9).sum(0)) / 151)
    largest = np.abs(drawn).max(1)
    assert np.allclose(found.p_voxel[maps.mask], [(1 + (largest >= one - 1e-9).sum()) / 151 for one in size])


def test_p_values_agree_with_nilearns_where_subjects_may_change_places_freely():
    maps, table, _ = planted(subjects=20, size=1.0, splits=1)
    found = compare(maps, design(maps, table, "label"), test="voxel", permutations=1500)
    theirs = permuted_ols(
        table[["label"]].to_numpy(float),
        np.asarray(maps.values, float),
        n_perm=1500,
        random_state=1,
        output_type="dict",
    )
    assert np.abs(found.p_voxel[maps.mask] - 10 ** -theirs["logp_max_t"][0]).max() < 0.06


def test_what_the_networks_of_the_splits_add_is_no_difference():
    maps = made_maps(subjects=24, splits=2)
    table = made_table(maps, arm=([0, 1] * 4 + [0] * 4) * 2)
    shifted = maps.values + 5 * maps.shares[:, :1]
    asked = design(maps, table, "arm")
    plain = compare(maps, asked, permutations=99)
    moved = compare(replace(maps, values=shifted.astype(np.float32)), asked, permutations=99)
    assert np.allclose(plain.t, moved.t, atol=1e-3) and np.allclose(plain.p, moved.p, atol=0.02)


def test_turned_signs_find_a_mean_that_is_not_zero():
    maps, table, inside = planted()
    maps = replace(maps, values=(maps.values + 2 * inside[maps.mask]).astype(np.float32))
    found = compare(maps, design(maps, table, "mean"), permutations=199)
    assert (found.p_test[inside] <= 0.05).all() and (found.p_test[~inside] <= 0.05).mean() < 0.05


def test_the_notes_say_what_the_inference_holds_for():
    maps, table, _ = planted(subjects=8, splits=2)
    found = compare(maps, design(maps, table, "label"), permutations=999)
    assert found.notes[0] == "all p are conditional on the networks of 2 splits: networks trained anew may differ"
    assert found.notes[1] == "so few subjects can change places that no p-value falls below 0.0278"


def test_another_test_is_refused_in_one_line():
    maps, table, _ = planted()
    with pytest.raises(SettingsError, match='"size" is unknown; use one of cluster_size, cluster_mass, tfce, voxel'):
        compare(maps, design(maps, table, "label"), test="size")


def test_the_same_seed_gives_the_same_answer_in_batches_of_any_size(monkeypatch):
    maps, table, _ = planted(subjects=12)
    asked = design(maps, table, "label")
    first = compare(maps, asked, permutations=50, seed=5)
    monkeypatch.setattr(permutation, "BATCH_BYTES", 1)
    second = compare(maps, asked, permutations=50, seed=5)
    assert np.array_equal(first.p_test, second.p_test) and np.array_equal(first.p, second.p)
    assert not np.array_equal(first.p, compare(maps, asked, permutations=50, seed=6).p)


def test_memory_does_not_grow_with_the_permutations(monkeypatch):
    monkeypatch.setattr(permutation, "BATCH_BYTES", 2**20)
    maps, table, _ = planted(subjects=12, shape=(16, 20, 18))
    asked = design(maps, table, "label")
    peaks = []
    for number in (50, 500):
        tracemalloc.start()
        compare(maps, asked, test="voxel", permutations=number)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20


def null_p(seed, test, subjects=24, families=False, told=True):
    """The smallest corrected p of smooth noise, in which age, splits and families have effects and the class none.

    With ``families`` brothers and sisters are of one class and alike; ``told`` says whether the test knows them.
    """
    splits, generator = 3, np.random.default_rng([seed, 1])
    maps = made_maps(subjects=subjects, splits=splits, seed=seed, smooth=0.8)
    table, voxels = made_table(maps, seed=seed), maps.values.shape[1]
    homes = np.arange(subjects) // (2 * splits) * splits + np.arange(subjects) % splits
    classes = np.concatenate([generator.permutation(np.arange(subjects // 6) % 2) for _ in range(splits)])
    by_home = classes.reshape(splits, -1).T.ravel()
    table["label"] = by_home[homes] if families else generator.permutation(table["label"])
    values = maps.values + maps.shares @ generator.normal(0, 2, (splits, voxels))
    values += np.outer(table["age"], generator.normal(0, 0.1, voxels))
    if families:
        values += 2 * generator.normal(size=(homes.max() + 1, voxels))[homes]
    groups = dict(zip(maps.subjects, homes, strict=True)) if families and told else None
    maps = replace(maps, values=values.astype(np.float32))
    asked = design(maps, table, "label", ["age"], groups)
    return float(compare(maps, asked, test=test, permutations=59, threshold=0.01, seed=seed).p_test.min())


def repeated_null_p(seed):
    """As `null_p` without families, of a cross-validation that was repeated: every map is the mean of two networks'."""
    generator = np.random.default_rng([seed, 2])
    maps = made_maps(subjects=30, splits=3, seed=seed, smooth=0.8)
    table = made_table(maps, seed=seed)
    table["label"] = generator.permutation(table["label"])
    second = np.eye(3)[generator.permutation(np.arange(30) % 3)]
    shares, splits = np.hstack([maps.shares, second]) / 2, maps.splits + ["r2f1", "r2f2", "r2f3"]
    values = maps.values + shares @ generator.normal(0, 4, (6, maps.values.shape[1]))
    maps = replace(maps, values=values.astype(np.float32), shares=shares, splits=splits)
    asked = design(maps, table, "label", ["age"])
    return float(compare(maps, asked, test="voxel", permutations=59, seed=seed).p_test.min())


def assert_uniform(values, draws):
    """p-values of null data: as many below each level as it says, within three standard errors, and none missing."""
    values = np.array(values)
    for level in (0.05, 0.1, 0.2, 0.5):
        spread = np.sqrt(level * (1 - level) / draws)
        assert abs((values <= level + 1e-9).mean() - level) < 3 * spread + 1 / 60, level


@pytest.mark.parametrize("test", ["voxel", "cluster_mass"])
def test_nothing_is_found_in_noise_more_often_than_p_says(test):
    assert_uniform([null_p(seed, test) for seed in range(40)], 40)


@pytest.mark.slow
@pytest.mark.parametrize("test", ["cluster_mass", "tfce", "voxel"])
def test_p_values_of_200_null_draws_are_uniform(test):
    assert_uniform([null_p(seed, test) for seed in range(1000, 1200)], 200)


@pytest.mark.slow
def test_p_values_of_200_null_draws_with_families_are_uniform():
    assert_uniform([null_p(seed, "voxel", 48, families=True) for seed in range(2000, 2200)], 200)


@pytest.mark.slow
def test_p_values_of_200_null_draws_of_a_repeated_cross_validation_are_uniform():
    assert_uniform([repeated_null_p(seed) for seed in range(3000, 3200)], 200)


def test_families_that_change_places_one_by_one_would_make_findings_of_noise():
    found = [null_p(seed, "voxel", 48, families=True, told=False) for seed in range(40)]
    assert np.mean(np.array(found) <= 0.05) > 0.2

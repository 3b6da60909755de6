import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from nilearn.mass_univariate import permuted_ols
from scipy import stats

from tests.library.relevance.made_maps import made_maps, made_table
from voxplain.relevance import subject_maps
from voxplain.relevance.contrasts import degrees_of_freedom, effects, t_maps, true_order
from voxplain.relevance.designs import design
from voxplain.relevance.exchange import flipped, rearranged


def columns(maps, table):
    """Design matrix as a textbook has it: the splits, the age, sites after the first, and the class last."""
    sites = pd.get_dummies(table["site"]).to_numpy(float)[:, 1:]
    return np.column_stack([maps.shares, table["age"], sites, table["label"]])


def test_t_of_two_groups_from_one_network_is_students():
    maps = made_maps(splits=1)
    table = made_table(maps)
    asked = design(maps, table, "label")
    found = t_maps(maps, asked, true_order(asked))[0]
    one = table["label"] == 1
    values = np.asarray(maps.values, float)
    expected = stats.ttest_ind(values[one], values[~one])
    assert np.allclose(found, expected.statistic, atol=1e-5)
    assert degrees_of_freedom(asked) == len(table) - 2
    assert np.allclose(effects(maps, asked), values[one].mean(0) - values[~one].mean(0))


def test_t_adjusted_for_covariates_and_splits_is_that_of_ordinary_least_squares():
    maps = made_maps(subjects=30, splits=3)
    table = made_table(maps)
    asked = design(maps, table, "label", ["age", "site"])
    found, size = t_maps(maps, asked, true_order(asked))[0], effects(maps, asked)
    for voxel in range(0, maps.values.shape[1], 40):
        fit = sm.OLS(np.asarray(maps.values[:, voxel], float), columns(maps, table)).fit()
        assert found[voxel] == pytest.approx(fit.tvalues[-1], abs=1e-5)
        assert size[voxel] == pytest.approx(fit.params[-1])
    assert degrees_of_freedom(asked) == fit.df_resid


def test_t_of_another_order_is_that_of_the_rearranged_residuals():
    maps = made_maps(subjects=30, splits=3)
    table = made_table(maps)
    asked = design(maps, table, "label", ["age", "site"])
    orders = rearranged(asked.strata, asked.groups, 4, seed=1)
    found = t_maps(maps, asked, orders)
    matrix, values = columns(maps, table), np.asarray(maps.values, float)
    nuisance = matrix[:, :-1]
    fitted = nuisance @ np.linalg.lstsq(nuisance, values, rcond=None)[0]
    for order, row in zip(orders, found, strict=True):
        for voxel in (0, 100, 200):
            y = fitted[:, voxel] + (values - fitted)[order, voxel]
            assert row[voxel] == pytest.approx(sm.OLS(y, matrix).fit().tvalues[-1], abs=1e-5)


def test_t_agrees_with_nilearn_where_subjects_may_change_places_freely():
    maps = made_maps(subjects=24, splits=1)
    table = made_table(maps)
    asked = design(maps, table, "label", ["age"])
    found = t_maps(maps, asked, true_order(asked))[0]
    theirs = permuted_ols(
        table[["label"]].to_numpy(float),
        np.asarray(maps.values, float),
        table[["age"]].to_numpy(float),
        n_perm=0,
        model_intercept=True,
        output_type="dict",
    )
    assert np.allclose(found, theirs["t"][0], atol=1e-4)


def test_t_of_turned_signs_is_that_of_one_sample():
    maps = made_maps()
    asked = design(maps, made_table(maps), "mean")
    signs = flipped(asked.groups, 3, seed=1)
    for row, turned in zip(t_maps(maps, asked, signs), signs, strict=True):
        assert np.allclose(row, stats.ttest_1samp(turned[:, None] * maps.values, 0).statistic, atol=1e-4)


def test_a_slope_is_asked_of_numbers():
    maps = made_maps(splits=1)
    table = made_table(maps)
    asked = design(maps, table, "age")
    expected = [stats.linregress(table["age"], column).slope for column in np.asarray(maps.values, float).T[:5]]
    assert np.allclose(effects(maps, asked)[:5], expected)


def test_voxels_that_are_the_same_in_all_subjects_have_no_t():
    maps = made_maps()
    maps.values[:, 3] = 0.1
    asked = design(maps, made_table(maps), "label")
    found = t_maps(maps, asked, true_order(asked))[0]
    assert found[3] == 0 and np.isfinite(found).all() and (found != 0).sum() == found.size - 1


def test_blocks_of_voxels_give_what_the_whole_gives(monkeypatch):
    maps = made_maps()
    asked = design(maps, made_table(maps), "label")
    whole = t_maps(maps, asked, true_order(asked))
    monkeypatch.setattr(subject_maps, "BLOCK_BYTES", 8 * 16 * 7)
    assert np.allclose(t_maps(maps, asked, true_order(asked)), whole, atol=1e-6)

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests

from voxplain.errors import InputError
from voxplain.insight.effect_sizes import hedges_g
from voxplain.insight.group_differences import compare_groups, tally


def measured(scans=24, maps=5, shifted=(), shift=2.0, seed=1):
    generator = np.random.default_rng(seed)
    rows = []
    for scan in range(scans):
        for one in range(maps):
            mean = generator.normal() + shift * (one in shifted and scan % 2)
            rows.append({"scan": f"s{scan}", "subject": f"s{scan}", "map": one, "mean": mean})
            rows[-1]["entropy"] = 3 + generator.normal()
    return pd.DataFrame(rows), {f"s{scan}": "FM"[scan % 2] for scan in range(scans)}


def test_every_row_is_what_scipy_says_of_its_map():
    table, groups = measured(shifted=[3])
    found = compare_groups(table, groups)
    assert len(found) == 2 * 5
    for row in found.itertuples():
        values = table[table["map"] == row.map].set_index("scan")[row.measure]
        women, men = (values[[scan for scan in values.index if groups[scan] == one]] for one in "FM")
        test = ttest_ind(women, men, equal_var=False)
        assert (row.first, row.second, row.n_first, row.n_second) == ("F", "M", 12, 12)
        assert [row.t, row.df, row.p] == pytest.approx([test.statistic, test.df, test.pvalue])
        assert row.difference == pytest.approx(women.mean() - men.mean())
        assert row.sd_second == pytest.approx(men.std())
        assert [row.g, row.g_low, row.g_high] == pytest.approx(hedges_g(women, men))


def test_all_rows_are_corrected_together():
    table, groups = measured(shifted=[0, 1])
    both = pd.concat([table.assign(split="r1f1"), measured(seed=2)[0].assign(split="r1f2")])
    found = compare_groups(both, groups)
    assert len(found) == 20 and set(found["split"]) == {"r1f1", "r1f2"}
    np.testing.assert_allclose(found["p_holm"], multipletests(found["p"], method="holm")[1])
    np.testing.assert_allclose(found["q"], multipletests(found["p"], method="fdr_bh")[1])


def test_rows_of_an_untrained_network_do_not_count_among_those_of_the_trained_one():
    table, groups = measured(shifted=[2])
    alone = compare_groups(table, groups)
    both = pd.concat([table.assign(network="trained"), measured(seed=3)[0].assign(network="untrained")])
    found = compare_groups(both, groups)
    trained = found[found["network"] == "trained"].reset_index(drop=True)
    pd.testing.assert_frame_equal(trained.drop(columns="network"), alone)
    means = tally(found).set_index(["network", "measure"])["mean_g"]
    assert means["trained", "mean"] == pytest.approx(alone[alone["measure"] == "mean"]["g"].abs().mean())


def test_a_planted_shift_is_found_and_nothing_else():
    found = tally(compare_groups(*measured(scans=60, maps=32, shifted=[4, 9], shift=2.0)))
    means = found[found["measure"] == "mean"].iloc[0]
    assert (means["maps"], means["holm"], means["second_higher"], means["first_higher"]) == (32, 2, 2, 0)
    assert found[found["measure"] == "entropy"].iloc[0]["holm"] == 0


def test_of_tables_without_a_difference_few_name_one_though_a_small_group_varies_more():
    groups = {f"s{scan}": "M" if scan < 5 else "F" for scan in range(20)}
    named = student = 0
    for seed in range(100):
        table, _ = measured(scans=20, maps=3, seed=[7, seed])
        table["mean"] *= np.where(table["scan"].map(groups) == "M", 5, 1)
        named += (compare_groups(table, groups, ["mean"])["p_holm"] < 0.05).any()
        parts = table.pivot(index="scan", columns="map", values="mean").groupby(groups)
        student += (3 * ttest_ind(*(part for _, part in parts)).pvalue < 0.05).any()
    assert named <= 12 < student


def test_several_scans_of_a_subject_count_once_by_their_mean():
    table, groups = measured()
    again = table.assign(scan=table["scan"] + "_ses-2", mean=table["mean"] + 1)
    both = compare_groups(pd.concat([table, again]), groups | {f"{scan}_ses-2": one for scan, one in groups.items()})
    once = compare_groups(table.assign(mean=table["mean"] + 0.5), groups)
    pd.testing.assert_frame_equal(both, once)


def test_three_groups_are_compared_in_pairs():
    table, _ = measured(scans=18, maps=2)
    found = compare_groups(table, {f"s{scan}": ["AD", "CN", "MCI"][scan % 3] for scan in range(18)}, ["mean"])
    assert list(zip(found["first"], found["second"], strict=True))[:3] == [("AD", "CN"), ("AD", "MCI"), ("CN", "MCI")]
    assert len(found) == 6 and (found["n_first"] == 6).all()


def test_a_map_that_does_not_vary_is_not_tested_and_not_counted():
    table, groups = measured(maps=3)
    table.loc[table["map"] == 1, "mean"] = 0.1
    found = compare_groups(table, groups, ["mean"])
    constant = found[found["map"] == 1].iloc[0]
    assert constant["reason"] == "it does not vary between subjects"
    assert constant[["t", "p", "p_holm", "q", "g"]].isna().all()
    np.testing.assert_allclose(
        found["p_holm"].dropna(), multipletests(found["p"].dropna(), method="holm")[1], rtol=1e-12
    )
    assert tally(found).iloc[0]["tested"] == 2


def test_a_group_that_one_split_lacks_says_so():
    table, groups = measured(scans=8, maps=1)
    few = table[table["scan"].isin(["s0", "s2", "s4", "s1"])]
    found = compare_groups(few, groups, ["mean"]).iloc[0]
    assert found["reason"] == "fewer than two subjects in a group" and np.isnan(found["p"])


def test_scans_without_a_group_are_left_out():
    table, groups = measured()
    found = compare_groups(table, groups | {"s0": None, "s2": " ", "s4": np.nan}, ["mean"])
    assert (found["n_first"] == 9).all() and (found["n_second"] == 12).all()


def test_one_group_and_amounts_are_refused_in_a_line():
    table, groups = measured()
    with pytest.raises(InputError, match="all 24 scans are .F.; comparing takes two groups"):
        compare_groups(table, dict.fromkeys(groups, "F"))
    with pytest.raises(InputError, match="24 different values .* amounts"):
        compare_groups(table, {scan: 20.5 + place for place, scan in enumerate(groups)})
    with pytest.raises(InputError, match="no scan has a group"):
        compare_groups(table, {})

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, pearsonr, spearmanr

from voxplain.baselines.tabular.correlations import correlation_table

GENERATOR = np.random.default_rng(2)
NAMES = [f"sub-{place}" for place in range(50)]
SEX = pd.Series(np.where(np.arange(50) % 2, "M", "F"), NAMES)
FEATURES = pd.DataFrame(GENERATOR.normal(size=(50, 6)), NAMES, [f"FS_{place}" for place in range(6)])
FEATURES["FS_3"] += 2 * (SEX == "M")


def test_the_planted_feature_goes_along_with_the_sex_and_no_other_does():
    table = correlation_table(FEATURES, SEX, "Gender")
    assert table["feature"][0] == "FS_3" and (table["kind"] == "point_biserial").all()
    expected = {name: pearsonr(FEATURES[name], SEX == "M") for name in FEATURES}
    np.testing.assert_allclose(table["r"], [expected[name].statistic for name in table["feature"]])
    p = np.array([expected[name].pvalue for name in table["feature"]])
    np.testing.assert_allclose(table["p"], p)
    np.testing.assert_allclose(table["q"], false_discovery_control(p))
    assert table["q"][0] < 0.001 < 0.05 < table["q"][1:].min()
    assert (table["r"].abs().diff()[1:] <= 0).all()


def test_a_column_of_numbers_is_held_against_ranks_and_missing_cells_are_left_out():
    age = pd.Series(GENERATOR.normal(40, 9, 50).round(2).astype(str), NAMES)
    age.iloc[:4] = [None, "", np.nan, None]
    table = correlation_table(FEATURES, age, "Age_in_Yrs").set_index("feature")
    expected = spearmanr(FEATURES["FS_0"].iloc[4:], age.iloc[4:].astype(float))
    assert table.loc["FS_0", "kind"] == "spearman" and table.loc["FS_0", "n"] == 46
    np.testing.assert_allclose(table.loc["FS_0", ["r", "p"]].astype(float), [expected.statistic, expected.pvalue])


def test_a_column_of_three_values_has_the_share_of_variance_between_them():
    site = pd.Series(np.array(["a", "b", "c"])[np.arange(50) % 3], NAMES)
    values = FEATURES[["FS_0"]]
    row = correlation_table(values, site, "site").iloc[0]
    means = values["FS_0"].groupby(site).transform("mean")
    expected = np.sqrt(
        ((means - values["FS_0"].mean()) ** 2).sum() / ((values["FS_0"] - values["FS_0"].mean()) ** 2).sum()
    )
    assert row["kind"] == "correlation_ratio"
    np.testing.assert_allclose(row["r"], expected)


def test_what_does_not_vary_is_undefined_and_texts_are_no_features():
    table = correlation_table(
        FEATURES.assign(constant=1.0, text="a", few=[1.0, 2.0] + [np.nan] * 48), SEX, "Gender"
    ).set_index("feature")
    assert "text" not in table.index and table.loc[["constant", "few"], ["r", "p", "q"]].isna().all().all()
    same = correlation_table(FEATURES, pd.Series("F", NAMES), "Gender")
    assert same["r"].isna().all() and len(same) == 6

"""Criteria of tables written by hand, in which every mean and every threshold can be worked out."""

import numpy as np
import pandas as pd
import pytest

from voxplain.sanity.criteria import CRITERIA, criteria_table, lies_above, not_tested, over_subjects, stays_below
from voxplain.sanity.randomised_criteria import data_criterion, model_criteria
from voxplain.sanity.scored_criteria import (
    faithfulness_criteria,
    localisation_criterion,
    masked_criterion,
)
from voxplain.settings.known import default_settings

VERDICT = default_settings()["sanity"]["verdict"]
ASKED = VERDICT, 200, [1]
SCANS = [f"sub-{number}_ses-a" for number in range(1, 7)]
# The bend of each scan around a mean, of mean zero
BENDS = np.array([-0.03, -0.02, -0.01, 0.01, 0.02, 0.03])


def likeness(kind, step, mean, bends=BENDS):
    return pd.DataFrame(
        {"split": "r1f1", "scan": SCANS, "draw": 1, "step": step, "kind": kind, "spearman_abs": mean + bends}
    )


def randomised(steps=(0.6, 0.4, 0.2, 0.1), null=0.1, image=0.2):
    """A cascade of as many layers as ``steps``, its null, and likeness with the input and its edges."""
    tables = [likeness("cascade", 0, 1, 0 * BENDS)]
    tables += [likeness("cascade", step, mean) for step, mean in enumerate(steps, 1)]
    tables += [likeness("unrelated", len(steps), null)]
    return pd.concat([*tables, likeness("input", 0, image), likeness("edges", 0, image - 0.1)])


def by_name(rows):
    return {row["criterion"]: row for row in rows}


def test_a_map_that_falls_into_the_null_passes_what_randomises_the_model():
    found = by_name(model_criteria(randomised(), *ASKED))
    assert [row["outcome"] for row in found.values()] == ["passed"] * 3
    last = found["model_randomisation"]
    assert last["value"] == pytest.approx(0.1) and last["null"] == pytest.approx(0.1)
    assert 0.07 <= last["low"] < 0.1 < last["high"] <= 0.13
    null = 0.1 + BENDS
    assert last["null_low"] == pytest.approx(np.percentile(null, 2.5))
    assert last["threshold"] == pytest.approx(np.percentile(null, 97.5) + 0.1)
    assert "rho 0.10" in last["why"] and "null 0.10" in last["why"]


def test_the_top_layers_are_the_upper_half_rounded_up():
    assert by_name(model_criteria(randomised(), *ASKED))["top_layers"]["value"] == pytest.approx(0.4)
    five = by_name(model_criteria(randomised((0.9, 0.8, 0.5, 0.2, 0.1)), *ASKED))["top_layers"]
    assert five["value"] == pytest.approx(0.5) and "the top 3 of 5 layers" in five["why"]


def test_a_map_of_edges_fails_although_its_null_is_as_high():
    found = by_name(model_criteria(randomised((0.95, 0.9, 0.85, 0.83), null=0.82, image=0.9), *ASKED))
    assert found["model_randomisation"]["outcome"] == "passed"
    assert found["top_layers"]["outcome"] == "failed" and found["top_layers"]["threshold"] == pytest.approx(0.5**0.5)
    assert found["top_layers"]["why"].startswith("unchanged by randomising the top 2 of 4 layers (rho 0.90")
    assert found["input"]["outcome"] == "failed" and found["input"]["why"].endswith("shows the input, not evidence")


def test_a_map_that_stays_above_the_null_fails_however_low_it_is():
    found = by_name(model_criteria(randomised((0.5, 0.45, 0.42, 0.4), null=0.05), *ASKED))
    assert found["model_randomisation"]["outcome"] == "failed" and found["top_layers"]["outcome"] == "passed"


def test_a_value_whose_interval_reaches_over_the_threshold_is_undecided():
    limit = np.percentile(0.1 + BENDS, 97.5) + 0.1
    found = by_name(model_criteria(randomised((0.6, 0.4, 0.2, limit)), *ASKED))
    assert found["model_randomisation"]["outcome"] == "undecided"
    assert stays_below(0.1, 0.2, 0.15) == "undecided" and lies_above(-0.01, 0.1, 0.02) == "undecided"
    assert stays_below(np.nan, np.nan, 0.15) == lies_above(np.nan, np.nan, 0.02) == "undecided"


def test_constant_maps_are_undefined_and_never_zero():
    table = randomised()
    table.loc[(table["kind"] == "cascade") & (table["step"] == 4), "spearman_abs"] = np.nan
    row = by_name(model_criteria(table, *ASKED))["model_randomisation"]
    assert row["outcome"] == "undefined" and np.isnan(row["value"]) and "100% of the comparisons" in row["why"]
    few = randomised()
    few.loc[(few["kind"] == "cascade") & (few["step"] == 4) & (few["scan"] == SCANS[0]), "spearman_abs"] = np.nan
    assert by_name(model_criteria(few, *ASKED))["model_randomisation"]["outcome"] == "passed"


def test_what_left_no_rows_is_not_tested():
    for table in (None, randomised().iloc[:0]):
        assert {row["outcome"] for row in model_criteria(table, *ASKED)} == {"not tested"}
    assert data_criterion(None, *ASKED)["outcome"] == "not tested"
    older = randomised()
    older = older[~older["kind"].isin(["input", "edges"])]
    assert by_name(model_criteria(older, *ASKED))["input"]["outcome"] == "not tested"


def test_permuted_labels_are_held_against_pairs_of_permuted_networks():
    def labels(permuted, unrelated):
        return pd.concat([likeness("permuted", 0, permuted), likeness("unrelated", 0, unrelated)])

    assert data_criterion(labels(0.2, 0.2), *ASKED)["outcome"] == "passed"
    learned = data_criterion(labels(0.6, 0.2), *ASKED)
    assert learned["outcome"] == "failed" and learned["why"].startswith("hardly changes under data randomisation")


def test_a_subject_of_many_scans_counts_once():
    rows = pd.DataFrame({"scan": ["sub-1_ses-a", "sub-1_ses-b", "sub-2"], "value": [0.0, 0.2, 0.5]})
    assert over_subjects(rows, "value", 2, 50, [1])[0] == pytest.approx((0.1 + 0.5) / 2)
    alone = over_subjects(rows[:2], "value", 2, 50, [1])
    assert alone[0] == pytest.approx(0.1) and np.isnan(alone[1:]).all()


def scored(measure="deletion", **areas):
    rows = [
        {"split": "r1f1", "scan": scan, "subject": scan, "map": name, "measure": measure, "fill": "mean", "weight": 1}
        | {"value": area + (bend if name == "method" else 0)}
        for name, area in areas.items()
        for scan, bend in zip(SCANS, BENDS, strict=True)
    ]
    return pd.DataFrame(rows)


def test_a_method_passes_deletion_if_it_beats_every_map_that_knows_nothing():
    rows = scored(method=0.2, random=0.5, centre=0.4, edges=0.3)
    deletion, insertion = faithfulness_criteria(rows, *ASKED)
    assert deletion["outcome"] == "passed" and deletion["value"] == pytest.approx(0.1)
    assert "over edges of the mean T1" in deletion["why"] and insertion["outcome"] == "not tested"


def test_insertion_is_better_where_it_is_larger():
    rows = scored("insertion", method=0.7, random=0.5, centre=0.4, edges=0.3)
    assert faithfulness_criteria(rows, *ASKED)[1]["outcome"] == "passed"
    assert faithfulness_criteria(rows.assign(measure="deletion"), *ASKED)[0]["outcome"] == "failed"


def test_one_map_that_is_not_beaten_fails_deletion():
    rows = scored(method=0.2, random=0.5, centre=0.4, edges=0.15)
    deletion, _ = faithfulness_criteria(rows, *ASKED)
    assert deletion["outcome"] == "failed" and "does not beat edges of the mean T1" in deletion["why"]
    level = faithfulness_criteria(scored(method=0.2, random=0.5, centre=0.4, edges=0.2), *ASKED)[0]
    assert level["outcome"] == "undecided"


def test_another_fill_or_no_reference_is_no_test():
    verdict = VERDICT | {"fill": "blur"}
    rows = scored(method=0.2, random=0.5, centre=0.4, edges=0.3)
    assert faithfulness_criteria(rows, verdict, 50, [1])[0]["outcome"] == "not tested"
    assert faithfulness_criteria(scored(method=0.2, random=0.5), *ASKED)[0]["outcome"] == "not tested"


def test_scores_without_a_number_are_undefined():
    rows = scored(method=0.2, random=0.5, centre=0.4, edges=0.3)
    rows.loc[rows["map"] == "method", "value"] = np.nan
    assert faithfulness_criteria(rows, *ASKED)[0]["outcome"] == "undefined"


def masked(difference, spread, measure="balanced_accuracy"):
    row = {"split": "all", "mask": "joint", "share": 0.1, "n": 6, measure: 0.8, f"{measure}_difference": difference}
    row |= {f"{measure}_difference_low": difference - spread, f"{measure}_difference_high": difference + spread}
    larger = row | {"share": 0.3, f"{measure}_difference": 0.9, f"{measure}_difference_low": 0.8}
    return pd.DataFrame([larger, row | {"mask": "class0", f"{measure}_difference": 0.9}, row])


@pytest.mark.parametrize("measure", ["balanced_accuracy", "r2"])
@pytest.mark.parametrize(
    ("difference", "outcome"), [(0.2, "passed"), (-0.2, "failed"), (0.05, "undecided"), (np.nan, "undefined")]
)
def test_the_smallest_joint_mask_has_to_score_above_random_ones(measure, difference, outcome):
    row = masked_criterion(masked(difference, 0.1, measure), VERDICT)
    assert row["outcome"] == outcome and row["value"] == pytest.approx(difference, nan_ok=True)


def test_answers_that_no_mask_changes_are_undefined():
    row = masked_criterion(masked(0.0, 0.0), VERDICT)
    assert row["outcome"] == "undefined" and "answers alike" in row["why"]


def test_few_subjects_leave_every_criterion_undecided():
    few = VERDICT | {"fewest": 7}, 50, [1]
    rows = model_criteria(randomised((0.95, 0.9, 0.85, 0.83), image=0.9), *few)
    rows += faithfulness_criteria(scored(method=0.2, random=0.5, centre=0.4, edges=0.3), *few)[:1]
    rows += [masked_criterion(masked(0.2, 0.1), few[0]), localisation_criterion(located(0.2, 0.1), "cam", 7)]
    assert {row["outcome"] for row in rows} == {"undecided"}
    assert all("[too few subjects]" in row["why"] and np.isnan(row["low"]) for row in rows)


def test_a_null_below_zero_does_not_make_a_likeness_of_zero_a_high_one():
    row = by_name(model_criteria(randomised((0.5, 0.2, 0.1, -0.2), null=-0.5), *ASKED))["model_randomisation"]
    assert row["outcome"] == "passed" and row["threshold"] == pytest.approx(0.1)


def test_without_the_mask_that_is_asked_for_masked_input_is_not_tested():
    table = masked(0.2, 0.1)
    assert masked_criterion(None, VERDICT)["outcome"] == "not tested"
    assert masked_criterion(table[table["mask"] != "joint"], VERDICT)["outcome"] == "not tested"


def located(difference, spread, method="cam"):
    row = {"method": method, "map": "method", "kind": "method", "subjects": 6, "auc": 0.8, "difference": difference}
    row |= {"difference_low": difference - spread, "difference_high": difference + spread, "closest": "mean_t1"}
    other = row | {"map": "mask", "kind": "reference", "difference": 0.5}
    return pd.DataFrame([other, row | {"effect": "region", "measure": "auc"}]).fillna(
        {"effect": "region", "measure": "auc"}
    )


@pytest.mark.parametrize(
    ("difference", "outcome"), [(0.2, "passed"), (-0.2, "failed"), (0.02, "undecided"), (np.nan, "undefined")]
)
def test_localisation_is_told_beside_the_closest_map_that_knows_nothing(difference, outcome):
    row = localisation_criterion(located(difference, 0.1), "cam", 5)
    assert row["outcome"] == outcome and ("made data" in row["why"] or outcome == "undefined")
    assert localisation_criterion(located(difference, 0.1), "other", 5)["outcome"] == "not tested"


def test_localisation_reads_the_regional_effect_alone():
    table = located(0.2, 0.1)
    others = table[table["kind"] == "method"].assign(effect="outside", difference=-1, difference_high=-0.9)
    assert localisation_criterion(pd.concat([others, table]), "cam", 5)["outcome"] == "passed"


def test_the_table_names_criteria_in_one_order():
    rows = [not_tested(name) for name in reversed(CRITERIA)]
    table = criteria_table({"cam": rows, "gradient": rows[:2]})
    assert list(table[table["method"] == "cam"]["criterion"]) == list(CRITERIA)
    assert list(table["method"].unique()) == ["cam", "gradient"]

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxplain.cohort.dealing.schemes import given_folds, hold_out, k_folds, leave_one_out, leave_one_site_out
from voxplain.errors import InputError, SettingsError


def cohort(first, second, visits=1):
    """``first`` subjects of class 0 and ``second`` of class 1, subject i with i mod ``visits`` + 1 scans."""
    rows = [
        (f"sub-{number}_ses-{visit}", f"sub-{number}", int(number >= first))
        for number in range(first + second)
        for visit in range(number % visits + 1)
    ]
    return pd.DataFrame(rows, columns=["scan", "subject", "label"])


shapes = {
    "first": st.integers(8, 30),
    "second": st.integers(8, 30),
    "visits": st.integers(1, 3),
    "k": st.integers(2, 5),
    "seed": st.integers(0, 99),
}


@settings(max_examples=25, deadline=None)
@given(**shapes)
def test_no_subject_is_in_two_roles_of_a_split_or_in_two_folds(first, second, visits, k, seed):
    folds = k_folds(cohort(first, second, visits), k, 2, seed, 0.2)
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()
    tested = folds[folds["role"] == "test"]
    for repeat in ("r1", "r2"):
        held_out = tested[tested["split"].str.startswith(repeat)]
        assert sorted(held_out["scan"]) == sorted(cohort(first, second, visits)["scan"])
        assert (held_out.groupby("subject")["split"].nunique() == 1).all()


@settings(max_examples=25, deadline=None)
@given(**shapes | {"visits": st.just(1)})
def test_folds_keep_the_ratio_of_the_classes(first, second, visits, k, seed):
    folds = k_folds(cohort(first, second), k, 1, seed, 0.2)
    for label, size in ((0, first), (1, second)):
        counts = folds[folds["label"] == label].groupby(["split", "role"]).size().unstack()
        assert (counts["test"] - size / k).abs().max() < 1
        assert (counts["validation"] - 0.2 * (size - counts["test"])).abs().max() <= 0.5
        assert (counts["train"] > 0).all()


def test_the_same_seed_gives_the_same_folds_whatever_the_order_of_the_rows():
    scans = cohort(20, 15, visits=2)
    shuffled = scans.sample(frac=1, random_state=np.random.RandomState(1))
    first, second = (k_folds(table, 5, 2, 3, 0.2) for table in (scans, shuffled))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(k_folds(scans, 5, 2, 4, 0.2))


def test_repeats_differ_and_more_of_them_leave_the_first_as_it_was():
    one, two = (k_folds(cohort(20, 15), 5, repeats, 1, 0.2) for repeats in (1, 2))
    again = two[two["split"].str.startswith("r1")]
    pd.testing.assert_frame_equal(one, again)
    assert two.loc[two["split"] == "r2f1", "role"].tolist() != one.loc[one["split"] == "r1f1", "role"].tolist()


def test_a_subject_whose_class_changes_stays_in_one_fold():
    scans = cohort(10, 10, visits=2)
    scans.loc[scans["scan"] == "sub-1_ses-1", "label"] = 1
    folds = k_folds(scans, 5, 1, 1, 0.2)
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()


def test_without_validation_nobody_is_set_aside():
    assert set(k_folds(cohort(6, 6), 3, 1, 1, 0)["role"]) == {"train", "test"}


@pytest.mark.parametrize(
    ("first", "second", "validation", "said"),
    [
        (10, 2, 0.2, "folds.k is 3, but class 1 has only 2 subjects (class 0: 10, class 1: 2)"),
        (10, 0, 0.2, "only one class is left (class 0: 10 subjects)"),
    ],
)
def test_too_few_subjects_are_counted(first, second, validation, said):
    with pytest.raises(SettingsError) as raised:
        k_folds(cohort(first, second), 3, 1, 1, validation)
    assert str(raised.value).startswith(said)


def test_two_folds_of_two_subjects_leave_nobody_for_validation():
    with pytest.raises(SettingsError, match="leaves 1 beside a test fold for training and validation"):
        k_folds(cohort(10, 2), 2, 1, 1, 0.2)


def test_a_scan_whose_visit_is_not_judged_is_in_no_test_set_and_one_not_trained_on_in_no_other():
    scans = cohort(12, 12, visits=2)
    first = scans["scan"].str.endswith("ses-0")
    folds = k_folds(scans.assign(train=~first, judge=first), 3, 1, 1, 0.2)
    assert folds.loc[folds["role"] == "test", "scan"].str.endswith("ses-0").all()
    assert not folds.loc[folds["role"] != "test", "scan"].str.endswith("ses-0").any()
    assert folds[folds["role"] == "test"].groupby("split").size().sum() == 24
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()


def dealt(**roles):
    return {one: role for role, subjects in roles.items() for one in subjects}


def test_a_given_split_is_taken_as_it_is():
    scans = cohort(4, 4).assign(source_id=lambda table: table["subject"].str.removeprefix("sub-"))
    ids = scans["source_id"].tolist()
    roles = dealt(train=[*ids[:2], *ids[4:6]], validation=[ids[2], ids[6]], test=[ids[3], ids[7]])
    folds = given_folds(scans, roles, 1, 0.2)
    assert set(folds["split"]) == {"r1f1"} and len(folds) == 8
    assert dict(zip(folds["subject"], folds["role"], strict=True)) == {
        subject: roles[one] for subject, one in zip(scans["subject"], ids, strict=True)
    }


def test_a_given_split_without_validation_has_it_drawn_from_its_training_part():
    scans = cohort(6, 6).assign(source_id=lambda table: table["subject"].str.removeprefix("sub-"))
    ids = scans["source_id"].tolist()
    folds = given_folds(scans, dealt(train=[*ids[:4], *ids[6:10]], test=[ids[5], ids[11]]), 1, 0.2)
    assert folds["role"].value_counts().to_dict() == {"train": 6, "validation": 2, "test": 2}


def test_a_given_split_that_leaves_nobody_to_test_stops_the_run():
    scans = cohort(4, 4).assign(source_id=lambda table: table["subject"].str.removeprefix("sub-"))
    with pytest.raises(SettingsError, match="^folds.given leaves no scan of the study for test; look at its files"):
        given_folds(scans, dict.fromkeys(scans["source_id"], "train"), 1, 0.2)


def test_a_given_split_that_divides_a_family_stops_the_run_with_the_names():
    scans = cohort(4, 4).assign(source_id=lambda table: table["subject"].str.removeprefix("sub-"))
    scans["group"] = ["sub-0", "sub-0", *scans["subject"][2:]]
    roles = dict.fromkeys(scans["source_id"], "train") | {"1": "test", "6": "test"}
    with pytest.raises(InputError) as raised:
        given_folds(scans, roles, 1, 0.2)
    assert "sub-0 in train, sub-1 in test of the group sub-0" in str(raised.value).replace("validation", "train")


@settings(max_examples=15, deadline=None)
@given(**shapes)
def test_no_group_is_in_two_roles_of_a_split_or_in_two_folds(first, second, visits, k, seed):
    scans = cohort(first, second, visits)
    scans["group"] = "sub-" + (scans["subject"].str[4:].astype(int) // 2).astype(str)
    if scans.groupby("group")["label"].agg(lambda one: one.mode()[0]).value_counts().min() < 2 * k:
        return
    folds = k_folds(scans, k, 1, seed, 0.2)
    assert (folds.groupby(["split", "group"])["role"].nunique() == 1).all()
    assert (folds[folds["role"] == "test"].groupby("group")["split"].nunique() == 1).all()


def test_folds_have_the_strata_in_common_where_chance_would_not():
    scans = cohort(60, 60).assign(stratum=["old" if number % 5 == 0 else "young" for number in range(120)])
    with_strata = k_folds(scans, 4, 1, 1, 0.2)
    stratum = dict(zip(scans["scan"], scans["stratum"], strict=True))
    with_strata["old"] = with_strata["scan"].map(stratum) == "old"
    counts = with_strata[with_strata["old"]].groupby(["split", "label", "role"]).size().unstack()
    assert counts["test"].isin([3]).all()  # 24 of 120 are old, 12 of each class, in 4 folds
    assert counts["validation"].isin([1, 2, 3]).all()  # a fifth of the 9 left, drawn among 45
    without = k_folds(scans.drop(columns="stratum"), 4, 1, 1, 0.2)
    without["old"] = without["scan"].map(stratum) == "old"
    assert without[without["old"] & (without["role"] == "test")].groupby(["split", "label"]).size().nunique() > 1


def test_folds_of_a_regression_have_its_quantiles_in_common():
    values = np.random.default_rng(1).gamma(2, 10, 100)
    scans = cohort(50, 50).assign(label=values)
    folds = k_folds(scans, 5, 1, 1, 0.2)
    fifths = pd.Series(pd.qcut(values, 5, labels=False), scans["scan"])
    tested = folds[folds["role"] == "test"]
    assert (tested.groupby(["split", tested["scan"].map(fifths)]).size() == 4).all()
    assert folds["label"].dtype == float
    assert (folds[folds["role"] == "validation"].groupby("split").size() == 15).all()


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_few_values_of_a_regression_are_left_to_train(share):
    scans = cohort(4, 4).assign(label=np.arange(8) + 0.5)
    counts = k_folds(scans, 2, 1, 1, share).groupby(["split", "role"]).size().unstack()
    assert (counts["test"] == 4).all() and (counts["train"] >= 2).all() and (counts["validation"] >= 1).all()


def test_folds_of_three_classes_keep_their_ratio():
    scans = cohort(20, 20).assign(label=[0] * 20 + [1] * 12 + [2] * 8)
    tested = k_folds(scans, 4, 1, 1, 0.2).query("role == 'test'")
    assert tested.groupby(["split", "label"]).size().unstack().to_numpy().tolist() == [[5, 3, 2]] * 4


def test_each_group_is_held_out_once_and_one_that_was_left_out_has_an_empty_test():
    scans = cohort(4, 4, visits=2)
    groups = sorted({*scans["subject"], "sub-3x"})
    folds = leave_one_out(scans, groups, 1, 0.2)
    tested = folds[folds["role"] == "test"]
    assert tested.groupby("split")["subject"].unique().map(list).to_dict() == {
        f"r1f{place + 1}": [one] for place, one in enumerate(groups) if one != "sub-3x"
    }
    empty = folds[folds["split"] == f"r1f{groups.index('sub-3x') + 1}"]
    assert set(empty["role"]) == {"train", "validation"}
    assert sorted(tested["scan"]) == sorted(scans["scan"])


def test_each_site_is_held_out_once_and_who_was_seen_there_trains_nowhere():
    scans = cohort(9, 9, visits=2).assign(site=lambda table: [f"S{int(one[4:]) % 3}" for one in table["subject"]])
    scans.loc[scans["scan"] == "sub-1_ses-1", "site"] = "S2"
    folds = leave_one_site_out(scans, ["S0", "S1", "S2"], 1, 0.2)
    site = dict(zip(scans["scan"], scans["site"], strict=True))
    for place, held_out in enumerate(["S0", "S1", "S2"]):
        split = folds[folds["split"] == f"r1f{place + 1}"]
        assert set(split.loc[split["role"] == "test", "scan"].map(site)) == {held_out}
        assert held_out not in set(split.loc[split["role"] != "test", "scan"].map(site))
    assert "sub-1" not in set(folds[(folds["split"] == "r1f3") & (folds["role"] != "test")]["subject"])
    assert "sub-1_ses-0" not in set(folds[folds["split"] == "r1f3"]["scan"])


def test_a_site_that_has_all_of_a_class_is_named():
    scans = cohort(6, 6).assign(site=["A", "B"] * 3 + ["A"] * 6)
    with pytest.raises(SettingsError, match="^folds.scheme: without site A class 1 has only 0 subjects"):
        leave_one_site_out(scans, ["A", "B"], 1, 0.2)


def test_too_few_values_of_a_regression_are_counted():
    with pytest.raises(SettingsError, match="^only 4 subjects have a value, too few for 5 folds"):
        k_folds(cohort(2, 2).assign(label=[1.5, 2.5, 3.5, 4.5]), 5, 1, 1, 0.2)


def test_families_of_both_classes_are_dealt_and_counted_in_both():
    scans = cohort(16, 16)
    scans["group"] = [f"sub-{number % 16}" for number in range(32)]
    folds = k_folds(scans, 4, 1, 1, 0.2)
    tested = folds[folds["role"] == "test"]
    assert (tested.groupby(["split", "label"]).size() == 4).all()
    assert (folds.groupby(["split", "group"])["role"].nunique() == 1).all()


def test_a_split_without_a_class_to_train_on_is_named():
    scans = cohort(8, 8)
    scans["group"] = ["one" if number in range(8, 13) else one for number, one in enumerate(scans["subject"])]
    with pytest.raises(SettingsError, match="^split r1f. has nobody of class 1 left to train on; lower folds.valid"):
        k_folds(scans, 2, 1, 1, 0.6)


def test_a_part_of_each_class_is_held_out_once_with_all_scans_of_its_subjects():
    scans = pd.DataFrame(
        [
            {"scan": f"sub-{subject:02d}_ses-{visit}", "subject": f"sub-{subject:02d}", "label": int(subject < 8)}
            for subject in range(20)
            for visit in range(1 + subject % 3)
        ]
    )
    table = hold_out(scans, 3, seed=0, validation=0.25)
    assert table["split"].unique().tolist() == ["r1f1"] and set(table["scan"]) == set(scans["scan"])
    tested = table[table["role"] == "test"].drop_duplicates("subject")
    assert tested["label"].value_counts().to_dict() == {0: 3, 1: 3}
    assert table.groupby("subject")["role"].nunique().max() == 1
    assert {"train", "validation"} < set(table["role"])
    pd.testing.assert_frame_equal(table, hold_out(scans.sample(frac=1, random_state=1), 3, 0, 0.25))
    others = hold_out(scans, 3, seed=1, validation=0.25)
    assert set(others.loc[others["role"] == "test", "subject"]) != set(tested["subject"])


def test_more_than_there_are_cannot_be_held_out():
    scans = pd.DataFrame({"scan": list("abcdef"), "subject": list("abcdef"), "label": [0, 0, 0, 0, 1, 1]})
    told = r"folds.hold_out is 1, but class 1 has only 2 subjects \(class 0: 4, class 1: 2\), too few"
    with pytest.raises(SettingsError, match=told):
        hold_out(scans, 1, seed=0, validation=0.2)
    with pytest.raises(SettingsError, match="the label is a number; use kfold"):
        hold_out(scans.assign(label=scans["label"] + 0.5), 1, seed=0, validation=0.2)

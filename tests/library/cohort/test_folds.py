import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxplain.cohort.dealing.schemes import given_folds
from voxplain.cohort.dealing.schemes import k_folds as make_folds
from voxplain.cohort.folds import read_folds
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
    folds = make_folds(cohort(first, second, visits), k, 2, seed, 0.2)
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()
    tested = folds[folds["role"] == "test"]
    for repeat in ("r1", "r2"):
        held_out = tested[tested["split"].str.startswith(repeat)]
        assert sorted(held_out["scan"]) == sorted(cohort(first, second, visits)["scan"])
        assert (held_out.groupby("subject")["split"].nunique() == 1).all()


@settings(max_examples=25, deadline=None)
@given(**shapes | {"visits": st.just(1)})
def test_folds_keep_the_ratio_of_the_classes(first, second, visits, k, seed):
    folds = make_folds(cohort(first, second), k, 1, seed, 0.2)
    for label, size in ((0, first), (1, second)):
        counts = folds[folds["label"] == label].groupby(["split", "role"]).size().unstack()
        assert (counts["test"] - size / k).abs().max() < 1
        assert (counts["validation"] - 0.2 * (size - counts["test"])).abs().max() <= 0.5
        assert (counts["train"] > 0).all()


def test_the_same_seed_gives_the_same_folds_whatever_the_order_of_the_rows():
    scans = cohort(20, 15, visits=2)
    shuffled = scans.sample(frac=1, random_state=np.random.RandomState(1))
    first, second = (make_folds(table, 5, 2, 3, 0.2) for table in (scans, shuffled))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(make_folds(scans, 5, 2, 4, 0.2))


def test_repeats_differ_and_more_of_them_leave_the_first_as_it_was():
    one, two = (make_folds(cohort(20, 15), 5, repeats, 1, 0.2) for repeats in (1, 2))
    again = two[two["split"].str.startswith("r1")]
    pd.testing.assert_frame_equal(one, again)
    assert two.loc[two["split"] == "r2f1", "role"].tolist() != one.loc[one["split"] == "r1f1", "role"].tolist()


def test_a_subject_whose_class_changes_stays_in_one_fold():
    scans = cohort(10, 10, visits=2)
    scans.loc[scans["scan"] == "sub-1_ses-1", "label"] = 1
    folds = make_folds(scans, 5, 1, 1, 0.2)
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()


def test_without_validation_nobody_is_set_aside():
    assert set(make_folds(cohort(6, 6), 3, 1, 1, 0)["role"]) == {"train", "test"}


@pytest.mark.parametrize(
    ("first", "second", "validation", "said"),
    [
        (10, 2, 0.2, "folds.k is 3, but class 1 has only 2 subjects (class 0: 10, class 1: 2)"),
        (10, 0, 0.2, "only one class is left (class 0: 10 subjects)"),
    ],
)
def test_too_few_subjects_are_counted(first, second, validation, said):
    with pytest.raises(SettingsError) as raised:
        make_folds(cohort(first, second), 3, 1, 1, validation)
    assert str(raised.value).startswith(said)


def test_two_folds_of_two_subjects_leave_nobody_for_validation():
    with pytest.raises(SettingsError, match="leaves 1 beside a test fold for training and validation"):
        make_folds(cohort(10, 2), 2, 1, 1, 0.2)


def test_folds_are_read_back_by_role(tmp_path):
    scans = cohort(8, 7, visits=2)
    make_folds(scans, 3, 1, 1, 0.2).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    folds = read_folds(tmp_path / "folds.tsv")
    assert folds.splits == ["r1f1", "r1f2", "r1f3"]
    train, validation, test = folds.roles("r1f2")
    assert sorted(train + validation + test) == sorted(scans["scan"])
    with pytest.raises(InputError, match='^no split "r9f1" in the folds; there are r1f1, r1f2, r1f3$'):
        folds.roles("r9f1")


def test_a_scan_whose_visit_is_not_judged_is_in_no_test_set_and_one_not_trained_on_in_no_other():
    scans = cohort(12, 12, visits=2)
    first = scans["scan"].str.endswith("ses-0")
    folds = make_folds(scans.assign(train=~first, judge=first), 3, 1, 1, 0.2)
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

import pandas as pd
import pytest

from voxplain.cohort.dealing.schemes import k_folds
from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError


@pytest.fixture
def folds(tmp_path):
    rows = [(f"sub-{number}_ses-{visit}", f"sub-{number}", number % 2) for number in range(16) for visit in (1, 2)]
    table = k_folds(pd.DataFrame(rows, columns=["scan", "subject", "label"]), 3, 1, 1, 0.2)
    table.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    return tmp_path / "folds.tsv"


def rewritten(path, change):
    table = pd.read_csv(path, sep="\t")
    change(table).to_csv(path, sep="\t", index=False)
    return path


def test_folds_are_read_back_by_role(folds):
    read = read_folds(folds)
    assert read.splits == ["r1f1", "r1f2", "r1f3"]
    roles = [set(one) for one in read.roles("r1f2")]
    assert sum(map(len, roles)) == len(set.union(*roles)) == 32
    assert read.groups["sub-3_ses-2"] == "sub-3"
    with pytest.raises(InputError, match='^no split "r9f1" in the folds; there are r1f1, r1f2, r1f3$'):
        read.roles("r9f1")


def test_a_file_without_groups_holds_subjects_together(folds):
    assert read_folds(rewritten(folds, lambda table: table.drop(columns="group"))).groups["sub-3_ses-2"] == "sub-3"


def test_a_subject_in_two_roles_is_named_before_anything_is_trained(folds):
    def swapped(table):
        table.loc[(table["split"] == "r1f2") & (table["scan"] == "sub-3_ses-1"), "role"] = "leaked"
        return table

    with pytest.raises(InputError) as raised:
        read_folds(rewritten(folds, swapped))
    assert "split r1f2 has sub-3 in " in str(raised.value) and "sub-3 in leaked" in str(raised.value)
    assert str(folds) in str(raised.value) and "\n" not in str(raised.value)


def test_relatives_in_two_roles_are_named_with_their_group(folds):
    def of_one_family(table):
        first = table[table["split"] == "r1f1"].drop_duplicates("role")["subject"].tolist()
        table["group"] = table["group"].where(~table["subject"].isin(first), "Jones")
        return table

    with pytest.raises(InputError) as raised:
        read_folds(rewritten(folds, of_one_family))
    assert "of the group Jones, which is never divided" in str(raised.value)
    assert str(raised.value).count("sub-") >= 2

import numpy as np
import pytest

from voxplain.cohort.tables.given import given_split
from voxplain.errors import InputError, SettingsError


@pytest.fixture
def files(tmp_path):
    def write(**ids):
        for role, one in ids.items():
            (tmp_path / f"{role}.txt").write_text("\n".join(one))
        return {role: tmp_path / f"{role}.txt" for role in ids}

    return write


def test_every_id_has_the_role_of_its_file(files, tmp_path):
    np.save(tmp_path / "test.npy", np.array([100408]))
    given = files(train=["100307", "007"], validation=["011_S_0003"]) | {"test": tmp_path / "test.npy"}
    assert given_split(given) == {"100307": "train", "007": "train", "011_S_0003": "validation", "100408": "test"}


def test_a_role_without_a_file_is_left_out(files):
    assert given_split(files(train=["1"], test=["2"]) | {"validation": None}) == {"1": "train", "2": "test"}


def test_ids_in_two_files_are_named_with_both_files(files, tmp_path):
    given = files(train=["1", "2", "3", "4", "5"], validation=["9"], test=["5", "4", "6", "2", "1"])
    with pytest.raises(InputError) as raised:
        given_split(given)
    both = f"{tmp_path}/train.txt (train) and {tmp_path}/test.txt (test)"
    assert str(raised.value) == f"5, 4, 2 and 1 more: in both {both}; leave each id in one file"


def test_two_spellings_of_one_subject_are_one(files):
    with pytest.raises(InputError, match="^sub-011S0003: in both"):
        given_split(files(train=["011_S_0003"], test=["sub-011S0003"]))


def test_an_unknown_role_is_told(files):
    with pytest.raises(SettingsError, match='^folds.given: unknown role "valid"; did you mean "validation"$'):
        given_split(files(train=["1"], valid=["2"]))


def test_a_missing_file_names_its_setting(tmp_path):
    with pytest.raises(InputError, match="no such file in .*; set folds.given.test to the file$"):
        given_split({"test": tmp_path / "no.txt"})

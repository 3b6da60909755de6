import numpy as np
import pandas as pd
import pytest

from voxplain.insight.influence import Influence, Labelled, influence_table, self_influence_table


class Named(list):
    """Volumes, of which only the names count here."""

    def __init__(self, names):
        super().__init__([None] * len(names))
        self.scans, self.subjects = [f"sub-{name}_ses-1" for name in names], [f"sub-{name}" for name in names]


TRAIN, SHOWN = Labelled(Named("abcd"), [0, 1, 0, 1]), Labelled(Named("xy"), [1, 0])
INFLUENCE = Influence(np.array([[1.0, -3, 6, 0], [0, 2, 1, 0]]), np.array([1.0, 4, 9, 0]))


def test_relative_influence_is_by_the_root_of_self_influence_and_undefined_without_any():
    np.testing.assert_array_equal(INFLUENCE.relative, [[1, -1.5, 2, np.nan], [0, 1, 1 / 3, np.nan]])


def test_each_scan_shown_has_a_row_for_each_training_scan_by_rank():
    table = influence_table(INFLUENCE, TRAIN, SHOWN)
    first = table[table["scan"] == "sub-x_ses-1"]
    assert first["training_subject"].tolist() == ["sub-c", "sub-a", "sub-b", "sub-d"]
    assert first["rank"].tolist()[:3] == [1, 2, 3] and pd.isna(first["rank"].iloc[3])
    assert first["influence"].tolist() == [6, 1, -3, 0] and first["training_label"].tolist() == [0, 0, 1, 1]
    assert set(first["label"]) == {1} and table["subject"].iloc[-1] == "sub-y"


def test_scores_rank_by_themselves_where_asked_and_only_both_ends_are_listed():
    table = influence_table(INFLUENCE, TRAIN, SHOWN, by="influence", top=1)
    assert table["training_subject"].tolist() == ["sub-c", "sub-b", "sub-b", "sub-d"]
    assert table["rank"].tolist() == [1, 4, 1, 4]
    assert len(influence_table(INFLUENCE, TRAIN, SHOWN, top=9)) == 6
    with pytest.raises(ValueError, match="by is one of"):
        influence_table(INFLUENCE, TRAIN, SHOWN, by="size")


def test_nobody_shown_is_a_table_without_a_row_and_lists_have_numbers_for_names():
    nobody = influence_table(Influence(np.zeros((0, 4)), INFLUENCE.own), TRAIN, Labelled([], []))
    assert nobody.empty and list(nobody) == list(influence_table(INFLUENCE, TRAIN, SHOWN))
    numbered = influence_table(INFLUENCE, Labelled([None] * 4, [0, 1, 0, 1]), SHOWN, top=1)
    assert numbered["training_scan"].tolist()[0] == 2


def test_a_tenth_rounded_up_of_the_strongest_self_influences_is_marked():
    own = np.arange(11.0)
    table = self_influence_table(Influence(np.zeros((0, 11)), own), Labelled(Named("abcdefghijk"), [0] * 11))
    assert table["subject"].tolist()[:2] == ["sub-k", "sub-j"] and table["rank"].tolist() == list(range(1, 12))
    assert table["top_decile"].tolist() == [1, 1] + [0] * 9 and table["self_influence"].iloc[0] == 10

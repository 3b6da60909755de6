from dataclasses import replace

import pandas as pd
import pytest

from scripts.choose_examples import choose_examples
from tests.library.insight.made_features import made_features
from voxplain.insight import examples
from voxplain.insight.feature_files import write_features
from voxplain.insight.neighbours import nearest_training


@pytest.fixture
def written(tmp_path):
    def write(*splits, **how):
        paths, kept = [], []
        for number, (train, test) in enumerate(splits, 1):
            found = made_features(train, test, seed=number, **how)
            found = replace(found, about=found.about | {"split": f"r1f{number}"})
            paths.append(tmp_path / f"{number}.npz")
            write_features(paths[-1], found)
            kept.append(found)
        return paths, kept

    return write


def test_examples_prototypes_and_neighbours_of_every_split_are_those_of_its_own_features(written):
    paths, kept = written((30, 12), (24, 9))
    chosen, told, near = choose_examples(paths, count=2, neighbours=3)
    for found in kept:
        own = chosen[chosen["split"] == found.about["split"]].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, examples.choose_examples(found, 2), check_dtype=False)
        assert len(told[told["split"] == found.about["split"]]) == 2
        rows = near[near["split"] == found.about["split"]].reset_index(drop=True)
        expected = nearest_training(found, 3)
        pd.testing.assert_frame_equal(rows[list(expected)], expected, check_dtype=False)
    assert list(near)[:3] == ["split", "seed", "scan"] and near["rank"].max() == 3


def test_a_split_without_features_adds_nothing_and_without_any_the_tables_are_empty(written):
    paths, _ = written((30, 12), (0, 0))
    chosen, told, near = choose_examples(paths, count=2, neighbours=1)
    assert {*chosen["split"], *told["split"], *near["split"]} == {"r1f1"}
    for table, column in zip(
        choose_examples(paths[1:], count=2, neighbours=1), ("kind", "share", "unlike"), strict=True
    ):
        assert table.empty and column in table and "split" in table


def test_a_regression_has_close_and_far_answers_and_no_classes_of_prototypes(written):
    chosen, told, _ = choose_examples(written((30, 12), classes=None)[0], count=2, neighbours=1)
    assert {"close", "over", "under", "medoid", "prototype", "criticism"} == set(chosen["kind"]) and told.empty

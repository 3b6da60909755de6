"""What the report says of randomised weights and of permuted labels, from tables written by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from voxplain.report import data_randomisation, randomisation


def rows(kind, values, **others):
    alike = [{"spearman": value, "spearman_abs": value, "ssim": value} for value in values]
    return [{"split": "r1f1", "scan": f"sub-{place}", "kind": kind, **others, **one} for place, one in enumerate(alike)]


def results(permutations=5, **tables):
    """The results of one experiment and one method, with these tables."""
    known = {f"sanity/brain/gradient/{name}.tsv": pd.DataFrame(table) for name, table in tables.items()}
    settings = {"sanity": {"permutations": permutations}}
    return SimpleNamespace(experiments=["brain"], methods=["gradient"], settings=settings, table=known.get)


def words(blocks):
    return " ".join(block.text for block in blocks if block.kind == "text")


@pytest.fixture
def cascade():
    table = []
    for step, value in enumerate((1.0, 0.6, 0.1)):
        layer = ("trained", "head", "body")[step]
        table += rows("cascade", [value, value], draw=1, step=step, layer=layer)
    table += rows("single", [0.7, 0.7], draw=1, step=2, layer="body")
    table += rows("unrelated", [0.1, 0.2], draw=1, step=2, layer="all")
    table += rows("input", [0.4, 0.5], draw=0, step=0, layer="trained")
    return table + rows("random_input", [0.3, np.nan], draw=1, step=2, layer="all")


def test_maps_beside_the_input_stand_in_a_sentence_and_a_picture_of_their_own(cascade):
    first, blocks = randomisation.blocks(results(randomisation=cascade))
    assert first is not None
    assert sum(block.kind == "figure" for block in blocks) == 1
    text = words(blocks)
    assert "a rank correlation of 0.45 with the size of the input's voxels; for a network that never learned" in text
    assert "it is 0.30" in text


def test_every_kind_has_its_rows_in_the_folded_table(cascade):
    _, blocks = randomisation.blocks(results(randomisation=cascade))
    (fold,) = [block for block in blocks if block.kind == "fold"]
    shown = {row[1]: row for row in fold.blocks[0].rows}
    assert shown["alone: body"][:3] == [2, "alone: body", "0.70"]
    assert shown["random network and the input"][2:] == ["0.30", "0.30", "0.30", 1]


@pytest.mark.parametrize(
    ("permuted", "unrelated", "said"),
    [
        ([0.2, 0.3], [0.2, 0.4], "no more than networks of other labels do (two of them share 0.21 to 0.40)"),
        ([0.7, 0.8], [0.2, 0.4], "more than two of them share 0.21 to 0.40"),
        ([np.nan, np.nan], [0.2, 0.4], "undefined, because maps of the twins are constant"),
        ([0.2, 0.3], [np.nan, np.nan], "no two permuted networks to hold it against"),
    ],
)
def test_permuted_twins_are_held_against_the_null(permuted, unrelated, said):
    table = rows("permuted", permuted, arm="permuted1") + rows("unrelated", unrelated, arm="permuted1-permuted2")
    first, blocks = data_randomisation.blocks(results(data_randomisation=table))
    assert first is not None
    assert said in words(blocks)


def test_of_a_made_cohort_the_twin_that_does_as_well_as_the_true_one_is_named():
    located = pd.DataFrame(
        [
            ("true", "region", 0.8, 0.75, 0.85, np.nan, np.nan, np.nan),
            ("permuted1", "region", 0.6, 0.5, 0.7, 0.2, 0.1, 0.3),
            ("permuted2", "region", 0.78, 0.7, 0.85, 0.02, -0.05, 0.1),
        ],
        columns=["arm", "effect", "auc", "low", "high", "difference", "difference_low", "difference_high"],
    )
    table = rows("permuted", [0.2, 0.3], arm="permuted1") + rows("unrelated", [0.2, 0.4], arm="both")
    given = {"data_randomisation": table, "data_randomisation_localisation": located}
    text = words(data_randomisation.blocks(results(**given))[1])
    assert "0.80 (95 % interval 0.75 to 0.85), not surely better than permuted2 (at most 0.78)" in text
    assert "made data" in text


def test_without_permutations_the_report_says_that_this_was_not_tested():
    first, (block,) = data_randomisation.blocks(results(permutations=0))
    assert first is None
    assert block.tone == "missing" and "not tested" in block.text

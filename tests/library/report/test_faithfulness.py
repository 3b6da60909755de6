import base64
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.faithfulness import blocks, mean_curves, sentences

MAPS = {"method": 0.1, "random": 0.6, "centre": 0.12, "edges": 0.5}
SHARES = [0.0, 0.2, 0.6, 1.0]


def rows_of(subjects=6, maps=MAPS, measure="deletion", spread=0.1, fill="mean"):
    drawn = np.random.default_rng(1)
    return pd.DataFrame(
        {
            **{"split": "r1f1", "scan": f"sub-{place}", "subject": f"sub-{place}", "map": name},
            **{"measure": measure, "fill": fill, "weight": 1.0 + place},
            "value": value + spread * drawn.standard_normal(),
        }
        for place in range(subjects)
        for name, value in maps.items()
    )


def points_of(rows):
    return pd.DataFrame(
        {**{key: getattr(row, key) for key in ("split", "scan", "map", "measure", "fill")}, "share": share}
        | {"value": (1 - share) * row.value}
        for row in rows.itertuples()
        for share in SHARES
    )


def results_of(tables, methods=("gradient",)):
    return SimpleNamespace(settings={}, experiments={"brain": {}}, methods=list(methods), table=tables.get)


def texts(found):
    return [block.text for block in found if isinstance(block, Text)]


def test_without_a_table_a_sentence_says_so_and_there_is_no_picture():
    first, found = blocks(results_of({}))
    assert first is None and texts(found) == ["brain, gradient: nothing was taken out of scans."]


def test_the_picture_comes_first_and_every_map_has_its_line_and_its_row():
    rows = pd.concat([rows_of(), rows_of(measure="insertion", maps={name: 1 - one for name, one in MAPS.items()})])
    tables = {"sanity/brain/gradient/faithfulness.tsv": rows}
    tables["sanity/brain/gradient/faithfulness_curves.tsv"] = points_of(rows)
    first, found = blocks(results_of(tables))
    assert isinstance(first, Figure) and first.picture.alt == " ".join(texts(found))
    svg = base64.b64decode(first.picture.source.split(",")[1]).decode()
    for words in ("gradient, taken out", "gradient, put in", "random maps as smooth", "edges of the mean T1"):
        assert words in svg
    (fold,) = [block for block in found if isinstance(block, Fold)]
    assert len(fold.blocks[0].rows) == 8
    assert [row[:3:2] for row in fold.blocks[0].rows[:5:4]] == [
        ["deletion", "the method's map"],
        ["insertion", "the method's map"],
    ]


def test_a_sentence_names_what_is_beaten_what_is_level_and_what_is_better():
    (told,) = sentences("brain, gradient", rows_of(spread=0.05), resamples=200, seed=1)
    assert re.match(
        r"brain, gradient: 0\.\d\d of the answer is left on average while these voxels are taken out \(6 subjects\); "
        r"less than with random maps as smooth and edges of the mean T1, by 0\.\d\d \(95 % interval 0\.\d\d to "
        r"0\.\d\d\) over edges of the mean T1; not told apart from the brain's centre\.$",
        told,
    )
    (told,) = sentences("a", rows_of(maps={"method": 0.9, "random": 0.1}), resamples=200, seed=1)
    assert told.endswith("; worse than random maps as smooth.")


def test_undefined_maps_and_a_single_subject_claim_nothing():
    nothing = rows_of()
    nothing.loc[nothing["map"] == "method", "value"] = np.nan
    (told,) = sentences("a", nothing, resamples=50, seed=1)
    assert told == "a: deletion is undefined, because its maps are constant or not finite."
    some = rows_of()
    some.loc[(some["map"] == "method") & (some["scan"] == "sub-2"), "value"] = np.nan
    assert "(5 subjects; 1 scan undefined)" in sentences("a", some, resamples=50, seed=1)[0]
    (told,) = sentences("a", rows_of(subjects=1), resamples=50, seed=1)
    assert told.endswith("(1 subject); there is nothing to hold it against.")


def test_curves_are_means_over_scans_by_how_much_there_was_to_explain():
    rows = rows_of(subjects=2, maps={"method": 0.5}, spread=0.2)
    shares, values = mean_curves(rows, points_of(rows))["deletion"]["method"]
    assert shares.tolist() == SHARES
    weights, heights = rows["weight"].to_numpy(), rows["value"].to_numpy()
    assert values == pytest.approx([(1 - share) * (weights @ heights) / weights.sum() for share in SHARES])


def test_constant_maps_are_drawn_as_undefined():
    rows = rows_of()
    rows.loc[rows["map"] == "method", "value"] = np.nan
    points = points_of(rows)
    points.loc[points["map"] == "method", ["share", "value"]] = np.nan
    tables = {"sanity/brain/gradient/faithfulness.tsv": rows}
    tables["sanity/brain/gradient/faithfulness_curves.tsv"] = points
    first, _ = blocks(results_of(tables))
    assert "undefined" in base64.b64decode(first.picture.source.split(",")[1]).decode()

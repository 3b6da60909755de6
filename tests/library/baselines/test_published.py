import numpy as np
import pandas as pd
import pytest

from tests.library.merging import merged
from voxplain.baselines.published import COLUMNS, published_table
from voxplain.settings.published import ONE_FIGURE

VALUE = {name: name for name in ("value", "sd", "low", "high", "n")}


def figure(**own):
    whole = {"what": "the network", "experiment": "head", "measure": "accuracy", "value": 0.9, "source": "a paper"}
    return ONE_FIGURE | whole | {"comparable": True} | own


def place(**row):
    return {"table": "scores.tsv", "row": row, "columns": VALUE}


@pytest.fixture
def tables(tmp_path):
    rows = [("network", "r1f1", 0.5, "", "", "", 12), ("network", "all", 0.7, 0.1, 0.6, 0.85, 24)]
    rows += [("size", "all", "undefined", "", "", "", 24)]
    path = tmp_path / "scores.tsv"
    pd.DataFrame(rows, columns=["model", "split", *VALUE]).to_csv(path, sep="\t", index=False)
    return {"scores.tsv": path}


def test_the_difference_is_the_own_figure_less_the_published_one_with_the_ends_of_its_interval(tables):
    row = published_table([figure()], [place(model="network", split="all")], tables).iloc[0]
    assert row["own_value"] == 0.7 and row["own_n"] == 24
    assert np.allclose(row[["difference", "difference_low", "difference_high"]].astype(float), [-0.2, -0.3, -0.05])
    assert row["published_inside"] == "no" and row["note"] == ""


@pytest.mark.parametrize(("value", "inside"), [(0.6, "yes"), (0.85, "yes"), (0.59, "no"), (0.86, "no")])
def test_a_published_figure_lies_in_the_own_interval_or_not(tables, value, inside):
    row = published_table([figure(value=value)], [place(model="network", split="all")], tables).iloc[0]
    assert row["published_inside"] == inside


@pytest.mark.parametrize(
    ("where", "note"),
    [
        (None, "this study has no figure to put beside it"),
        (place(model="svc_rbf", split="all"), "scores.tsv has no row of model svc_rbf, split all"),
        (place(protocol="kfold10", model="network"), "scores.tsv has no row of protocol kfold10, model network"),
        (place(model="size", split="all"), "scores.tsv has it undefined"),
    ],
)
def test_a_figure_that_the_study_has_not_is_not_compared_and_says_why(tables, where, note):
    row = published_table([figure()], [where], tables).iloc[0]
    assert row["note"] == note and np.isnan(row["difference"]) and pd.isna(row["published_inside"])
    assert row["published"] == 0.9


def test_every_figure_keeps_its_place_its_source_and_why_it_is_not_comparable(tables):
    asked = [figure(what="b", comparable=False, because="scans of one patient in two folds"), figure(what="a", sd=0.02)]
    asked[1] |= {"recalled": True, "interval": [0.8, 1.0], "n": 231}
    table = published_table(asked, [None, None], tables)
    assert list(table.columns) == COLUMNS and list(table["what"]) == ["b", "a"]
    assert list(table["comparable"]) == ["no", "yes"] and list(table["recalled"]) == ["no", "yes"]
    assert table["because"][0] == "scans of one patient in two folds" and table["source"][1] == "a paper"
    assert list(table.loc[1, ["published_sd", "published_low", "published_high", "published_n"]]) == [0.02, 0.8, 1, 231]


def test_no_published_figure_comes_with_the_defaults():
    assert merged()["published"] == []

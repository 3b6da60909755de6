"""Reports of results that an older version left: what it lacks is named, and the rest is shown."""

import pandas
import pytest

from tests.library.report.made_results import SETTINGS, make_results
from voxplain.relevance.kinds_of_agreement import COLUMNS
from voxplain.report import overview, page, sanity
from voxplain.report.older import NAMED, lacking, older_sentence
from voxplain.report.results import Results


@pytest.fixture
def older(tmp_path):
    """A study whose localisation of one experiment is of before effects were told apart."""
    root = make_results(tmp_path / "results")
    path = root / "sanity/brain/localisation.tsv"
    pandas.read_csv(path, sep="\t", dtype=str).drop(columns="effect").to_csv(path, sep="\t", index=False)
    return root


def test_a_table_without_a_column_of_today_is_named_in_one_sentence_and_the_rest_is_shown(older, monkeypatch):
    monkeypatch.setattr(page, "PAGES", (("index.html", "Overview", (overview,)), ("sanity.html", "Sanity", (sanity,))))
    monkeypatch.setattr(page, "LISTED", ())
    first, second = page.listed_pages(Results(older, SETTINGS), older / "report")
    for one in (first, second):
        assert one.sections[0].blocks[0].text == (
            "Of an older version of voxplain, and therefore left out of these pages: 1 table, sanity/brain/localisation"
            ".tsv (no column effect); run the study again, which makes anew what is older and nothing else."
        )
    assert "balanced accuracy" in repr(first)
    assert "Random weights" in repr(second)


def test_a_study_of_today_has_no_such_sentence(made_results):
    assert older_sentence(made_results) is None


def test_many_tables_are_counted_and_some_named(made_results, tmp_path):
    for number in range(NAMED + 3):
        path = tmp_path / f"predict/experiment{number}/scores.tsv"
        path.parent.mkdir(parents=True)
        path.write_text("model\tmeasure\tsplit\tvalue\tmean\tsd\tlow\thigh\n")
    sentence = older_sentence(tmp_path)
    assert "9 tables, predict/experiment0/scores.tsv (no column n), " in sentence and " and 3 more; " in sentence


def test_a_star_stands_for_one_folder():
    assert lacking("sanity/brain/gradient/randomisation.tsv", []) and not lacking("sanity/brain/randomisation.tsv", [])
    assert lacking("cohort/label-sex_folds.tsv", ["scan", "subject", "label", "split"]) == ["role"]


def test_agreement_in_none_of_the_usual_measures_is_not_older():
    assert lacking("relevance/slabs3/agreement.tsv", COLUMNS) == []
    assert lacking("relevance/slabs3/agreement.tsv", [*COLUMNS, "pearson"]) == []

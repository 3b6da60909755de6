import pandas as pd
import pytest

from tests.library.report.test_localisation import SETTINGS, table
from voxplain.report import expected_anatomy, localisation
from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.methods.judging import checks
from voxplain.report.papers.of_scores import localisation as paper
from voxplain.report.results import Results
from voxplain.report.sanity import section
from voxplain.sanity.cascade_table import with_undefined

EXPECTED = {"hippocampus": {"atlas": "aal", "regions": ["Hippocampus_L", "Hippocampus_R"]}}


def real(source="table", expected=EXPECTED):
    asked = {"cohort": {"source": source}, "sanity": {"localisation": {"expected": expected}}}
    return SETTINGS | asked


@pytest.fixture
def folder(tmp_path):
    rows = table({"gradient": 0.9, "cam": 0.4}, "hippocampus")
    below = tmp_path / "sanity" / "head"
    below.mkdir(parents=True)
    with_undefined(rows).to_csv(below / "localisation.tsv", sep="\t", index=False)
    subjects = [
        {"method": "cam", "effect": "hippocampus", "subject": f"sub-{n}", "measure": "auc", "value": 0.1 * n}
        for n in (4, 5, 6)
    ]
    columns = ["method", "effect", "subject", "measure", "value", "untrained"]
    pd.DataFrame(subjects, columns=columns).to_csv(below / "localisation_by_subject.tsv", sep="\t", index=False)
    return tmp_path


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_maps_of_real_heads_stand_beside_expected_anatomy_that_is_called_no_truth(folder):
    picture, blocks = expected_anatomy.blocks(Results(folder, real()))
    said = words(blocks)
    assert "Expected anatomy is no truth" in said and "No verdict is drawn from it" in said
    assert "hippocampus, of the atlas aal Hippocampus_L and Hippocampus_R" in said
    assert "head, hippocampus, gradient: localisation AUC 0.90" in said
    assert "better than all 5 maps that know nothing" in said
    assert "made data" not in said + picture.picture.alt
    singles = [block for block in blocks if isinstance(block, Figure)]
    assert "cam: mean over subjects 0.50" in singles[0].picture.alt
    assert [block.title for block in blocks if isinstance(block, Fold)] == ["Every measure of head, hippocampus"]


def test_what_is_expected_is_never_shown_as_planted(folder):
    results = Results(folder, real())
    picture, blocks = localisation.blocks(results)
    assert picture is None and "the truth of a real cohort is not known" in words(blocks)
    assert localisation.best_method(results) is None and paper(results, "head") is None


def test_a_study_that_expects_nothing_has_no_such_heading(folder):
    assert expected_anatomy.blocks(Results(folder, real(expected={}))) == (None, [])
    titles = [block.text for block in section(Results(folder, real(expected={}))).blocks if block.kind == "heading"]
    assert "Where the literature expects a difference" not in titles
    assert "Shortcuts" in titles


def test_the_text_on_methods_names_what_was_expected_and_calls_it_no_truth(folder):
    said = " ".join(checks(Results(folder, real()), lambda *names: ""))
    assert "Group maps were held against anatomy that the literature expects (hippocampus), which is no truth" in said
    assert "what was planted" not in said

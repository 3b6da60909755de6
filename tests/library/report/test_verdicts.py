import base64
import re

import numpy as np
import pandas
import pytest

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import overview, sanity, verdicts
from voxplain.report.closing import findings
from voxplain.report.marks import MARKS, marks
from voxplain.report.results import Results
from voxplain.sanity.criteria import OUTCOMES

REAL = SETTINGS | {"cohort": SETTINGS["cohort"] | {"source": "hcp"}}


def test_the_section_begins_with_the_verdicts(made_results):
    section = sanity.section(Results(made_results, SETTINGS))
    assert section.blocks[0].text == "Verdicts"
    alt = section.picture.picture.alt
    assert "experiment head: 1 contradicted (gradCam), 1 not contradicted (gradient)." in alt


def test_every_method_has_its_sentence_and_every_criterion_its_row(made_results):
    _, blocks = verdicts.blocks(Results(made_results, SETTINGS))
    texts = [block.text for block in blocks if block.kind == "text"]
    assert any(text.startswith("head, gradCam: contradicted: does not beat edges of the mean T1.") for text in texts)
    assert any("head, gradient: not contradicted: changes; beats matched random maps." in text for text in texts)
    fold = next(block for block in blocks if block.kind == "fold")
    rows = fold.blocks[0].rows
    assert rows[0][:7] == [
        "gradient",
        "model randomisation",
        "passed",
        "0.10",
        "0.05 to 0.15",
        "0.10 (0.00 to 0.20)",
        "0.30",
    ]
    undefined = next(row for row in rows if row[2] == "undefined")
    assert undefined[3:7] == ["", "", "", ""]


def test_the_overview_names_the_verdicts(made_results):
    text = repr(overview.section(Results(made_results, SETTINGS)))
    assert "Checks of maps in experiment brain: 1 contradicted (gradCam), 1 not contradicted (gradient)." in text


def test_the_last_lines_of_a_run_name_the_verdicts(made_results):
    lines = findings(made_results, True)
    assert lines[1] == "Checks of maps in experiment brain: 1 contradicted (gradCam), 1 not contradicted (gradient)."
    assert lines[0].startswith("brain: held-out ") and lines[2].startswith("head: held-out ")


def test_verdicts_on_made_maps_say_so_and_those_on_real_ones_do_not(made_results):
    assert verdicts.MADE in repr(verdicts.blocks(Results(made_results, SETTINGS)))
    real = repr(verdicts.blocks(Results(made_results, REAL)))
    assert "made scans" not in real and "localisation AUC" not in real


def test_a_study_whose_methods_were_not_judged_says_so(tmp_path):
    picture, blocks = verdicts.blocks(Results(tmp_path, SETTINGS))
    assert picture is None and [block.text for block in blocks] == ["No method was judged."]
    assert verdicts.summaries(Results(tmp_path, SETTINGS)) == []


def test_too_few_methods_have_no_correlation_with_localisation(made_results):
    text = repr(verdicts.blocks(Results(made_results, SETTINGS)))
    assert "have no rank correlation, because fewer than 5 methods have both (2 methods)" in text


def test_the_correlation_of_criteria_with_localisation_is_told_with_its_interval(tmp_path):
    root = make_results(tmp_path)
    criteria = pandas.read_csv(root / "sanity/head/criteria.tsv", sep="\t")
    row = criteria[(criteria["outcome"] == "passed")].iloc[[0]]
    names = [f"m{number}" for number in range(6)]
    many = [row.assign(method=name) for number, name in enumerate(names) for _ in range(number + 1)]
    write_table(root / "sanity/head/criteria.tsv", pandas.concat(many).to_dict("records"))
    region = {"effect": "region", "measure": "auc", "value": 0.5}
    aucs = [
        {"method": name, "map": "method", "kind": "method", "auc": 0.5 + number / 20} | region
        for number, name in enumerate(names)
    ]
    write_table(root / "sanity/head/localisation.tsv", aucs)
    text = repr(verdicts._beside_localisation(Results(root, SETTINGS), verdicts._tables(Results(root, SETTINGS))))
    assert "have a rank correlation of 1.00 (95 % interval 1.00 to 1.00) over 6 methods." in text


def test_every_outcome_has_a_mark_of_its_own_shape_or_filling():
    assert set(MARKS) == set(OUTCOMES)
    assert len({(shape, filled) for shape, _, filled in MARKS.values()}) == len(MARKS)


def test_a_column_that_a_row_lacks_stays_empty():
    grid = {"head": {"cam": {"a": "passed", "b": "failed"}, "gradient": {"a": "undefined"}}}
    picture = marks(grid, {"a": "first", "b": "second"}, "1 thing")
    drawn = base64.b64decode(picture.source.split(",")[1]).decode()
    for word in ("passed", "failed", "undefined", "first", "second", "cam", "gradient"):
        assert f">{word}<" in re.sub(r"\s+", " ", drawn)
    assert ">undecided<" not in drawn and ">not tested<" not in drawn


@pytest.mark.parametrize(("methods", "why"), [(4, "fewer than 5 methods have both"), (8, "all pass the same number")])
def test_a_correlation_that_is_not_defined_says_why(methods, why):
    assert why in verdicts.passed_sentence("head", (np.nan,) * 3, methods)

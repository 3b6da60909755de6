"""Verdicts on criteria written by hand: one for each way in which a method can come out."""

import pytest

from voxplain.sanity.criteria import CRITERIA, criteria_table, criterion, not_tested
from voxplain.sanity.verdict import verdict_of, verdicts

NEEDED = ["model_randomisation", "top_layers", "deletion"]


def judged(needed=NEEDED, **outcomes):
    """Verdict and sentence of a method with these outcomes; criteria that are not named were not tested."""
    rows = [
        criterion(name, outcomes[name], f"why of {name}") if name in outcomes else not_tested(name)
        for name in CRITERIA
        if name != "localisation" or name in outcomes
    ]
    row = verdicts(criteria_table({"cam": rows}), needed).iloc[0]
    return row["verdict"], row["sentence"]


def test_everything_fine_is_not_contradicted_and_says_why():
    verdict, sentence = judged(**dict.fromkeys(CRITERIA, "passed"))
    assert verdict == "not contradicted"
    assert sentence.startswith("cam: not contradicted: why of model_randomisation; why of top_layers; ")
    assert "why of localisation" not in sentence and "Not tested" not in sentence


def test_one_failure_contradicts_whatever_passed():
    passed = dict.fromkeys(CRITERIA, "passed")
    verdict, sentence = judged(**passed | {"top_layers": "failed", "input": "failed"})
    assert verdict == "contradicted"
    assert sentence.startswith("cam: contradicted: why of top_layers; why of input. ")
    assert "why of deletion" not in sentence and "Passed: model randomisation, " in sentence


@pytest.mark.parametrize("outcome", ["undecided", "undefined", "not tested"])
def test_a_needed_criterion_that_did_not_pass_is_not_enough(outcome):
    passed = dict.fromkeys(CRITERIA, "passed")
    verdict, sentence = judged(**passed | {"deletion": outcome})
    assert verdict == "not tested enough"
    assert sentence.startswith("cam: not tested enough: why of deletion. Passed: ")


def test_nothing_tested_is_not_enough_and_names_what_is_lacking():
    verdict, sentence = judged()
    assert verdict == "not tested enough"
    assert "model randomisation was not tested; randomisation of the top layers was not tested; deletion" in sentence
    assert "Not tested: likeness with the input, data randomisation, insertion, ROAD, masked input." in sentence


def test_a_study_without_permuted_labels_says_that_they_were_not_tested():
    passed = dict.fromkeys(CRITERIA, "passed")
    del passed["data_randomisation"], passed["localisation"]
    verdict, sentence = judged(**passed)
    assert verdict == "not contradicted" and sentence.endswith("Not tested: data randomisation.")


def test_localisation_on_made_data_decides_nothing():
    passed = dict.fromkeys(CRITERIA, "passed")
    assert judged(**passed | {"localisation": "failed"}) == judged(**passed)
    assert judged(localisation="passed")[0] == "not tested enough"


def test_undecided_and_undefined_criteria_that_are_not_needed_are_named():
    passed = dict.fromkeys(CRITERIA, "passed")
    _, sentence = judged(**passed | {"insertion": "undecided", "road": "undefined"})
    assert sentence.endswith("Undecided: insertion. Undefined: ROAD.")


def test_a_needed_criterion_without_a_row_is_not_enough():
    assert verdict_of({"top_layers": "passed"}, ["deletion"]) == "not tested enough"
    assert verdict_of({}, []) == "not contradicted"


def test_no_sentence_speaks_of_a_score_or_of_a_map_that_may_be_read():
    for outcome in ("passed", "failed", "undecided"):
        _, sentence = judged(**dict.fromkeys(CRITERIA, outcome))
        assert "may be read" not in sentence and "score" not in sentence

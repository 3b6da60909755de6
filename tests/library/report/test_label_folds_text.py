import pytest

from voxplain.report.methods.evaluation import evaluation
from voxplain.report.results import Results

FOLDS = {"k": 5, "repeats": 1, "seeds": [1], "scheme": "kfold"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            {"labels": {"maps": {"scheme": "hold_out", "hold_out": 30}}},
            "Scans were held out by 5-fold cross-validation, stratified by class; for the label maps, 30 subjects of "
            "each class were drawn once; no subject is in two folds.",
        ),
        (
            {"labels": {"maps": {"k": 3, "seed": 2}}},
            "stratified by class; folds of the label maps differ in k and seed; no subject is in two folds.",
        ),
        (
            {"scheme": "hold_out", "hold_out": 4},
            "4 subjects of each class were drawn and held out; no subject is in two folds.",
        ),
    ],
)
def test_the_text_on_methods_says_whose_folds_differ(tmp_path, own, said):
    first = evaluation(Results(tmp_path, {"experiments": {}, "folds": FOLDS | own}), lambda *names: "")[0]
    assert said in first


@pytest.mark.parametrize(
    ("folds", "keep", "said"),
    [
        ({"validation": 0.2}, "loss", "Of what was not held out, 20 % were set aside to choose the epoch, and nothing"),
        ({"validation": 0.2}, "last", "20 % were set aside for choices other than that of the epoch, and nothing"),
        ({"validation": 0.2, "given": {"train": "a", "validation": None, "test": "c"}}, "loss", "20 % were set aside"),
        ({"validation": 0.2, "given": {"train": "a", "validation": "b", "test": "c"}}, "last", "Nothing was fitted on"),
    ],
)
def test_the_text_on_methods_says_what_validation_scans_were_for(tmp_path, folds, keep, said):
    settings = {"experiments": {"one": {"training": {"keep": keep}}}, "folds": FOLDS | folds}
    text = " ".join(evaluation(Results(tmp_path, settings), lambda *names: ""))
    assert said in text and ("%" in text) == ("%" in said)

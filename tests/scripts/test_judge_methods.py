"""The script over tables written by hand, as the checks leave them."""

import numpy as np
import pandas as pd
import pytest

from scripts.judge_methods import judge_methods
from voxplain.sanity.cascade_table import with_undefined
from voxplain.settings.known import default_settings

SANITY = default_settings()["sanity"] | {"bootstrap": 50}
SCANS = [f"sub-{number}" for number in range(6)]


@pytest.fixture
def study(tmp_path):
    """Writes a check's table for a method, and returns its path."""

    def write(method, check, rows):
        path = tmp_path / method / f"{check}.tsv"
        path.parent.mkdir(exist_ok=True)
        with_undefined(pd.DataFrame(rows)).to_csv(path, sep="\t", index=False)
        return path

    return write


def cascade(end):
    found = [("cascade", step, value) for step, value in enumerate((1.0, 0.6 * end + 0.3, end))]
    found += [("unrelated", 2, 0.1), ("input", 0, 0.2)]
    return [
        {"split": "r1f1", "scan": scan, "draw": 1, "step": step, "layer": "x", "kind": kind}
        | {"spearman_abs": value + 0.01 * number}
        for kind, step, value in found
        for number, scan in enumerate(SCANS)
    ]


def areas(method):
    return [
        {
            "split": "r1f1",
            "scan": scan,
            "subject": scan,
            "map": name,
            "measure": "deletion",
            "fill": "mean",
            "weight": 1,
        }
        | {"value": value + 0.01 * number * (name == "method")}
        for name, value in (("method", method), ("random", 0.6), ("centre", 0.5), ("edges", 0.5))
        for number, scan in enumerate(SCANS)
    ]


def test_each_method_is_judged_by_the_tables_in_its_own_folder(study):
    randomised = [study("good", "randomisation", cascade(0.1)), study("edgy", "randomisation", cascade(0.9))]
    scored = [study("edgy", "faithfulness", areas(0.5)), study("good", "faithfulness", areas(0.2))]
    criteria, verdicts = judge_methods(["good", "edgy"], SANITY, randomised=randomised, faithfulness=scored)
    assert verdicts.set_index("method")["verdict"].to_dict() == {"good": "not contradicted", "edgy": "contradicted"}
    assert "Not tested: data randomisation, insertion, masked input." in verdicts["sentence"][0]
    found = criteria.set_index(["method", "criterion"])["outcome"]
    assert found["edgy", "model_randomisation"] == "failed" and found["edgy", "top_layers"] == "failed"


def test_maps_that_are_constant_throughout_are_undefined(study):
    rows = [row | {"spearman_abs": np.nan} for row in cascade(0.1)]
    criteria, verdicts = judge_methods(["cam"], SANITY, randomised=[study("cam", "randomisation", rows)])
    assert verdicts["verdict"][0] == "not tested enough"
    found = criteria.set_index("criterion")["outcome"]
    assert set(found[["model_randomisation", "top_layers", "input"]]) == {"undefined"}


def test_what_lies_beside_is_not_read_and_a_real_study_has_no_localisation(study, tmp_path):
    randomised = [study("good", "randomisation", cascade(0.1))]
    located = {"method": "good", "kind": "method", "subjects": 6, "auc": 0.9, "difference": 0.2}
    located |= {"difference_low": 0.1, "difference_high": 0.3, "closest": "mask"}
    made = tmp_path / "localisation.tsv"
    pd.DataFrame([located]).to_csv(made, sep="\t", index=False)
    real, of_real = judge_methods(["good"], SANITY, randomised=randomised)
    assert "localisation" not in set(real["criterion"])
    criteria, of_made = judge_methods(["good"], SANITY, randomised=randomised, localised=made)
    assert criteria.iloc[-1][["criterion", "outcome"]].tolist() == ["localisation", "passed"]
    assert of_made.equals(of_real)


def test_splits_that_were_all_empty_leave_nothing_tested(tmp_path):
    path = tmp_path / "cam" / "randomisation.tsv"
    path.parent.mkdir()
    path.write_text("split\tscan\tdraw\tstep\tlayer\tkind\tspearman\tspearman_abs\tssim\n")
    criteria, verdicts = judge_methods(["cam"], SANITY, randomised=[path])
    assert set(criteria["outcome"]) == {"not tested"} and verdicts["verdict"][0] == "not tested enough"

"""The five arms, a cohort whose classes differ outside the brain alone, and one whose labels mean nothing; 4 mm."""

import numpy as np
import pandas as pd
import pytest

from tests.workflow.checkout import ROOT, Checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("five_arms")]

ARMS = ["raw", "stripped", "rotated", "scaled", "optimal"]
COHORTS = {
    "shortcuts": ({}, ARMS),
    "outside": ({"region": 0.0, "scale": 0.0, "outside": 1.0}, ARMS[:2]),
    "null": ({"null_cohort": True}, ARMS[:2]),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The two tables of experiments side by side, of each cohort, by its name."""
    tables = {}
    for name, (made, arms) in COHORTS.items():
        checkout = Checkout(tmp_path_factory.mktemp(name))
        wanted = [f"results/{name}/predict/{end}.tsv" for end in ("experiments", "experiments_methods")]
        sized = {"made": {"subjects": 48, "spacing": 4.0} | made}
        asked = ["--config", f"study={name}", f"cohort={sized}", "template={'spacing': 4.0}"]
        asked += [f"baselines={{'side_by_side': {arms}}}"]
        checkout.snakemake(*wanted, *asked, config=ROOT / "config" / "studies" / "demo_shortcuts.yaml")
        scores, methods = (pd.read_csv(checkout.folder / path, sep="\t") for path in wanted)
        tables[name] = scores.set_index("experiment"), methods.set_index(["experiment", "method"])
    return tables


def test_each_arm_has_a_row_with_scores_of_both_sides_that_can_be(found):
    scores, methods = found["shortcuts"]
    assert scores.index.tolist() == ARMS and len(methods) == 2 * len(ARMS)
    for part in ("training", "held_out"):
        means, sds = scores[f"{part}_accuracy"], scores[f"{part}_accuracy_sd"]
        # numbers in [0, 1] of mean m have a variance of at most m (1 - m), three of them 3 / 2 times that with ddof 1
        assert means.between(0, 1).all() and (sds <= np.sqrt(1.5 * means * (1 - means)) + 1e-12).all()
    assert methods["localisation_auc"].notna().all() and methods["outside_share"].between(0, 1).all()


def test_a_cue_outside_the_brain_tells_the_classes_until_it_is_stripped_off(found):
    scores, _ = found["outside"]
    assert scores.loc["raw", "held_out_roc_auc_low"] > 0.5
    assert scores.loc["stripped", "held_out_roc_auc_low"] <= 0.5


def test_labels_that_mean_nothing_are_told_by_nobody(found):
    scores, _ = found["null"]
    assert (scores["held_out_roc_auc_low"] <= 0.5).all()

"""The demo's targets over three cohort seeds; the method is chosen on the first and scored on the others."""

import pandas as pd
import pytest

from tests.workflow.checkout import Checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("seeds")]

WANTED = ["results/demo/predict/brain/scores.tsv", "results/demo/sanity/brain/localisation.tsv"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Balanced accuracy of the network and the localisation rows, by cohort seed."""
    rows = {}
    for seed in (1, 2, 3):
        checkout = Checkout(tmp_path_factory.mktemp(f"seed{seed}"))
        checkout.snakemake(*WANTED, "--config", f"cohort={{'made': {{'seed': {seed}}}}}", config=None)
        scores, maps = (pd.read_csv(checkout.folder / path, sep="\t", na_values="undefined") for path in WANTED)
        scores = scores[scores.split == "all"].set_index(["model", "measure"])["value"]
        rows[seed] = scores, maps[maps.kind == "method"].set_index("method")
    return rows


def test_the_networks_reach_their_target_over_three_cohorts(found):
    accuracies = [scores["network", "balanced_accuracy"] for scores, _ in found.values()]
    sizes = [scores["size", "balanced_accuracy"] for scores, _ in found.values()]
    assert sum(accuracies) / 3 >= 0.85
    assert min(accuracies) >= 0.75
    assert sum(sizes) / 3 <= 0.65


def test_the_method_chosen_on_one_cohort_localises_on_the_others(found):
    best = found[1][1].auc.idxmax()
    aucs = [found[seed][1].auc[best] for seed in (2, 3)]
    assert sum(aucs) / 2 >= 0.80
    assert all(found[seed][1].difference_low[best] > 0 for seed in (2, 3))

"""The demo's targets over three cohort seeds, and a cohort whose labels mean nothing, in which nothing may be found.

The method of the last target but one is chosen on the first cohort and scored on the others.
"""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.checkout import ROOT, Checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("seeds")]

WANTED = ["results/demo/predict/brain/scores.tsv", "results/demo/sanity/brain/localisation.tsv"]
COHORTS = {"1": "'seed': 1", "2": "'seed': 2", "3": "'seed': 3", "null": "'null_cohort': True"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The demo's results by cohort: three seeds, and the first with labels that mean nothing."""
    made = {}
    for name, asked in COHORTS.items():
        checkout = Checkout(tmp_path_factory.mktemp(f"cohort{name}"))
        checkout.snakemake(*WANTED, "--config", f"cohort={{'made': {{{asked}}}}}", config=None)
        made[name] = checkout.folder
    return made


@pytest.fixture(scope="module")
def found(folders):
    """Balanced accuracy of the network and the localisation rows, by cohort seed."""
    rows = {}
    for seed in (1, 2, 3):
        scores, maps = (pd.read_csv(folders[str(seed)] / path, sep="\t", na_values="undefined") for path in WANTED)
        scores = scores[scores.split == "all"].set_index(["model", "measure"])["value"]
        maps = maps.query("kind == 'method' and effect == 'region' and measure == 'auc'")
        rows[seed] = scores, maps.set_index("method")
    return rows


def test_the_networks_reach_their_target_over_three_cohorts(found):
    accuracies = [scores["network", "balanced_accuracy"] for scores, _ in found.values()]
    sizes = [scores["size", "balanced_accuracy"] for scores, _ in found.values()]
    assert sum(accuracies) / 3 >= 0.85
    assert min(accuracies) >= 0.75
    assert sum(sizes) / 3 <= 0.65


def test_the_method_chosen_on_one_cohort_localises_on_the_others(found):
    best = found[1][1].value.idxmax()
    aucs = [found[seed][1].value[best] for seed in (2, 3)]
    assert sum(aucs) / 2 >= 0.80
    assert all(found[seed][1].difference_low[best] > 0 for seed in (2, 3))


def test_in_the_mean_of_three_cohorts_three_methods_beat_every_map_that_knows_nothing(folders):
    tabulate = runpy.run_path(str(ROOT / "docs" / "checks" / "localised_cohorts.py"))
    studies = [folders[seed] / "results" / "demo" for seed in ("1", "2", "3")]
    columns = tabulate["columns"](studies, None, tabulate["demo_settings"](), "brain")
    assert len(tabulate["beating"](columns["mean"])) >= 3


def test_where_labels_mean_nothing_no_method_beats_every_map_that_knows_nothing(folders):
    maps = pd.read_csv(Path(folders["null"]) / WANTED[1], sep="\t", na_values="undefined")
    own = maps.query("kind == 'method' and effect == 'region' and measure == 'auc'")
    assert len(own) == 4 and not (own.difference_low > 0).any()

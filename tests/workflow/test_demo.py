"""The demo as shipped, and its twin without any effect: what it must find, and what it must not."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.checkout import Checkout
from tests.workflow.leftovers import digests

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
VOLUMES = "results/demo/volumes"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("demo"))
    checkout.snakemake(config=None)
    return checkout


def take_volumes(finished, other):
    """Copy what a study's ``finished`` folder of volumes has beyond the ``other``'s, as made now."""
    for path in finished.rglob("*"):
        place = other / path.relative_to(finished)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def scores(checkout, experiment, study="demo"):
    table = pd.read_csv(checkout.folder / f"results/{study}/predict/{experiment}/scores.tsv", sep="\t")
    return table[table.split == "all"].set_index(["model", "measure"])


def test_the_brain_alone_tells_the_classes_apart_and_its_size_does_not(demo):
    found = scores(demo, "brain")
    assert found.loc[("network", "balanced_accuracy"), "value"] >= 0.75
    assert found.loc[("size", "balanced_accuracy"), "value"] <= 0.65


def test_the_outside_of_the_brain_tells_the_classes_apart_as_planted(demo):
    assert scores(demo, "head").loc[("outside", "roc_auc"), "value"] >= 0.75


def test_the_best_method_finds_what_was_planted_better_than_maps_that_know_nothing(demo):
    table = pd.read_csv(demo.folder / "results/demo/sanity/brain/localisation.tsv", sep="\t", na_values="undefined")
    methods = table.query("kind == 'method' and effect == 'region' and measure == 'auc'")
    best = methods.loc[methods.value.idxmax()]
    assert best.value >= 0.70
    assert best.difference_low > 0


def test_nobody_is_left_out(demo):
    ledger = pd.read_csv(demo.folder / "results/demo/cohort/ledger.tsv", sep="\t")
    assert len(ledger) == 72 and set(ledger.status) == {"used"}


def test_every_job_stayed_below_4_gb(demo):
    peaks = [pd.read_csv(path, sep="\t", na_values="-").max_rss.max() for path in demo.folder.rglob("*.benchmark.tsv")]
    assert max(peaks) < 4000


def test_a_cohort_whose_labels_mean_nothing_is_told_apart_at_chance(demo, tmp_path):
    checkout = Checkout(tmp_path)
    asked = "results/demo/predict/brain/scores.tsv", "--config", "cohort={'made': {'null_cohort': True}}"
    checkout.snakemake(*asked, "--until", "extract_scan", "prepare_template", config=None)
    # Its heads are the demo's, so they are not registered again
    archives = Path("data/demo/archives")
    assert digests(tmp_path / archives) == digests(demo.folder / archives) != {}
    take_volumes(demo.folder / VOLUMES, tmp_path / VOLUMES)
    assert "prepare_scan" not in checkout.planned(*asked, config=None)
    checkout.snakemake(*asked, config=None)
    found = scores(checkout, "brain").loc[("network", "balanced_accuracy"), "value"]
    assert abs(found - 0.5) <= 0.17, "2.9 standard deviations of guessing on 72 scans"

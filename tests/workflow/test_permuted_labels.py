"""The demo's brains with twins that learnt permuted labels: the network of the true labels finds the effect best.

By the gradient; what Grad-CAM of twins that know their scans by heart finds is reported in tests/LONG.md, no target.
"""

import pandas as pd
import pytest

from tests.workflow.checkout import Checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("twins")]

METHODS = ("gradient", "grad_cam")
LOCATED = "results/demo/sanity/brain/{}/data_randomisation_localisation.tsv"
LEARNED = "results/demo/train/brain/arms.tsv"
ASKED = "sanity={'permutations': 5, 'permuted_training': {'epochs': 40, 'weight_decay': 0}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("twins"))
    checkout.snakemake(*map(LOCATED.format, METHODS), LEARNED, "--config", ASKED, config=None)
    return checkout.folder


def table(folder, path):
    return pd.read_csv(folder / path, sep="\t", na_values="undefined")


def test_every_twin_knows_its_scans_by_heart(folder):
    arms = table(folder, LEARNED).query("measure == 'balanced_accuracy'")
    assert (arms["training"] >= 0.95).all()
    held_out = arms[arms["arm"] != "true"]["held_out"]
    assert abs(held_out.mean() - 0.5) < 0.15


def test_the_network_of_the_true_labels_finds_the_effect_better_than_every_permuted_one(folder):
    rows = table(folder, LOCATED.format("gradient")).query("effect == 'region'")
    assert len(rows) == 6
    assert (rows.loc[rows["arm"] != "true", "difference"] > 0).all(), rows.to_string()

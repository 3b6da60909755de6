"""Experiments side by side, and scores with an adjustment, are planned where they are asked for and nowhere else."""

import pytest

from tests.workflow.checkout import ROOT, Checkout

pytestmark = pytest.mark.xdist_group("shortcut_planning")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("shortcut_planning"))


def test_the_five_arms_are_described_one_by_one_and_compared_once(checkout):
    planned = checkout.planned(config=ROOT / "config" / "studies" / "demo_shortcuts.yaml")
    assert planned["describe_experiment"] == planned["adjust_scores"] == planned["probe_size"] == 5
    assert planned["compare_experiments"] == planned["pack_input"] == 1 and planned["train_fold"] == 15


def test_a_study_that_asks_for_neither_has_neither(checkout):
    planned = checkout.planned()
    assert not {"describe_experiment", "compare_experiments", "adjust_scores"} & set(planned)


def test_matched_scores_are_of_every_experiment(checkout):
    planned = checkout.planned("--config", "baselines={'matched': {'Age': 'exact'}}")
    assert planned["adjust_scores"] == 2 and "compare_experiments" not in planned

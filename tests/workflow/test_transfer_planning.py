"""The ready study of transfer learning trains its two arms alike, before any work."""

import pytest
import yaml

from tests.workflow.checkout import ROOT, Checkout
from voxplain.settings.pretraining import pairs

pytestmark = pytest.mark.xdist_group("planning")
STUDY = ROOT / "config" / "studies" / "demo_transfer.yaml"


def test_the_arms_differ_in_their_pretraining_alone():
    experiments = yaml.safe_load(STUDY.read_text())["experiments"]
    assert list(experiments) == ["anew", "pretrained"]
    assert pairs(experiments) == [("pretrained", "anew")]


def test_both_arms_are_trained_on_the_same_folds_and_one_of_them_has_encoders(tmp_path):
    planned = Checkout(tmp_path).planned(config=STUDY)
    assert planned["make_folds"] == planned["pack_input"] == planned["compare_experiments"] == 1
    assert planned["compare_pretraining"] == 1
    assert planned["pretrain_encoder"] == 3 and planned["train_fold"] == 6
    assert planned["explain_split"] == 2 * 3 * 3

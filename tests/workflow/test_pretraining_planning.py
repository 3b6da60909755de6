"""Which networks start from an encoder that learnt first, before any work."""

import pytest
import yaml

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("planning")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("pretraining"))


def planned(checkout, **started):
    one = {"input": "affine", "network": {"name": "mrinet", "width": 2}}
    settings = {
        "experiments": {"plain": one, "started": one | started},
        "methods": [{"name": "gradient", "method": "gradient", "target": 1}],
    }
    (checkout.folder / "pretraining.yaml").write_text(yaml.safe_dump(settings))
    return checkout.planned(config=checkout.folder / "pretraining.yaml").get("pretrain_encoder", 0)


def test_each_split_of_the_experiment_that_asks_for_it_has_an_encoder_of_its_own(checkout):
    assert planned(checkout, pretrain={"epochs": 2}) == 3
    assert planned(checkout) == 0


def test_all_that_is_tried_starts_from_the_same_encoder(checkout):
    search = {"training.learning_rate": [1.0e-3, 1.0e-4]}
    assert planned(checkout, pretrain={"epochs": 2}, search=search) == 3

"""Which experiments are held against size, and what is told covariates, before any work."""

import pytest
import yaml

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("planning")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("size"))


def planned(checkout, *, scaled, **sanity):
    one = {"input": "own", "network": {"name": "mrinet", "width": 2}}
    settings = {
        "inputs": {"own": {"transform": "rigid", "strip": "archive"}},
        "experiments": {"plain": one, "scaled": one | {"augmentation": {"optimal_scaling": scaled}}},
        "methods": [{"name": "gradient", "method": "gradient", "target": 1}],
        "sanity": sanity,
    }
    (checkout.folder / "size.yaml").write_text(yaml.safe_dump(settings))
    return checkout.planned(config=checkout.folder / "size.yaml").get("probe_size", 0)


def test_experiments_scaled_towards_each_other_are_held_against_size(checkout):
    assert planned(checkout, scaled=True) == 1
    assert planned(checkout, scaled=False) == 0


def test_all_experiments_are_where_a_share_is_given_and_none_where_it_is_0(checkout):
    assert planned(checkout, scaled=False, size_change=0.02) == 2
    assert planned(checkout, scaled=True, size_change=0) == 0

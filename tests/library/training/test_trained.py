import json

import pytest
import torch

from voxplain.errors import InputError
from voxplain.networks.build import build
from voxplain.training.trained import built, read_trained, write_trained

SHAPE = (22, 24, 26)
CARD = {"network": {"name": "mrinet", "width": 2}, "input_shape": SHAPE, "classes": ["F", "M"]}


def test_a_network_comes_back_with_its_weights_in_evaluation_mode(tmp_path):
    network = build("mrinet", SHAPE, width=2).eval()
    write_trained(tmp_path / "one.pt", tmp_path / "one.card.json", network.state_dict(), CARD)
    found, card = read_trained(tmp_path / "one.pt", tmp_path / "one.card.json")
    batch = torch.rand(2, 1, *SHAPE)
    assert not found.training and torch.equal(found(batch), network(batch))
    assert card["versions"]["torch"] == torch.__version__ and card["classes"] == ["F", "M"]


def test_weights_are_a_plain_state_dict(tmp_path):
    network = build("mrinet", SHAPE, width=2)
    write_trained(tmp_path / "one.pt", tmp_path / "one.card.json", network.state_dict(), CARD)
    weights = torch.load(tmp_path / "one.pt", weights_only=True)
    assert weights.keys() == network.state_dict().keys()


def test_an_empty_result_is_named_and_has_no_network(tmp_path):
    write_trained(tmp_path / "one.pt", tmp_path / "one.card.json", None, CARD | {"empty": "nothing held out"})
    network, card = read_trained(tmp_path / "one.pt", tmp_path / "one.card.json")
    assert network is None and card["empty"] == "nothing held out"
    assert torch.load(tmp_path / "one.pt", weights_only=True) == {}


def test_weights_of_another_network_are_one_line(tmp_path):
    write_trained(tmp_path / "one.pt", tmp_path / "c.json", build("mrinet", SHAPE, width=4).state_dict(), CARD)
    with pytest.raises(InputError) as caught:
        read_trained(tmp_path / "one.pt", tmp_path / "c.json")
    assert "not the weights of" in str(caught.value) and "\n" not in str(caught.value)


def test_the_same_seed_builds_the_same_network(tmp_path):
    card = json.loads(json.dumps(CARD))
    torch.manual_seed(3)
    first = built(card)
    torch.manual_seed(3)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), built(card).parameters(), strict=True))


def test_covariates_of_the_card_are_inputs_of_the_network():
    sex, age = {"kind": "values", "values": {"F": 1, "M": 0}}, {"kind": "number", "mean": 30.0, "sd": 3.0}
    network = {"name": "s500_cnn", "width": 2}
    card = {"network": network, "input_shape": (76, 76, 76), "classes": [], "covariates": {"Gender": sex, "Age": age}}
    assert built(card).covariates == 2
    assert built(card).classifier.out_features == 1

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


@pytest.fixture
def left(tmp_path):
    """Paths of the weights and the card of a network."""
    paths = tmp_path / "one.pt", tmp_path / "one.card.json"
    write_trained(*paths, build("mrinet", SHAPE, width=2).state_dict(), CARD)
    return paths


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_weights_cut_short_are_one_line(left, share):
    content = left[0].read_bytes()
    left[0].write_bytes(content[: int(share * len(content))])
    card = json.loads(left[1].read_text())
    for known in (card, {name: value for name, value in card.items() if name != "checksum"}):
        left[1].write_text(json.dumps(known))
        with pytest.raises(InputError, match="train this split again$") as caught:
            read_trained(*left)
        assert "one.pt: " in str(caught.value) and "\n" not in str(caught.value)


def test_a_flipped_bit_of_the_weights_is_found(left):
    content = bytearray(left[0].read_bytes())
    content[len(content) // 2] ^= 4
    left[0].write_bytes(content)
    with pytest.raises(InputError, match="one.pt: differs from the checksum on its card; train this split again"):
        read_trained(*left)


def test_a_card_of_before_versions_is_read_and_one_of_a_newer_format_is_refused(left):
    card = json.loads(left[1].read_text())
    assert card["format_version"] == 1
    left[1].write_text(json.dumps({name: card[name] for name in CARD}))
    assert read_trained(*left)[0] is not None
    left[1].write_text(json.dumps(card | {"format_version": 2}))
    with pytest.raises(InputError, match="one.card.json: format version 2, expected 1; read it with the newer"):
        read_trained(*left)


def test_a_card_that_is_not_one_is_one_line(left):
    left[1].write_text(left[1].read_text()[:40])
    with pytest.raises(InputError, match="one.card.json: not a card .*; train this split again$"):
        read_trained(*left)

"""A trained network as files: plain weights, and a card that says how to build it and where it came from."""

import json
from importlib.metadata import version

import torch

from voxplain.errors import InputError
from voxplain.networks.build import build
from voxplain.runtime import written_whole

VERSIONS = ("torch", "numpy", "torchio", "h5py")


def write_trained(weights_path, card_path, weights, card):
    """Leave a state dict and its card; ``weights`` None: an empty result, named by the card's ``empty``."""
    with written_whole(weights_path) as part:
        torch.save(weights or {}, part)
    with written_whole(card_path) as part:
        part.write_text(json.dumps(card | {"versions": {name: version(name) for name in VERSIONS}}, indent=2) + "\n")


def read_card(path):
    """The card of a trained network: network, input_shape, classes, experiment, split, seed, scans, best_epoch."""
    with open(path) as file:
        return json.load(file)


def read_trained(weights_path, card_path):
    """The trained network in evaluation mode and its card; the network is None when the card says that it is empty.

    Raises `InputError` where the weights are not those of the card's network.
    """
    card = read_card(card_path)
    if card.get("empty"):
        return None, card
    network = built(card)
    try:
        network.load_state_dict(torch.load(weights_path, map_location="cpu", weights_only=True))
    except RuntimeError as error:
        raise InputError(f"{weights_path}: not the weights of {card['network']}; train this split again") from error
    return network.eval(), card


def built(card):
    """The network that a card describes, untrained, its weights drawn from torch's random state."""
    options = {name: value for name, value in card["network"].items() if name != "name"}
    return build(card["network"]["name"], tuple(card["input_shape"]), classes=len(card["classes"]), **options)

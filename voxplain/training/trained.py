"""A trained network as files: plain weights, and a card that says how to build it and where it came from."""

import json
from importlib.metadata import version

import torch

from voxplain.errors import InputError
from voxplain.networks.build import build
from voxplain.runtime import written_whole
from voxplain.store import Volumes
from voxplain.training.normalisation import NEEDS, normalised
from voxplain.training.streams import seed_of
from voxplain.training.weight_files import checksum, read_tensors

PREFIX = "normalisation."
VERSIONS = ("torch", "numpy", "torchio", "h5py")
FORMAT_VERSION = 1
AGAIN = "train this split again"


def write_trained(weights_path, card_path, weights, card, normalisation=None):
    """Leave a state dict and its card; ``weights`` None: an empty result, named by the card's ``empty``.

    ``normalisation``, what was fitted (see `normalisation.fitted`), lies in the same file, its names after a prefix.
    The card also has the weights' ``checksum``, ``versions`` and its own ``format_version``.
    """
    fitted = {f"{PREFIX}{name}": tensor for name, tensor in (normalisation or {}).items()}
    with written_whole(weights_path) as part:
        torch.save(weights | fitted if weights else {}, part)
    card = card | {"versions": {name: version(name) for name in VERSIONS}, "format_version": FORMAT_VERSION}
    with written_whole(card_path) as part:
        part.write_text(json.dumps(card | {"checksum": checksum(weights_path)}, indent=2) + "\n")


def read_card(path):
    """The card of a trained network: network, input_shape, task, classes, experiment, split, seed, scans, best_epoch.

    And where there is something to say: ``target`` {mean, sd} of a regression, ``covariates``, ``seen`` [[start, stop]]
    of each axis and ``unseen_brain``, ``preset``, ``arm``, ``normalisation``, ``channels``, ``empty``, and
    ``scans_at_once`` where memory ran out. Cards of before there was a ``format_version`` are read too.
    Raises `InputError` for one that is damaged or newer.
    """
    try:
        with open(path) as file:
            card = json.load(file)
    except ValueError as error:
        raise InputError(f"{path}: not a card ({error}); {AGAIN}") from error
    found = card.get("format_version", FORMAT_VERSION)
    if found > FORMAT_VERSION:
        raise InputError(
            f"{path}: format version {found}, expected {FORMAT_VERSION}; read it with the newer voxplain that wrote it "
            f"or {AGAIN}"
        )
    return card


def read_trained(weights_path, card_path):
    """The trained network in evaluation mode and its card; the network is None when the card says that it is empty.

    Raises `InputError` where the weights are damaged or not those of the card's network.
    """
    card = read_card(card_path)
    if card.get("empty"):
        return None, card
    network = built(card)
    saved = read_tensors(weights_path, AGAIN, card.get("checksum"))
    try:
        network.load_state_dict({name: tensor for name, tensor in saved.items() if not name.startswith(PREFIX)})
    except RuntimeError as error:
        raise InputError(f"{weights_path}: not the weights of {card['network']}; {AGAIN}") from error
    return network.eval(), card


def shown_volumes(store, scans, mask, weights_path, card, changed=None):
    """Volumes of ``scans`` as the trained network is shown them: masked, and normalised as its training scans say.

    ``changed`` gives other volumes in place of the store's, before they are normalised.
    Raises `InputError` where the file of weights does not hold what the card's normalisation needs.
    """
    volumes, kind = Volumes(store, scans, mask), card.get("normalisation", "none")
    volumes = changed(volumes) if changed else volumes
    if kind == "none":
        return volumes
    saved = read_tensors(weights_path, AGAIN)
    found = {name.removeprefix(PREFIX): tensor for name, tensor in saved.items() if name.startswith(PREFIX)}
    if set(found) != set(NEEDS[kind]):
        raise InputError(f"{weights_path}: what {kind} fitted is not with the weights; {AGAIN}")
    return normalised(volumes, kind, found)


def built(card, brain=None):
    """The network that a card describes, untrained, its weights drawn from torch's random state; see `build`."""
    options = {name: value for name, value in card["network"].items() if name != "name"}
    if card.get("channels", 1) > 1:
        options["channels"] = card["channels"]
    if card.get("covariates"):
        options["covariates"] = len(card["covariates"])
    classes = len(card["classes"]) or None
    return build(card["network"]["name"], tuple(card["input_shape"]), classes=classes, brain=brain, **options)


def never_trained(card, seed):
    """The network that a card describes, in evaluation mode, with weights that ``seed`` and its split alone decide."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed_of(seed, card["split"]))
        return built(card).eval()

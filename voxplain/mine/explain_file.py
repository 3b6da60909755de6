"""The map of one image by somebody's own network, from their files."""

import hashlib
import logging
from pathlib import Path

import torch
from torch import nn

from voxplain import __version__
from voxplain.attribution.attribute import attribute
from voxplain.attribution.maps import over_channels
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked
from voxplain.errors import SettingsError
from voxplain.mine.answer import first_answer
from voxplain.mine.explanation import Explanation
from voxplain.mine.image import read_image
from voxplain.mine.intensity import as_shown
from voxplain.mine.model import own_model
from voxplain.mine.option_images import with_images
from voxplain.mine.weights import load_weights
from voxplain.networks.options import check_choice
from voxplain.training.devices import chosen_device

DEVICES = "cpu", "gpu", "auto"

log = logging.getLogger("voxplain")


def explain_file(
    model,
    volume,
    method="grad_cam",
    *,
    weights=None,
    model_options=None,
    channels=None,
    axes=None,
    intensity="none",
    target="predicted",
    score=None,
    device="cpu",
    **options,
):
    """The `Explanation` of the NIfTI or picture in the file ``volume`` by any network: its map on the image's own grid.

    ``model`` is a network, a function that builds one, or where that is written, ``"file.py:builder"`` or
    ``"package.module:builder"``; ``model_options`` are the builder's keywords and ``weights`` a file with the state
    dict. ``channels`` (1 or 3) makes a picture grey or coloured, ``axes`` (such as ``"RAS"``) turns a volume as the
    network knows it, ``intensity`` scales its values, see `read_image` and `as_shown`. ``method``, ``target``,
    ``score`` and ``options`` are those of `voxplain.attribute`. A network that is built here runs on ``device``, cpu,
    gpu or auto; one that is given stays where it is, and as it is. Raises InputError for a file or builder that will
    not do, SettingsError for a wrong option and UnsupportedModel for a network that the method does not hold for.

    >>> voxplain.explain_file("my_net.py:build", "scan.nii.gz", "grad_cam", weights="net.pt").write("maps")
    """
    given = isinstance(model, nn.Module)
    if given and weights is not None:
        raise SettingsError("weights are given, but so is the network itself; load them into it, or name its builder")
    check_choice("device", device, DEVICES)
    image = read_image(volume, channels)
    shown = as_shown(image.turned(image.data, axes), intensity, image.name)
    network = own_model(model, model_options)
    if weights is not None:
        load_weights(network, weights)
    first = next((one for one in network.parameters() if one.is_floating_point()), torch.empty(0))
    if not given:
        network = network.to(chosen_device(device))
    volumes = torch.from_numpy(shown)[None].to(first.device if given else chosen_device(device), first.dtype)
    read = with_images(options, image, volumes, axes=axes, intensity=intensity)
    outputs = first_answer(network, volumes, image.name)
    with notes() as said:
        maps = attribute(network, volumes, method, target=target, score=score, **read)[0]
    maps = image.turned_back(maps.float().cpu().numpy(), axes)
    about = {"method": method, "options": _plain(options), "notes": said, "map_is_zero": not maps.any()}
    about |= _question(outputs, target, score) | {"model": _named(model), "model_options": model_options or {}}
    about |= {"weights": _identity(weights), "volume": _identity(volume), "volume_notes": image.notes}
    about |= {"shape": list(image.shape), "channels": len(image.data), "axes": axes, "intensity": intensity}
    about["versions"] = {"voxplain": __version__, "torch": torch.__version__}
    log.info("%s by %s: outputs %s", image.name, method, ", ".join(f"{one:.4g}" for one in about["outputs"]))
    if about["map_is_zero"]:
        log.warning("%s by %s: the map is zero everywhere", image.name, method)
    return Explanation(over_channels(maps), maps, image, about)


def _question(outputs, target, score):
    """What is explained, and what the network says: its outputs, the largest of them, and the value of the score."""
    outputs = outputs.float().cpu()
    told = {"outputs": outputs.tolist(), "predicted": int(outputs.argmax())}
    if isinstance(target, tuple | list) and target and isinstance(target[0], str):
        return told | {"target": list(target), "class": None, "score": None, "explained": None}
    question = asked(nn.Identity(), target, score or ("log_odds" if len(outputs) == 2 else "logit"), outputs[None])
    told["class"] = told["predicted"] if question.classes is None else int(question.classes[0])
    told["target"] = target if target == "predicted" else told["class"]
    return told | {"score": question.score, "explained": float(question.scores(outputs[None])[0])}


def _identity(path):
    """Name and checksum of a file; None of none."""
    if path is None:
        return None
    with open(path, "rb") as file:
        return {"file": Path(path).name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _named(model):
    if isinstance(model, str):
        return model
    return type(model).__qualname__ if isinstance(model, nn.Module) else getattr(model, "__qualname__", repr(model))


def _plain(value):
    """Options as JSON has them; of a tensor its shape."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "shape"):
        return f"an array of shape {tuple(value.shape)}"
    return value if isinstance(value, str | int | float | bool | None) else repr(value)

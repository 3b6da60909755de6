"""Weights that somebody saved, put into the network that they are of."""

import pickle
import warnings
from pathlib import Path

import torch

from voxplain.cohort.wording import counted, shown
from voxplain.errors import InputError

WRAPPERS = "state_dict", "model_state_dict", "model"
# what nn.DataParallel, torch.compile and Lightning put before every name
PREFIXES = "module.", "_orig_mod.", "model.", "net."
SAVED_BY_TORCH = b"PK", b"\x80"  # a zip archive, and before it a pickle
COUNTER = "num_batches_tracked"
NAMED = 3  # weights that a message names


def load_weights(model, path):
    """Put the state dict in the file ``path`` into ``model``; every weight must have its own, of the same shape.

    A state dict may lie within a checkpoint, and its names may have been prefixed by ``nn.DataParallel``,
    ``torch.compile`` or Lightning. Nothing but tensors and plain values is unpickled. Raises InputError, in one line
    with the names that do not fit, and changes nothing, where the file is something else or of another network.
    """
    saved, own = _saved(path), model.state_dict()
    while prefix := next((one for one in PREFIXES if _all_begin(saved, one) and not _all_begin(own, one)), None):
        saved = {key.removeprefix(prefix): tensor for key, tensor in saved.items()}
    name = Path(path).name
    lacking = [key for key in own if key not in saved and not key.endswith(COUNTER)]
    beside = [key for key in saved if key not in own]
    if lacking or beside:
        faults = [f"it lacks {_listed(lacking)} of the network"] * bool(lacking)
        faults += [f"it has {_listed(beside)}, which the network has not"] * bool(beside)
        raise InputError(f"{name}: {' and '.join(faults)}; build the network that it was saved from")
    unlike = [key for key in saved if getattr(saved[key], "shape", None) != getattr(own[key], "shape", None)]
    if unlike:
        key = unlike[0]
        more = f", and {len(unlike) - 1} more are of another shape" if len(unlike) > 1 else ""
        raise InputError(
            f"{name}: {key} has shape {tuple(saved[key].shape)}, but {tuple(own[key].shape)} in the network{more}; "
            "build it with the classes, channels and width that it was saved with"
        )
    model.load_state_dict(saved, strict=False)


def _saved(path):
    path = Path(path)
    if path.suffix in (".npz", ".h5", ".keras", ".onnx"):
        hint = "load it in the builder, with voxplain.networks.weights.load_published where that reads it"
        raise InputError(f"{path.name}: not a state dict of torch; {hint}")
    try:
        with path.open("rb") as file:
            if not file.read(4).startswith(SAVED_BY_TORCH):
                raise ValueError("torch did not save it")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of TorchScript, which is refused anyway
            saved = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; correct the path of the weights") from None
    except pickle.UnpicklingError:
        raise InputError(
            f"{path.name}: more than a state dict, such as a whole network, which could run anything when it is read; "
            "save network.state_dict() with torch.save"
        ) from None
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, IndexError, AttributeError, TypeError) as fault:
        hint = "save network.state_dict() with torch.save"
        raise InputError(f"{path.name}: cannot be read as a state dict ({shown(fault)}); {hint}") from None
    for wrapper in WRAPPERS:
        if isinstance(saved, dict) and isinstance(saved.get(wrapper), dict):
            saved = saved[wrapper]
    if not isinstance(saved, dict) or not saved or not all(isinstance(one, torch.Tensor) for one in saved.values()):
        found = "an empty state dict" if saved == {} else f"a {type(saved).__name__} and no state dict"
        raise InputError(f"{path.name}: {found}; save network.state_dict() with torch.save")
    broken = [key for key, tensor in saved.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if broken:
        raise InputError(f"{path.name}: NaN or infinity in {_listed(broken)}; take the weights of an earlier epoch")
    return saved


def _all_begin(names, prefix):
    return all(name.startswith(prefix) for name in names)


def _listed(keys):
    more = f" and {counted(len(keys) - NAMED, 'more weight')}" if len(keys) > NAMED else ""
    return ", ".join(shown(key) for key in keys[:NAMED]) + more

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.errors import InputError
from voxplain.mine.model import own_model
from voxplain.mine.weights import load_weights


def same(network, other):
    return all(torch.equal(tensor, other.state_dict()[key]) for key, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    "saved",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model_state_dict": {f"module.{key}": one for key, one in state.items()}},
        lambda state: {f"_orig_mod.module.{key}": one for key, one in state.items()},
        lambda state: {"state_dict": {f"model.{key}": one for key, one in state.items()}, "hyper_parameters": {"a": 1}},
        lambda state: {key: one.double() for key, one in state.items()},
    ],
    ids=["plain", "wrapped", "parallel", "compiled", "lightning", "double"],
)
def test_a_state_dict_is_found_in_what_trainings_save(mine, saved):
    trained = own_model("net.py:build")
    with torch.no_grad():
        for one in trained.parameters():
            one.add_(torch.arange(one.numel(), dtype=one.dtype).view_as(one) / 7)
    torch.save(saved(trained.state_dict()), "trained.pt")
    network = own_model("net.py:build")
    load_weights(network, "trained.pt")
    assert same(network, trained)


def test_a_counter_of_batch_norm_may_be_missing(tmp_path):
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    saved = {key: one + 1 for key, one in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    torch.save(saved, tmp_path / "old.pt")
    load_weights(network, tmp_path / "old.pt")
    assert torch.equal(network[1].running_mean, saved["1.running_mean"])


class Trap:
    def __reduce__(self):
        return (open, ("trapped", "w"))


@pytest.mark.parametrize(
    ("save", "line"),
    [
        (lambda net: torch.save(own_model("net.py:build", {"classes": 3}).state_dict(), "bad.pt"),
         "bad.pt: head.weight has shape (3, 8), but (2, 8) in the network, and 1 more are of another shape; build it"),
        (lambda net: torch.save({"first.weight": net.first.weight.data, "last.bias": torch.ones(2)}, "bad.pt"),
         "bad.pt: it lacks first.bias, second.weight, second.bias and 2 more weights of the network and it has "
         "last.bias, which the network has not; build the network that it was saved from"),
        (lambda net: torch.save(net, "bad.pt"), "bad.pt: more than a state dict, such as a whole network"),
        (lambda net: torch.save({"state_dict": Trap()}, "bad.pt"), "bad.pt: more than a state dict"),
        (lambda net: torch.save([1, 2], "bad.pt"), "bad.pt: a list and no state dict; save network.state_dict()"),
        (lambda net: torch.save(torch.ones(3), "bad.pt"), "bad.pt: a Tensor and no state dict"),
        (lambda net: torch.save({}, "bad.pt"), "bad.pt: an empty state dict"),
        (lambda net: torch.jit.save(torch.jit.trace(nn.ReLU(), torch.ones(1)), "bad.pt"), "bad.pt: cannot be read"),
        (lambda net: Path("bad.pt").write_text("weights, they said"),
         "bad.pt: cannot be read as a state dict (torch did not save it); save network.state_dict() with torch.save"),
        (lambda net: Path("bad.pt").write_bytes(b""), "bad.pt: cannot be read as a state dict (torch did not save it)"),
        (lambda net: Path("bad.pt").write_bytes(b"PK\x03\x04 and no more"), "bad.pt: cannot be read as a state dict"),
        (lambda net: np.savez("bad.npz", np.ones(3)), "bad.npz: not a state dict of torch; load it in the builder"),
        (lambda net: torch.save(net.state_dict() | {"head.bias": torch.tensor([1.0, float("nan")])}, "bad.pt"),
         "bad.pt: NaN or infinity in head.bias; take the weights of an earlier epoch"),
        (lambda net: None, "bad.pt: there is no such file; correct the path of the weights"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_named_in_one_line_and_change_nothing(mine, save, line):
    network = own_model("net.py:build")
    save(network)
    before = pickle.loads(pickle.dumps(network.state_dict()))
    with pytest.raises(InputError) as caught:
        load_weights(network, "bad.npz" if "npz" in line else "bad.pt")
    assert line in str(caught.value) and "\n" not in str(caught.value)
    assert all(torch.equal(one, before[key]) for key, one in network.state_dict().items())
    assert not (mine.folder / "trapped").exists()

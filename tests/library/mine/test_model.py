import sys

import pytest
import torch
from torch import nn

from voxplain.errors import InputError, SettingsError
from voxplain.mine.model import own_model


def test_a_function_in_a_file_finds_its_neighbours_and_leaves_the_path_as_it_was(mine):
    before = sys.path[:]
    assert own_model("net.py:build", {"classes": 3}).head.out_features == 3
    assert own_model(f"{mine.folder}/net.py:Net").first.out_channels == 4
    assert sys.path == before


def test_a_module_is_found_from_the_current_folder_behind_all_that_is_installed(mine):
    (mine.folder / "own_package").mkdir()
    (mine.folder / "own_package" / "nets.py").write_text("from torch import nn\n\ndef one():\n    return nn.ReLU()\n")
    (mine.folder / "torch.py").write_text("raise RuntimeError\n")
    assert isinstance(own_model("own_package.nets:one"), nn.ReLU)
    assert isinstance(own_model("torch.nn:Identity"), nn.Identity)


def test_a_network_of_voxplains_own_is_built_by_its_name():
    options = {"name": "mrinet", "input_shape": [22, 26, 24], "width": 2}
    assert own_model("voxplain.networks.build:build", options).cam_layer


def test_a_network_or_a_function_serves_as_it_is(mine):
    network = nn.ReLU()
    assert own_model(network) is network
    assert own_model(lambda width: nn.Linear(width, 2), {"width": 5}).in_features == 5
    assert own_model("net.py:ready").head.out_features == 4
    with pytest.raises(SettingsError, match="built already"):
        own_model(network, {"width": 3})


def test_weights_that_a_builder_draws_are_the_same_each_time_and_cost_no_random_state(mine):
    torch.manual_seed(9)
    state = torch.get_rng_state()
    first, second = (own_model("net.py:build").head.weight for _ in range(2))
    assert torch.equal(first, second) and torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("where", "options", "line"),
    [
        ("net.py", {}, 'model is "net.py"; say where its builder is, file.py:builder or package.module:builder'),
        ("net.py:2", {}, 'model is "net.py:2"; say where its builder is, file.py:builder or package.module:builder'),
        ("nets.py:build", {}, "nets.py: there is no such file from"),
        ("net.py:biuld", {}, 'net.py: no builder "biuld" in it; it has build'),
        ("net.py:WIDE", {}, "net.py:WIDE is a int; name a function that returns a torch.nn.Module"),
        ("net.py:number", {}, "net.py:number returns a int; let it return a torch.nn.Module"),
        ("net.py:broken", {}, "net.py:broken fails without options (ValueError: no such width); mend it"),
        ("net.py:build", {"depth": 3}, "net.py:build fails with {'depth': 3} (TypeError: Net.__init__() got an"),
        ("no_such_package.nets:one", {}, 'no module "no_such_package" is installed or in'),
        ("torch.no_such_part:one", {}, 'no module "torch.no_such_part" is installed or in'),
        ("wrong.py:one", {}, "wrong.py: cannot be imported (SyntaxError:"),
        ("needy.py:one", {}, "needy.py: cannot be imported (ModuleNotFoundError: No module named 'no_such_need')"),
        ("leaving.py:one", {}, "leaving.py: cannot be imported (SystemExit: 3)"),
        ("net.txt/build:one", {}, "net.txt/build: there is no such file"),
    ],
)
def test_what_cannot_be_built_is_said_in_one_line(mine, where, options, line):
    (mine.folder / "wrong.py").write_text("def one(:\n")
    (mine.folder / "needy.py").write_text("import no_such_need\n")
    (mine.folder / "leaving.py").write_text("import sys\n\nsys.exit(3)\n")
    with pytest.raises((InputError, SettingsError)) as caught:
        own_model(where, options)
    assert line in str(caught.value) and "\n" not in str(caught.value)

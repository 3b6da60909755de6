"""Names of the networks and where each is written; importing this imports none of them."""

import ast
from difflib import get_close_matches
from pathlib import Path

from voxplain.errors import SettingsError

_NETWORKS = {
    "adni_cnn": "voxplain.networks.adni_cnn:adni_cnn",
    "korolev_cnn": "voxplain.networks.korolev_cnn:korolev_cnn",
    "monai_densenet": "voxplain.networks.monai_densenet:monai_densenet",
    "monai_resnet": "voxplain.networks.monai_resnet:monai_resnet",
    "mrinet": "voxplain.networks.mrinet:mrinet",
    "s500_cnn": "voxplain.networks.s500_cnn:s500_cnn",
    "sfcn": "voxplain.networks.sfcn:sfcn",
    "slab_cnn": "voxplain.networks.slab_cnn:slab_cnn",
    "slab_resnet": "voxplain.networks.slab_cnn:slab_resnet",
    "small_elu": "voxplain.networks.small_elu:small_elu",
    "vae_age": "voxplain.networks.vae_age:vae_age",
    "vox_cnn": "voxplain.networks.vox_cnn:vox_cnn",
    "vox_resnet": "voxplain.networks.vox_resnet:vox_resnet",
    "vox_resnet_cam": "voxplain.networks.vox_resnet_cam:vox_resnet_cam",
}


def networks():
    """Names of all networks that ``build`` knows."""
    return list(_NETWORKS)


def network_module(name):
    """Dotted name of the module that holds the network ``name``."""
    return _place(name).partition(":")[0]


def network_function(name):
    """Name, inside its module, of the function that builds the network ``name``."""
    return _place(name).partition(":")[2]


def network_options(name):
    """Names of the options of the network ``name``, read from its file without importing it, and those of `build`."""
    file = Path(__file__).with_name(f"{network_module(name).rpartition('.')[2]}.py")
    wanted = network_function(name)
    tree = ast.parse(file.read_text())
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == wanted)
    return [argument.arg for argument in function.args.kwonlyargs] + ["padding"]


def _place(name):
    if name not in _NETWORKS:
        near = get_close_matches(str(name), _NETWORKS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known networks: {', '.join(_NETWORKS)}"
        raise SettingsError(f'unknown network "{name}"; {hint}')
    return _NETWORKS[name]

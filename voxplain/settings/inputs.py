"""One entry of ``inputs``: its defaults, its recipe, and what does not go together."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion

ONE_INPUT = {"transform": "fast", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 600}
ONE_INPUT |= {"recipe": None, "channels": ["intensity"]}
ONE_INPUT |= {"engine": "ants", "strip_weights": None, "denoise": False}
OWN_STRIPPERS = "hd-bet", "synthstrip"
WITHOUT_WARP = "none", "rigid", "similarity", "affine"
# Channels of shape, and the transforms that leave nothing in them.
EMPTY_AFTER = {"log_jacobian": ("none", "rigid"), "log_jacobian_nonlinear": WITHOUT_WARP}


def complete_input(name, own, known):
    """The entry ``own`` of ``inputs`` over what its recipe, one of ``known``, and the defaults say."""
    recipe = own.get("recipe")
    if recipe and recipe not in known:
        hint = suggestion(recipe, list(known))
        raise SettingsError(f'setting "inputs.{name}.recipe" is "{recipe}", which is no recipe; {hint}')
    one = ONE_INPUT | known.get(recipe, {}) | own
    if recipe and known[recipe]["transform"] == "none" != one["transform"]:
        raise SettingsError(
            f'setting "inputs.{name}.transform" is {one["transform"]}, but recipe {recipe} does not register; '
            "leave out one of the two"
        )
    if recipe and one["transform"] == "none" and one["strip"] in ("none", "template"):
        raise SettingsError(
            f'setting "inputs.{name}.strip" is {one["strip"]}, which finds the brain by registration, but recipe '
            f"{recipe} does not register; use archive or ants"
        )
    for channel in one["channels"]:
        if one["transform"] in EMPTY_AFTER.get(channel, ()):
            raise SettingsError(
                f'setting "inputs.{name}.channels" has {channel}, which is empty after transform '
                f"{one['transform']}; leave it out or set another transform"
            )
    return one


def agree_on_engines(inputs):
    """Tools that the user installs are used only where all that they need is named."""
    weights = {}
    for name, one in inputs.items():
        strip, given = one["strip"], one["strip_weights"]
        if strip in OWN_STRIPPERS and not given:
            raise SettingsError(
                f'setting "inputs.{name}.strip_weights" is empty; {strip} needs the path of its weights, which are '
                "never fetched"
            )
        if strip in OWN_STRIPPERS and weights.setdefault(strip, given) != given:
            raise SettingsError(
                f'setting "inputs.{name}.strip_weights" is {given}, but another input\'s is {weights[strip]}; '
                f"use one {strip} in a study"
            )
        if one["engine"] == "fireants" and one["transform"] in WITHOUT_WARP:
            raise SettingsError(
                f'setting "inputs.{name}.engine" is fireants, which fits warps, but transform is {one["transform"]}; '
                "set transform to syn, or engine to ants"
            )
        if one["engine"] == "fireants" and strip in ("none", "template"):
            raise SettingsError(
                f'setting "inputs.{name}.engine" is fireants, which registers brains, but strip is {strip}; '
                "set strip to ants, or engine to ants"
            )

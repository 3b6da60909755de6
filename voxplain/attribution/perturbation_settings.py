"""Settings of meaningful perturbation: the presets, and what a user may say instead."""

import math
from dataclasses import dataclass

from voxplain.errors import SettingsError
from voxplain.networks.options import check_choice, whole_number

PRESETS = {
    # a mask of cells of 2 voxels, shifts to both sides, a rate that lives, a share of the score that fits any score
    "smooth": {
        **{"fill": "blur", "objective": "share", "goal": 0.05, "l1": 0.3, "tv": 1.0, "beta": 3},
        **{"mask_scale": 2, "mask_blur": 1.0, "kernel": None, "iterations": 150, "rate": 0.1, "decay": (50, 0.3)},
        **{"samples": 1, "jitter": 1, "ramp": 0, "keep_after": 100, "padding": "edge", "shown": "applied"},
    },
    # Kan et al. 2020: kernels of 5 voxels, shifts to one side, penalties that grow for 60 steps, the bare cells shown
    "kan2020": {
        **{"fill": {"blur": 10.0}, "objective": "score", "goal": 0.05, "l1": 3.0, "tv": 1.0, "beta": 7},
        **{"mask_scale": 4, "mask_blur": 10.0, "kernel": 5, "iterations": 300, "rate": 0.3, "decay": (30, 0.1)},
        **{"samples": 10, "jitter": 4, "ramp": 60, "keep_after": 51, "padding": "zeros", "shown": "cells"},
    },
    # what "kan2020" looks for, found with a fiftieth of its passes: other shifts in each step, and steps that shrink
    # until the last one, whose mask is kept, instead of many shifts a step and a rate that dies early
    "kan2020_fast": {
        **{"fill": {"blur": 10.0}, "objective": "score", "goal": 0.05, "l1": 3.0, "tv": 1.0, "beta": 7},
        **{"mask_scale": 4, "mask_blur": 10.0, "kernel": 5, "iterations": 60, "rate": 0.3, "decay": "cosine"},
        **{"samples": 1, "jitter": 4, "ramp": 0, "keep_after": 59, "padding": "zeros", "shown": "cells"},
    },
}


@dataclass(frozen=True)
class PerturbationSettings:
    """What `meaningful_perturbation` runs with; lengths in voxels, ``shifts`` from the least to the largest."""

    form: str
    seed: int
    fill: object
    objective: str
    goal: float
    l1: float
    tv: float
    beta: float
    mask_scale: int
    mask_blur: float
    kernel: int | None
    iterations: int
    rate: float
    decay: tuple | str
    samples: int
    shifts: tuple
    ramp: int
    keep_after: int
    padding: str
    shown: str

    def rate_at(self, iteration):
        """The optimiser's rate in an iteration: falling in steps, or along half a cosine to nothing at the end."""
        if self.decay == "cosine":
            return self.rate * (1 + math.cos(math.pi * iteration / self.iterations)) / 2
        every, factor = self.decay
        return self.rate * factor ** (iteration // every)


def perturbation_settings(form, preset, given, seed):
    """The settings of ``preset`` with those of ``given`` that are not None over them; SettingsError for a wrong one."""
    check_choice("form", form, ("deletion", "preservation"))
    check_choice("preset", preset, tuple(PRESETS))
    values = PRESETS[preset] | {name: value for name, value in given.items() if value is not None}
    check_choice("objective", values["objective"], ("share", "score"))
    for name in ("goal", "l1", "tv", "mask_blur"):
        values[name] = _number(name, values[name], 0)
    for name, least in (("beta", 1), ("rate", 1e-9)):
        values[name] = _number(name, values[name], least)
    for name in ("mask_scale", "iterations", "samples"):
        values[name] = whole_number(name, values[name])
    if values["kernel"] is not None and not whole_number("kernel", values["kernel"]) % 2:
        raise SettingsError(f"kernel is {values['kernel']}; give an odd number of voxels, which has a centre")
    values["decay"] = _decay(values["decay"])
    jitter = whole_number("jitter", values.pop("jitter"), least=0)
    # the published shifts go to one side alone
    values["shifts"] = (0 if values["padding"] == "zeros" else -jitter, jitter)
    values["keep_after"] = min(values["keep_after"], values["iterations"] - 1)
    return PerturbationSettings(form=form, seed=whole_number("seed", seed, least=0), **values)


def _decay(value):
    if value == "cosine":
        return value
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise SettingsError(f'decay is {value!r}; give (every so many iterations, factor), or "cosine"')
    return whole_number("decay", value[0]), _number("decay", value[1], 0)


def _number(option, value, least):
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < float("inf"):
        raise SettingsError(f"{option} is {value!r}; give a number of at least {least:g}")
    return value

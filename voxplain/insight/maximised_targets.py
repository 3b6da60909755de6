"""Ideal inputs of several classes or units of one trained network, and their files."""

import numpy as np
import pandas as pd

from voxplain.insight.activation_maximisation import maximise_activation
from voxplain.insight.training_brains import training_brains
from voxplain.runtime import written_whole
from voxplain.volumes.volume import Volume, save_volume

COLUMNS = ["split", "seed", "target", "asked", "projected", "file", "reason"]
STEPS = ["split", "seed", "target", "projected", "draw", "step", "score", "slope"]
SEARCH = ("draws", "iterations", "rate", "noise", "start", "seed")


def targets_asked(asked, classes):
    """``{name: (target, direction, words)}`` of the settings ``insight.activation_maximisation``.

    ``classes`` are the names of a network's classes, none of an amount, whose least and largest value are looked for.
    """
    if asked["targets"] is None and not classes:
        return {"largest": (0, "up", "the largest amount"), "smallest": (0, "down", "the smallest amount")}
    found, units = {}, 0
    for one in range(len(classes)) if asked["targets"] is None else asked["targets"]:
        if isinstance(one, int):
            found[f"class{one}"] = one, "up", f"class {classes[one]}" if classes else "the amount"
            continue
        units += 1
        position = one.get("position", [])
        at = f" at {', '.join(map(str, position))}" if position else ""
        words = f"channel {one['channel']} of {one['layer']}{at}"
        found[f"unit{units}"] = (one["layer"], one["channel"], tuple(position)), "up", words
    return found


def maximise_targets(one, asked, folder):
    """Look for an ideal input of each target by the network of ``one``, a `NetworkOfSplit`, with files in ``folder``.

    ``asked`` are the settings ``insight.activation_maximisation``. Files are
    ``{split}_seed-{seed}_target-{target}_{free or projected}_draw-{draw}_{input or change}.nii.gz``, (x, y, z) in the
    space of the network's volumes, (x, y, z, channels) of several channels. Two tables come back: a row of
    `Maximised.draws` for each file of an input, and all steps. Raises what `maximise_activation` raises.
    """
    axes = min(asked["components"], len(one.training) - 1)
    brains = training_brains(one.training, axes)
    classes, draws, steps = one.card["classes"], [], []
    for name, (target, direction, words) in targets_asked(asked, classes).items():
        for projected in asked["projected"]:
            found = maximise_activation(
                one.network,
                one.training,
                target,
                score=None if isinstance(target, tuple) else asked["score"],
                direction=direction,
                covariates=one.covariates[0],
                brains=brains,
                components=axes,
                projected=projected,
                **{key: asked[key] for key in SEARCH},
                **asked["priors"],
            )
            stem = f"{one.file_stem}_target-{name}_{'projected' if projected else 'free'}"
            files = [f"{stem}_draw-{draw}_input.nii.gz" for draw in found.draws["draw"]]
            about = one.named | {"target": name, "projected": projected}
            draws.append(found.draws.assign(**about, asked=words, file=files, reason=""))
            steps.append(found.steps.assign(**about))
            for file, input_found, change in zip(files, found.inputs, found.changes, strict=True):
                _save(folder / file, input_found, one.training.affine)
                _save(folder / file.replace("_input.", "_change."), change, one.training.affine)
    draws = pd.concat(draws)
    return draws[[*COLUMNS, *(name for name in draws if name not in COLUMNS)]], pd.concat(steps)[STEPS]


def write_searches(path, steps_path, draws, steps):
    """Leave the two tables of `maximise_targets`."""
    for whole, table in ((path, draws), (steps_path, steps)):
        with written_whole(whole) as part:
            table.to_csv(part, sep="\t", index=False)


def _save(path, values, affine):
    save_volume(path, Volume(values[0] if len(values) == 1 else np.moveaxis(values, 0, -1), affine))

"""Figures of group maps: which methods' and groups', on slices, through the head, on the cortex."""

import numpy as np

from voxplain.report.papers.captions import map_caption
from voxplain.report.papers.glass_brain import glass_brain
from voxplain.report.papers.look import look_of
from voxplain.report.papers.mosaic import mosaic
from voxplain.report.papers.sheet import PaperFigure
from voxplain.report.papers.surface import cortex
from voxplain.report.papers.units import question_of, unit_of
from voxplain.report.sentences import count
from voxplain.sanity.verdict import TOLD_BESIDE

KINDS = ("mosaic", "glass_brain", "surface")
BEST = "Of the methods of this experiment, it is the one that its checks contradict least"


def chosen_methods(results, experiment, asked):
    """Names of the methods that are drawn of an experiment: all, those that are named, or the best by its checks.

    The best is the one that fewest criteria contradict, and among those the one that passes most; then the first.
    """
    if asked != "best":
        return results.methods if asked == "all" else [name for name in results.methods if name in asked]
    criteria = results.table(f"sanity/{experiment}/criteria.tsv")
    if criteria is None or criteria.empty:
        return results.methods[:1]
    criteria = criteria[~criteria["criterion"].isin(TOLD_BESIDE)]
    outcomes = {name: list(rows["outcome"]) for name, rows in criteria.groupby("method", sort=False)}

    def rank(method):
        found = outcomes.get(method, [])
        return found.count("failed"), -found.count("passed"), results.methods.index(method)

    return sorted(results.methods, key=rank)[:1]


def method_maps(results, experiment, method, groups):
    """``{group: (image, subjects)}`` of the groups with a map in the template's grid, and words about the others."""
    folder = f"relevance/{experiment}/{method}"
    table = results.table(f"{folder}/groups.tsv")
    maps, missing = {}, []
    for group in groups:
        row = None if table is None else table[table["group"] == group]
        subjects = 0 if row is None or row.empty else int(row["subjects"].iloc[0])
        image = results.image(f"{folder}/{row['images'].iloc[0]}_mean.nii.gz") if subjects else None
        if image is None:
            missing.append(f"{experiment}, {method}: group {group} is empty")
        elif results.template is None or image.shape != results.template.shape:
            missing.append(f"{experiment}, {method}: the map of group {group} is not in the template's grid")
        elif not np.asarray(image.dataobj).any():
            missing.append(f"{experiment}, {method}: the map of group {group} is zero everywhere")
        else:
            maps[group] = image, subjects
    return maps, missing


def map_figures(results, experiment, method, maps, kinds):
    """(kind, group, PaperFigure) for each of ``kinds`` and each map of ``maps``, all with one colour bar."""
    values = {group: np.asarray(image.dataobj, np.float32) for group, (image, _) in maps.items()}
    look = look_of(values.values())
    entry = next(one for one in results.settings["methods"] if one["name"] == method)
    names = results.class_names(experiment)
    amount = None if names else results.label(experiment)
    unit = unit_of(entry, len(names), amount)
    also = [_intensity(results, experiment) if "intensity" in unit else "", _why(results, experiment)]
    for group, (image, subjects) in maps.items():
        what = (
            f"Mean map of {method} for {question_of(entry, names, amount)}, experiment {experiment}, group {group} "
            f"({count(subjects, 'subject')})"
        )
        for kind in kinds:
            caption = map_caption(
                *(kind, what, values[group], image.affine, look, unit),
                radiological=results.radiological,
                of_mni=results.settings.get("template", {}).get("image", "mni152") == "mni152",
                made=results.made,
                also=also,
            )
            yield kind, group, PaperFigure(_canvas(results, kind, image, values[group], look, unit), caption)


def _canvas(results, kind, image, values, look, unit):
    if kind == "glass_brain":
        return glass_brain(image, look, unit, results.radiological)
    if kind == "surface":
        return cortex(image, look, unit)
    background = np.asarray(results.template.dataobj, np.float32)
    return mosaic(values, background, results.template_mask, image.affine, look, unit, results.radiological)


def _why(results, experiment):
    """Why this method is drawn and no other, where the checks of several decided."""
    decided = results.table(f"sanity/{experiment}/criteria.tsv") is not None and len(results.methods) > 1
    return BEST if decided and results.settings["report"]["figures"]["methods"] == "best" else ""


def _intensity(results, experiment):
    """What one unit of intensity is, where no step after the preparation changed it."""
    one = results.experiments[experiment]
    prepared = results.settings.get("inputs", {}).get(one.get("input"), {}).get("intensity")
    told = {"brain_mean": "the mean inside a scan's brain", "max": "a scan's maximum"}
    plain = one.get("normalisation", "none") == "none"
    return f"One unit of intensity is {told[prepared]}" if plain and prepared in told else ""

"""The section on relevance: where the maps of a group of subjects are strong, and how much of it is not brain."""

import numpy as np
from scipy.ndimage import distance_transform_edt

from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.figure_files import figure_blocks
from voxplain.report.sentences import count, outside_brain, peak
from voxplain.report.slices import CLEAR, colour_limit, group_picture

READING = (
    "Colours lie on slices of the template, left (L) and right (R) marked: in signed maps warm colours speak "
    "{sides}, in maps without a sign bright is strong; maps of one method share their limits.",
    "Colour says where the network's answer depends on the image, not that the classes differ there; values below "
    "{clear} of the limit are left clear.",
)
# Group shown first where there is one: localisation is scored on the same maps
LEADING = "correct"
# How the images of groups by columns and splits begin
FURTHER = "further/"
# Millimetres around the brain that hold skull and scalp
AROUND = 20


def section(results):
    """The section, from ``groups.tsv`` and the group means of every experiment and method."""
    clear = f"{CLEAR:.0%}".replace("%", " %")
    reading = tuple(sentence.format(sides=_sides(results), clear=clear) for sentence in READING)
    if results.template is None or results.template_mask is None:
        return Section("relevance", "Relevance", reading, None, [Text("There is no template to draw on.", "missing")])
    first, blocks = None, []
    for experiment, about in results.experiments.items():
        blocks.append(Heading(f"Experiment {experiment}"))
        for method in results.methods:
            maps, texts = group_maps(results, experiment, method)
            if about.get("mask", "none") == "none" and maps:
                texts.insert(0, _outside(results, experiment, method, maps))
            figures = _figures(results, experiment, method, maps)
            if first is None and figures:
                first = figures.pop(0)
                texts.insert(0, f"The map of {experiment}, {method} stands at the top of this section.")
            elif figures:
                blocks.append(figures.pop(0))
            blocks += [Text(text) for text in texts]
            if figures:
                blocks.append(Fold(f"Other groups of {experiment}, {method}", figures))
            blocks += further_groups(results, experiment, method)
    blocks += figure_blocks(results)
    return Section("relevance", "Relevance", reading, first, blocks)


def group_maps(results, experiment, method):
    """``{group: image}`` of the groups with a map, the leading one first, and sentences about those without."""
    folder = f"relevance/{experiment}/{method}"
    groups = results.table(f"{folder}/groups.tsv")
    if groups is None:
        return {}, [f"{experiment}, {method}: no group maps were made."]
    maps, texts = {}, []
    for row in groups.sort_values("group", key=lambda names: names != LEADING, kind="stable").itertuples():
        if row.images.startswith(FURTHER):
            continue
        image = results.image(f"{folder}/{row.images}_mean.nii.gz")
        if row.subjects == 0 or image is None:
            texts.append(f"{experiment}, {method}: group {row.group} is empty, so there is no map of it.")
        elif image.shape != results.template.shape:
            texts.append(f"{experiment}, {method}: the map of group {row.group} is not in the template's grid.")
        else:
            maps[f"{row.group} ({count(int(row.subjects), 'subject')})"] = image
    return maps, texts


def further_groups(results, experiment, method):
    """The groups by columns and splits as a table: how many are in each, and what its images are called."""
    folder = f"relevance/{experiment}/{method}"
    groups = results.table(f"{folder}/groups.tsv")
    if groups is None or not len(groups := groups[groups["images"].str.startswith(FURTHER)]):
        return []
    columns = ["Group", "Scans", "Subjects", "Images", "Note"]
    rows = [
        [row.group, int(row.scans), int(row.subjects), f"{folder}/{row.images}_*.nii.gz"]
        + [row.note if isinstance(row.note, str) else ""]
        for row in groups.itertuples()
    ]
    title = f"Groups by columns and splits of {experiment}, {method}"
    return [Fold(title, [Table(title, columns, rows, frozenset(columns[1:3]))])]


def spread(values, affine, mask):
    """Share of the absolute sum of ``values`` (x, y, z) outside ``mask``, and mean |value| around it over that inside.

    Around is within AROUND millimetres of the mask. Both are nan where the map is zero everywhere.
    """
    size = np.abs(values)
    if not size.any():
        return np.nan, np.nan
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    around = ~mask & (distance_transform_edt(~mask, sampling=spacing) <= AROUND)
    inside = size[mask].mean()
    return float(size[~mask].sum() / size.sum()), float(size[around].mean() / inside) if inside else np.inf


def _outside(results, experiment, method, maps):
    mask, image = results.template_mask, next(iter(maps.values()))
    share, ratio = spread(np.asarray(image.dataobj, np.float64), image.affine, mask)
    return outside_brain(experiment, method, share, float((~mask).mean()), ratio)


def _sides(results):
    targets = {method.get("target", "predicted") for method in results.settings["methods"]}
    labels = {results.label(experiment) for experiment in results.experiments}
    classes = [len(results.class_names(experiment)) for experiment in results.experiments]
    if classes and not any(classes):
        return "for a higher amount and cold ones for a lower one"
    if targets <= {0, 1} and set(classes) == {2} and len(targets) == len(labels) == 1:
        target = targets.pop()
        return f"for class {results.class_name(target)} and cold ones for class {results.class_name(1 - target)}"
    return "for the class that a method was asked about and cold ones against it"


def _figures(results, experiment, method, maps):
    values = {group: np.asarray(image.dataobj, np.float32) for group, image in maps.items()}
    limit = colour_limit(values.values())
    figures = []
    for group, image in maps.items():
        about = peak(f"{experiment}, {method}", group, *_extent(values[group], image.affine))
        if limit > 0:
            drawn = image, results.template, results.template_mask, limit, about
            picture = group_picture(*drawn, radiological=results.radiological)
            figures.append(Figure(picture, about))
    return figures


def _extent(values, affine):
    place = np.unravel_index(np.abs(values).argmax(), values.shape)
    return float(values.min()), float(values.max()), affine[:3, :3] @ place + affine[:3, 3]

"""All methods' maps of one scan side by side, on slices through one point, and in three dimensions."""

import numpy as np

from voxplain.report.blocks import Gallery, Heading, Section, Text, Tile, Viewer
from voxplain.report.overlays import anatomy, common_point, limit_of, overlay
from voxplain.report.slices import CLEAR
from voxplain.report.subject_answers import answer_words
from voxplain.report.viewer.atlases import in_their_space
from voxplain.report.viewer.placing import SCRIPTS
from voxplain.report.viewer.volumes import write_volume

READING = (
    "Every picture is one method's map over the scan, and all go through one point, the cross: the brain's voxel where "
    "the maps of all methods together are strongest.",
    "Each map has colours of its own, up to its 99.9th percentile, and is clear below {clear} of it; warm colours "
    "speak for the class that was asked about, cold ones against it. A map of one scan is noisier than a group's.",
)
# Side by side in the viewer, each on a canvas of its own
MOST_LINKED = 8


def maps_section(cohort, scan):
    """The scan's maps by every experiment and method; None where no network held it out."""
    results = cohort.results
    found = {name: cohort.maps.of(scan, name) for name in results.experiments}
    blocks, scripts = [], ()
    for name in results.inputs:
        own = {one: maps for one, maps in found.items() if maps and results.experiments[one]["input"] == name}
        image, mask = results.prepared(scan, name) if own else (None, None)
        if image is None:
            continue
        alike = {one: [m for m in maps if m.image.shape == image.shape] for one, maps in own.items()}
        shown, further = _input_blocks(cohort, scan, name, image, mask, alike)
        blocks += shown
        scripts += further
    reading = READING[0], READING[1].format(clear=f"{CLEAR:.0%}".replace("%", " %"))
    return Section("maps", "Maps", reading, None, blocks, scripts) if blocks else None


def _input_blocks(cohort, scan, name, image, mask, found):
    """Galleries of the experiments on one input, ``found`` by experiment, and the viewer below, with its scripts."""
    results, values = cohort.results, {id(one): one.values for maps in found.values() for one in maps}
    inside = None if mask is None else np.asarray(mask.dataobj) > 0
    place = common_point(list(values.values()), inside)
    if place is None:
        return [Text(f"Input {name}: all maps of this scan are zero everywhere.", "missing")], ()
    head = np.asarray(image.dataobj, np.float32)
    greys, blocks = anatomy(head, place, results.radiological), []
    where = _told(place, image.affine)
    for experiment, maps in found.items():
        tiles = [_tile(one, values[id(one)], greys, place, where, results.radiological) for one in maps]
        if tiles:
            words = f"{experiment}: {answer_words(results, experiment, cohort.answers[experiment].loc[scan])}."
            blocks += [Heading(f"Maps of {experiment}"), Text(words), Text(_network(maps[0], where))]
            blocks.append(
                Gallery(f"{scan}, {experiment}: maps of {len(tiles)} methods through {where}", tiles, large=True)
            )
    if scan not in cohort.in_depth:
        return blocks, ()
    return [*blocks, Heading("In three dimensions"), *_viewers(cohort, scan, name, head, image, found)], SCRIPTS


def _viewers(cohort, scan, name, head, image, found):
    """A viewer for every experiment, its maps side by side with one cross-hair, and its methods eight at a time."""
    stem = f"subjects/{scan}_{name}"
    background = write_volume(cohort.folder, f"{stem}_T1w", head, image.affine, "anatomy", f"{scan}, input {name}")
    shared = {"radiological": cohort.results.radiological}
    if in_their_space(cohort.results, image):
        shared["atlases"] = cohort.atlases
    for experiment, maps in found.items():
        volumes = [
            write_volume(
                *(cohort.folder, f"subjects/{scan}_{experiment}_{one.method}", one.values, one.image.affine, "map"),
                *(one.method, limit_of(one.values), None, experiment),
            )
            for one in maps
        ]
        for start in range(0, len(volumes), MOST_LINKED):
            label = f"{scan}, {experiment}: maps with one cross-hair"
            yield Viewer(label, background, volumes[start : start + MOST_LINKED], **shared)


def _tile(one, values, greys, place, where, radiological):
    limit = limit_of(values)
    if limit == 0:
        return Tile(one.method, None, ["zero everywhere"])
    strongest = np.unravel_index(np.abs(np.nan_to_num(values)).argmax(), values.shape)
    lines = [
        f"{values[place]:.3g} at the cross, colours to {'±' if (values < 0).any() else ''}{limit:.3g}",
        f"strongest {values[strongest]:.3g} at {_told(strongest, one.image.affine)}",
    ]
    alt = f"{one.experiment}, {one.method}: map through {where}; {'; '.join(lines)}"
    return Tile(one.method, overlay(greys, values, place, limit, alt, radiological), lines)


def _network(one, where):
    return f"Maps are of the network of split {one.split}, seed {one.seed}. The cross is at {where}."


def _told(place, affine):
    x, y, z = affine[:3, :3] @ place + affine[:3, 3]
    side = "left" if x < -1 else "right" if x > 1 else "midline"
    return f"x {x:.0f}, y {y:.0f}, z {z:.0f} mm ({side})"

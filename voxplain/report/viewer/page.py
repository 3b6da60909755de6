"""The page with the viewer: every group map over the template, with the names of the study's regions."""

import numpy as np

from voxplain.report.blocks import Page, Section, Text, Viewer
from voxplain.report.relevance import group_maps
from voxplain.report.slices import colour_limit
from voxplain.report.viewer import fallback
from voxplain.report.viewer.atlases import atlas_volumes
from voxplain.report.viewer.placing import SCRIPTS, place_viewer
from voxplain.report.viewer.volumes import FINEST, file_name, write_volume

PATH, TITLE = "viewer.html", "Viewer"
READING = (
    "Choose maps, move the cross-hair, and read the value and the region below it; left is marked L and right R.",
    "A colour says where the network's answer depends on the image, not that the classes differ there, and single "
    "voxels of a group map are less certain than the regions on the page on relevance.",
)
SPACING = "This page has means of voxels finer than 2 mm; the NIfTI files beside the report keep the study's own."
PLANTED = "what was planted"


def viewer_page(results, folder):
    """The `Page` of the viewer, its volumes written below the report's ``folder``; None where there is no group map.

    Without NiiVue it leads to pages by nilearn instead.
    """
    maps = shown_maps(results)
    if results.template is None or not maps:
        return None
    if not place_viewer(folder):
        return _page(fallback.READING, fallback.fallback_blocks(results, folder, maps))
    volumes = [
        write_volume(folder, key, values, image.affine, "map", title, limit, group=group)
        for key, group, title, image, values, limit in maps
    ]
    viewer = Viewer(
        "Group maps over the template",
        template_volume(results, folder),
        volumes,
        linked=False,
        atlases=atlas_volumes(results, folder),
        radiological=results.radiological,
        start=True,
    )
    finer = (np.linalg.norm(results.template.affine[:3, :3], axis=0) < FINEST * 0.99).any()
    return _page(READING, [viewer, *([Text(SPACING, "note")] if finer else [])], SCRIPTS)


def shown_maps(results):
    """Key, group, title, image, values and limit of every group map, the leading group first; then of planted effects.

    The maps of one experiment and method end their colours at one limit. A map that is zero throughout is left out.
    """
    found, together = [], []
    for experiment in results.experiments:
        for method in results.methods:
            together.append((f"{experiment}, {method}", group_maps(results, experiment, method)[0]))
    for group, maps in [*together, (PLANTED, planted_effects(results))]:
        values = {title: np.asarray(image.dataobj, np.float32) for title, image in maps.items()}
        limit = colour_limit(values.values())
        for title, image in maps.items():
            if limit > 0 and values[title].any():
                key = f"groups/{len(found)}_{file_name(*group.split(', '), title.split(' (')[0])}"
                found.append((key, group, title, image, values[title], limit))
    return found


def planted_effects(results):
    """Images of what was planted into a made cohort, by input and effect, where the study measured it."""
    paths = sorted((results.folder / "sanity/truth").glob("*_effect-*.nii.gz"))
    images = {path: results.image(str(path.relative_to(results.folder))) for path in paths}
    template = results.template
    return {
        path.name.removesuffix(".nii.gz").replace("_effect-", ", "): image
        for path, image in images.items()
        if template is not None and image.shape == template.shape
    }


def template_volume(results, folder):
    """The template as the `Volume` behind maps in its space."""
    image = results.template
    return write_volume(folder, "template", np.asarray(image.dataobj), image.affine, "anatomy", "the template")


def _page(reading, blocks, scripts=()):
    return Page(PATH, TITLE, [Section("viewer", TITLE, reading, None, blocks)], scripts)

"""Slices of subjects that something is said of, as a network's input shows them."""

import numpy as np

from voxplain.report.blocks import Tile
from voxplain.report.thumbnails import thumbnail


def subject_tile(results, experiment, scan, lines, marked=False):
    """The tile of ``scan``: three slices of it as prepared for an experiment, where they are, and ``lines``."""
    name = results.experiments[experiment]["input"]
    image, mask = results.prepared(scan, name)
    if image is None:
        return Tile(scan, None, [*lines, "no prepared volume"], marked=marked, link=results.subject_paths.get(scan))
    template = results.template_mask
    in_space = template is not None and image.shape == template.shape
    own = None if mask is None else np.asarray(mask.dataobj) > 0
    volume, alt = np.asarray(image.dataobj, np.float32), f"{scan}: {', '.join(lines)}"
    drawn = volume, own, template if in_space else None, alt
    picture = thumbnail(*drawn, radiological=results.radiological)
    return Tile(scan, picture, lines, marked=marked, link=results.subject_paths.get(scan))

"""Where maps are compared and scored: the brain, as far as the network sees it."""

import logging

import numpy as np

from voxplain.errors import UnsupportedModel
from voxplain.networks.boxes import in_box
from voxplain.networks.seen_field import seen_field

log = logging.getLogger(__name__)


def seen_voxels(network, shape, channels=1):
    """Voxels of ``shape`` (x, y, z) that can change the network's answer; all of them where that cannot be followed.

    Networks of `build` carry the box that they see; of another, a whole volume is passed through.
    """
    if getattr(network, "seen", None) is not None:
        return in_box(network.seen, shape)
    try:
        return seen_field(network, shape, channels)
    except UnsupportedModel as error:
        log.info("%s", error)
        return np.ones(shape, bool)

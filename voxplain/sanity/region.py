"""Where maps are compared and scored: the brain, as far as the network sees it."""

import logging

import numpy as np

from voxplain.errors import UnsupportedModel
from voxplain.networks.seen_field import seen_field

log = logging.getLogger(__name__)


def seen_voxels(network, shape, channels=1):
    """Voxels of ``shape`` (x, y, z) that can change the network's answer; all of them where that cannot be followed."""
    try:
        return seen_field(network, shape, channels)
    except UnsupportedModel as error:
        log.info("%s", error)
        return np.ones(shape, bool)

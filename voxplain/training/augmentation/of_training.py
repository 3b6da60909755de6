"""What is done to the volumes of one training, with what was fitted on its training scans."""

import numpy as np

from voxplain.errors import SettingsError
from voxplain.training.augmentation.changes import CONTROL_POINTS, augmented
from voxplain.training.augmentation.optimal_scaling import brain_volumes, drawn_factor, scaling_factors


class Augmentation:
    """``augmentation(volume, place, seed)``: the volume at ``place`` of the training set, changed as settings ask.

    ``about``, plain numbers and lists, is all that decides what is done: the settings and, of optimal scaling, each
    training scan's whole factor. ``spacing`` is in mm, ``intensities`` are the places of the channels that hold them.
    """

    def __init__(self, settings, factors=None, spacing=(1, 1, 1), intensities=None):
        self.settings = dict(settings)
        self.factors, self.spacing, self.intensities = factors, spacing, intensities
        self.about = self.settings | ({} if factors is None else {"factors": factors})

    def __call__(self, volume, place, seed):
        factor = 1.0 if self.factors is None else drawn_factor(self.factors[place], seed)
        return augmented(volume, self.settings, seed, factor=factor, spacing=self.spacing, intensities=self.intensities)


def augmentation_of(settings, train=None, labels=None):
    """The `Augmentation` that ``settings`` ask for; None where they ask for nothing.

    ``train`` are the training volumes and ``labels`` their classes; they are needed for ``optimal_scaling`` alone,
    which uses the labels and is therefore fitted here and used on these scans only. Raises SettingsError where that is
    asked for labels that are not of two classes, and for an elastic displacement that would fold the volumes.
    """
    if not settings:
        return None
    if train is None:
        return Augmentation(settings)
    spacing = tuple(np.sqrt((np.asarray(train.affine)[:3, :3] ** 2).sum(axis=0)).tolist())
    _unfolded(settings.get("elastic", 0), train.shape, spacing)
    factors = None
    if settings.get("optimal_scaling", False):
        if labels is None or set(labels) != {0, 1}:
            raise SettingsError(
                'setting "augmentation.optimal_scaling" needs training scans of two classes, each scaled towards the '
                "other; leave it out"
            )
        factors = scaling_factors(brain_volumes(train), labels).tolist()
    return Augmentation(settings, factors, spacing, train.intensities)


def _unfolded(elastic, shape, spacing):
    apart = min(count * size for count, size in zip(shape, spacing, strict=True)) / (CONTROL_POINTS - 3)
    if elastic > apart / 2:
        raise SettingsError(
            f'setting "augmentation.elastic" is {elastic} mm, which would fold these volumes; use at most '
            f"{apart / 2:.1f}"
        )

"""Training volumes changed at random, each from a seed of its own; nothing else is ever changed."""

from voxplain.training.augmentation.changes import augmented
from voxplain.training.augmentation.of_training import Augmentation, augmentation_of

__all__ = ["Augmentation", "augmentation_of", "augmented"]

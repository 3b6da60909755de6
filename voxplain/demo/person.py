"""Who is in the cohort: planted group, size, pose, tissue contrast and effects of every person."""

from dataclasses import dataclass, replace

import numpy as np

from voxplain.demo.effects import EFFECTS, OUTSIDE_FAT, OUTSIDE_SKULL
from voxplain.demo.streams import COHORT, stream

# The MNI152 brain is larger than most.
MEAN_SIZE = 0.93


@dataclass(frozen=True)
class Person:
    """Latent parameters of one made person; ``effects`` holds how strong each planted effect is in them."""

    number: int
    group: int
    effects: dict
    size: tuple[float, float, float]
    rotation: tuple[float, float, float]
    shift: tuple[float, float, float]
    natural_skull: float
    natural_fat: float
    grey_intensity: float
    fat_intensity: float
    gain: float

    @property
    def skull(self):
        """Mean thickness of the skull, mm."""
        return self.natural_skull + OUTSIDE_SKULL * self.effects["outside"]

    @property
    def fat(self):
        """Mean thickness of the fat under the scalp, mm."""
        return self.natural_fat + OUTSIDE_FAT * self.effects["outside"]

    def without(self, effect):
        """The same person, this effect off."""
        return replace(self, effects={**self.effects, effect: 0.0})


def planted_groups(made):
    """Which of the two groups each person's images belong to, (subjects,) of 0 and 1, balanced."""
    groups = np.arange(made["subjects"]) % 2
    return stream(made["seed"], COHORT, "groups").permutation(groups)


def draw_people(made):
    """Everybody in the cohort that ``made`` describes."""
    return [_draw(made, number, int(group)) for number, group in enumerate(planted_groups(made), start=1)]


def _draw(made, number, group):
    def draw(component, mean, spread, count=None):
        drawn = stream(made["seed"], number, component).normal(mean, spread, count)
        return float(drawn) if count is None else tuple(float(value) for value in drawn)

    size = np.array(draw("size", 1.0, 0.02, 3)) * draw("overall size", MEAN_SIZE, 0.025)
    severities = {"scale": group, "outside": group, "region": draw("severity", group, 0.2 if group else 0.1)}
    return Person(
        number=number,
        group=group,
        effects={effect: float(made[effect] * severities[effect]) for effect in EFFECTS},
        size=tuple(float(value) for value in size),
        rotation=draw("rotation", 0.0, 0.05, 3),
        shift=draw("shift", 0.0, 2.0, 3),
        natural_skull=max(4.2, draw("skull", 6.5, 0.7)),
        natural_fat=max(2.0, draw("fat", 4.0, 0.7)),
        grey_intensity=draw("grey matter", 0.68, 0.02),
        fat_intensity=draw("fat intensity", 1.15, 0.05),
        gain=800 * draw("gain", 1.0, 0.1),
    )

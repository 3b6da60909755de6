"""Maps of made subjects for the tests of statistics: noise, smooth noise, and a planted difference."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy import ndimage

from voxplain.relevance.subject_maps import SubjectMaps

SHAPE = (6, 8, 7)


def made_maps(subjects=16, splits=2, seed=0, shape=SHAPE, smooth=0.0, signed=True):
    """`SubjectMaps` in memory: subjects take turns in being held out by the splits; values are (smooth) noise."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(subjects, *shape))
    if smooth:
        noise = ndimage.gaussian_filter(noise, (0, *[smooth] * 3))
        noise /= noise.std()
    mask = np.ones(shape, bool)
    mask[0, :, :2] = False
    shares = np.eye(splits)[np.arange(subjects) % splits]
    names = [f"sub-{place:02}" for place in range(subjects)]
    values = noise[:, mask].astype(np.float32)
    return SubjectMaps(
        values if signed else np.abs(values),
        mask,
        np.diag([-3.0, 3, 3, 1]),
        names,
        [[name] for name in names],
        [f"r1f{split + 1}" for split in range(splits)],
        shares,
        [f"r1f{place % splits + 1}" for place in range(subjects)],
        [1],
        signed,
        0,
    )


def made_table(maps, seed=0, **columns):
    """A table of the scans of ``maps`` with a class that is balanced in every split, an age and a site."""
    generator = np.random.default_rng([seed, 7])
    count, splits = len(maps.subjects), len(maps.splits)
    label = np.arange(count) // splits % 2
    table = {"scan": maps.subjects, "subject": maps.subjects, "label": label, "age": generator.normal(70, 8, count)}
    return pd.DataFrame(table | {"site": generator.choice(["north", "south", "west"], count)} | columns)


def source(rows, split="r1f1", seed=1, shape=SHAPE, target=1, seen=None):
    """What ``read_maps`` returns; a row is (scan, subject, label, predicted, map or a value everywhere)."""
    scans, subjects, labels, predicted, values = zip(*rows, strict=True)
    maps = [np.broadcast_to(np.asarray(value, np.float32), shape) for value in values]
    card = {"split": split, "seed": seed} | ({"seen": seen} if seen else {})
    return SimpleNamespace(
        scan=list(scans),
        subject=list(subjects),
        label=np.array(labels),
        predicted=np.array(predicted),
        target=np.full(len(rows), target),
        maps=maps,
        affine=np.diag([-3.0, 3, 3, 1]),
        about={"provenance": card},
    )

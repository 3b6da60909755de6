"""Scans of a made study whose voxels, masks and table tell the label a little, and their store; all from a seed."""

import numpy as np
import pandas as pd

from voxplain.store import write_store

SHAPE = (6, 9, 7)
AFFINE = np.array([[-3.0, 0, 0, 30], [0, 2, 0, -20], [0, 0, 4, 5], [0, 0, 0, 1]])


def made_labels(n, classes=2, seed=0):
    """Labels of n scans: classes in turn, or with ``classes`` None amounts."""
    return np.arange(n) % classes if classes else 40 + 10 * np.random.default_rng([seed, 9]).normal(size=n)


def made_scans(n=36, classes=2, seed=0):
    """The table of scans: two columns of sizes, age, sex and site, of which only the sizes know the label."""
    generator = np.random.default_rng([seed, 1])
    label = made_labels(n, classes, seed)
    told = (label - label.mean()) / label.std()
    names = [f"sub-{number:02d}" for number in range(n)]
    table = pd.DataFrame({"scan": names, "subject": names, "label": label})
    table["brain_volume_ml"] = 1200 + 60 * told + generator.normal(0, 60, n)
    table["brain_volume_input_ml_affine"] = 1300 + 10 * told + generator.normal(0, 60, n)
    table["Age"] = generator.integers(22, 40, n)
    table["Gender"] = generator.choice(["F", "M"], n)
    table["site"] = generator.choice(["002", "011", "130"], n)
    return table


def made_folds(scans, k=3, validation=True):
    """Folds of the table's labels: each scan is held out once, and where asked a quarter of the rest validates."""
    parts = []
    for fold in range(k):
        held = (np.arange(len(scans)) // 3) % k == fold
        role = np.where(held, "test", "train").astype(object)
        if validation:
            role[np.flatnonzero(~held)[3::4]] = "validation"
        parts.append(scans[["scan", "subject", "label"]].assign(split=f"r1f{fold + 1}", role=role))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(group="family of " + table["subject"])


def made_volumes(scans, seed=0, strength=0.8):
    """Scan, subject, data ``(6, 9, 7)`` and mask of every scan: one corner of the brain knows the label."""
    label = scans["label"].to_numpy(float)
    told = (label - label.mean()) / label.std()
    for number, scan in enumerate(scans["scan"]):
        generator = np.random.default_rng([seed, 2, number])
        data = generator.normal(3, 1, SHAPE)
        data[1:3, 2:5, 2:4] += strength * told[number]
        data[0, 0] = 2.0
        mask = np.zeros(SHAPE)
        mask[1:5, 1:8, 1:6] = generator.random((4, 7, 5)) > 0.05
        yield scan, scan, data, mask


def made_store(path, scans, **how):
    """The store of `made_volumes` at ``path``, which is given back."""
    write_store(path, made_volumes(scans, **how), AFFINE, "mni152", {})
    return path

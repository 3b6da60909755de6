"""Tables of predictions made from a seed: of two classes, of several, and of amounts."""

import numpy as np
import pandas as pd


def made_classes(n=60, classes=3, splits=3, seed=0):
    """Predictions of ``n`` scans, ``classes`` probabilities each, a scan a subject."""
    generator = np.random.default_rng(seed)
    label = np.arange(n) % classes
    logits = generator.normal(0, 1, (n, classes)).round(1)
    logits[np.arange(n), label] += 0.8
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    table = _frame(n, splits, label).assign(predicted=probabilities.argmax(1))
    return table.assign(**{f"probability_{one}": probabilities[:, one] for one in range(classes)})


def made_amounts(n=60, splits=3, seed=0):
    """Predictions of ``n`` ages in years, a scan a subject."""
    generator = np.random.default_rng(seed)
    label = generator.uniform(20, 80, n)
    return _frame(n, splits, label).assign(predicted=label + generator.normal(0, 8, n))


def _frame(n, splits, label):
    scans = [f"sub-{number:03d}" for number in range(n)]
    split = [f"r1f{number // 6 % splits + 1}" for number in range(n)]
    return pd.DataFrame({"scan": scans, "subject": scans, "split": split, "seed": 1, "label": label})

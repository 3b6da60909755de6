"""Features of the scans of a made split, a cloud a class, all from a seed."""

import numpy as np
import pandas as pd

from voxplain.insight.feature_files import SplitFeatures


def made_features(train=30, test=12, d=4, classes=2, apart=3.0, seed=0):
    """A SplitFeatures: ``classes`` clouds (None: ages along the first feature), and predictions with noise."""
    generator = np.random.default_rng([seed, train, test])
    n = train + test
    names = [f"sub-{number:03d}" for number in range(n)]
    role = np.array(["train"] * train + ["test"] * test)
    features = generator.normal(size=(n, d))
    table = pd.DataFrame({"scan": names, "subject": names, "group": names, "split": "r1f1", "seed": 1})
    if classes is None:
        label = generator.uniform(20, 80, n)
        features[:, 0] += label / 10
        table = table.assign(label=label, predicted=label + generator.normal(0, 8, n))
    else:
        label = np.arange(n) % classes
        features[:, 0] += apart * label
        logits = generator.normal(0, 1, (n, classes))
        logits[np.arange(n), label] += 1
        probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        table = table.assign(label=label, predicted=probabilities.argmax(1))
        table = table.assign(**{f"probability_{one}": probabilities[:, one] for one in range(classes)})
    about = {"split": "r1f1", "seed": 1, "layer": None, "told": []}
    return SplitFeatures(table.assign(role=role), features.astype(np.float32), None, about)

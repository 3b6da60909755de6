"""Typical and atypical subjects of a split: whom one looks at to see what its network takes a class to be."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

from voxplain.insight.confidence import COLUMNS as SHOWN
from voxplain.insight.confidence import most_confident
from voxplain.insight.prototypes import gaussian_kernel, medoids, mmd_criticisms, mmd_prototypes

COLUMNS = ["split", "seed", "role", *SHOWN]
TOLD = ["of", "n", "prototypes", "share", "random", "random_low", "random_high"]
THIRDS = 3


def choose_examples(found, count=3, gamma=None):
    """Examples of a SplitFeatures: held-out scans by confidence, training scans by where they lie in feature space.

    One row an example: split, seed, role, kind (right, wrong, or of a regression close, over, under; medoid, prototype,
    criticism), of (class; of a regression the third of the training labels, 0 the lowest, and -1 without), rank, scan,
    subject, label, predicted and value: probability or error, see `most_confident`; the summed distance of a medoid;
    the squared MMD that is left with a prototype; the witness function at a criticism, see `prototypes`. gamma: the
    width of the kernel, None by the median distance within each class.
    """
    told = {"split": found.about["split"], "seed": found.about["seed"]}
    parts = [most_confident(found.of("test").table, count).assign(role="test")]
    train = found.of("train")
    for of, places in training_groups(train.table).items():
        values = train.features[places].astype(float)
        kernel, _ = gaussian_kernel(values, gamma)
        prototypes, left = mmd_prototypes(kernel, count)
        chosen = {
            "medoid": medoids(values),
            "prototype": (prototypes, left),
            "criticism": mmd_criticisms(kernel, prototypes, count),
        }
        for kind, (which, value) in chosen.items():
            rows = train.table.iloc[places[which]]
            rows = rows.assign(kind=kind, of=of, rank=range(1, len(which) + 1), value=value)
            parts.append(rows[[*SHOWN, "role"]])
    parts = [one for one in parts if len(one)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True).assign(**told)[COLUMNS]


def training_groups(table):
    """{class: places}, and of a regression, which has no probabilities, {third of the labels: places}."""
    of = table["label"].to_numpy()
    if not any(name.startswith("probability_") for name in table) and len(of):
        of = np.ceil(THIRDS * rankdata(of, "max") / len(of)).astype(int) - 1
    return {int(one): np.flatnonzero(of == one) for one in np.unique(of)}


def told_by_prototypes(found, examples, draws=200, seed=1):
    """How well the nearest prototype tells the class of held-out scans, beside as many training scans drawn at random.

    found, examples: of one split of classes. A row each for the true label (``of`` label) and for what the network
    says (predicted): n, prototypes, share, and ``random``, ``random_low``, ``random_high``: mean and 2.5 and 97.5 % of
    ``draws`` sets with as many scans of each class. Kim et al. 2016 judge prototypes in this way. No row for a
    regression, or where nobody is held out.
    """
    train, held_out = found.of("train"), found.of("test")
    chosen = examples.loc[examples["kind"] == "prototype", "scan"]
    classes = any(name.startswith("probability_") for name in found.table)
    if chosen.empty or held_out.table.empty or not classes:
        return pd.DataFrame(columns=TOLD)
    labels = train.table["label"].to_numpy()
    places = np.flatnonzero(train.table["scan"].isin(set(chosen)))
    distances = cdist(held_out.features, train.features)
    generator = np.random.default_rng([seed, *str(found.about["split"]).encode()])
    counts = [(members, int(np.isin(places, members).sum())) for members in training_groups(train.table).values()]
    sets = [np.concatenate([generator.choice(*one, replace=False) for one in counts]) for _ in range(draws)]
    rows = []
    for of in ("label", "predicted"):
        wanted = held_out.table[of].to_numpy()
        share, *drawn = (np.mean(labels[these[distances[:, these].argmin(1)]] == wanted) for these in (places, *sets))
        low, high = np.quantile(drawn, [0.025, 0.975])
        rows.append([of, len(wanted), len(places), share, np.mean(drawn), low, high])
    return pd.DataFrame(rows, columns=TOLD)

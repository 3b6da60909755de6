"""Made measures of made subjects: what models of tables are tested on."""

import numpy as np
import pandas as pd

from voxplain.baselines.tabular.features import feature_table
from voxplain.settings.tabular import ONE_ANOMALY, ONE_TABULAR

COUNT = 60
MEASURES = ["FS_Mask_Vol", "FS_Thck", "FS_Area", "FS_Curv", "FS_Fold"]


def entry(model, **asked):
    """A complete entry of `baselines.tabular`."""
    if "anomaly" in asked:
        asked["anomaly"] = ONE_ANOMALY | asked["anomaly"]
    return ONE_TABULAR | {"model": model, "features": ["measures", "Age"], "labels": ["label"]} | asked


def made_labels(classes=2, seed=4):
    generator = np.random.default_rng(seed)
    if classes is None:
        return generator.normal(30, 5, COUNT)
    labels = generator.integers(0, min(classes, 3), COUNT)
    if classes == 4:
        labels[:9] = 3
    return labels


def made_tables(labels, seed=7):
    """The tables of scans and of measures as text; the first goes along with the label, some are empty."""
    generator = np.random.default_rng(seed)
    scans = pd.DataFrame({"scan": [f"sub-{place:03}" for place in range(COUNT)]})
    scans["subject"] = scans["scan"]
    scans["Age"] = generator.choice(["22-25", "26-30", "31-35"], COUNT)
    scans["Gender"] = generator.choice(["F", "M"], COUNT)
    scans["Release"] = "S500"
    scans["size_ml"] = generator.normal(1500, 100, COUNT).round(3).astype(str)
    values = generator.normal(size=(COUNT, len(MEASURES)))
    standard = (labels - labels.mean()) / labels.std()
    values[:, 0] += 1.2 * standard
    values[:, 1] += 0.5 * standard
    measures = pd.DataFrame(values, columns=MEASURES).astype(str)
    measures.loc[[3, 17, 40], "FS_Thck"] = ""
    measures.insert(0, "scan", scans["scan"])
    return scans, measures


def made_features(labels, asked=("measures", "Age"), **options):
    scans, measures = made_tables(labels)
    told = dict(zip(scans["scan"], labels, strict=True))
    where = {"label": ("label", told), "measures": measures, "covariates": ["Gender", "Release"], "where": "table"}
    return feature_table(scans, list(asked), **where | options)


def made_folds(labels, k=3, seed=11):
    """Every split holds out a third and sets ten scans aside for validation."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(COUNT)
    tables = []
    for fold in range(k):
        role = np.full(COUNT, "train", object)
        held_out = order[fold::k]
        role[held_out] = "test"
        role[np.setdiff1d(order, held_out, assume_unique=True)[:10]] = "validation"
        names = [f"sub-{place:03}" for place in range(COUNT)]
        table = pd.DataFrame({"scan": names, "subject": names, "group": names, "label": labels})
        tables.append(table.assign(split=f"r1f{fold + 1}", role=role))
    return pd.concat(tables, ignore_index=True)


def by_hand(features, fitted, held_out):
    """Imputed, coded and z-scored rows by numpy: two arrays, of fitted and of held-out scans."""
    table = features.table
    blocks = []
    for column in table:
        one = table[column]
        if one.dtype.kind == "f":
            filled = one.fillna(np.median(one.loc[fitted].dropna()))
            blocks.append((filled.loc[fitted].to_numpy()[:, None], filled.loc[held_out].to_numpy()[:, None]))
    for column in table:
        one = table[column]
        if one.dtype.kind != "f":
            levels = sorted(set(one.loc[fitted]))
            blocks.append(
                tuple(
                    (one.loc[rows].to_numpy()[:, None] == np.array(levels)).astype(float) for rows in (fitted, held_out)
                )
            )
    learnt, judged = (np.concatenate([block[place] for block in blocks], 1) for place in (0, 1))
    keep = np.ptp(learnt, axis=0) > 0
    mean, sd = learnt[:, keep].mean(0), learnt[:, keep].std(0)
    return (learnt[:, keep] - mean) / sd, (judged[:, keep] - mean) / sd

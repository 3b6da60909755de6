"""A model of a table, fitted anew for each split, with all that is learnt from its training scans."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voxplain.baselines.out_of_fold import no_predictions, out_of_fold, told_by
from voxplain.baselines.tabular.anomaly import TwoStep, detector_named
from voxplain.baselines.tabular.grids import asked_grid, searched
from voxplain.baselines.tabular.models import model_named
from voxplain.baselines.tabular.pipelines import table_pipeline
from voxplain.errors import InputError

EVERYBODY = ""


@dataclass
class Fitted:
    """What came of a model of a table.

    ``predictions`` are those of `out_of_fold`; ``pipelines`` is ``{(split, value): (pipeline, rows held out)}`` with
    the value of the column that models are parted by, else an empty text, and None for one that was not kept; ``grid``
    has every combination tried.
    """

    predictions: pd.DataFrame
    pipelines: dict = field(default_factory=dict)
    grid: pd.DataFrame = field(default_factory=pd.DataFrame)


def fitted_out_of_fold(features, folds, asked, classes=2, seed=1, parts=None, *, kept=True):
    """The Fitted of ``asked``, a complete entry of ``baselines.tabular``, over the splits of ``folds``.

    features: FeatureTable. folds: a table of scan, subject, group, split, role and label; scans without features count
    for nothing. Every split's pipeline is fitted on its training and validation scans; a grid is chosen by the latter
    after training on the former. classes: their number; None of amounts. parts: ``{scan: value}`` of the column that
    gives each value a model of its own; a scan without one is in none. kept: whether the pipelines are, of
    which some hold all of their training rows.
    """
    known = folds[folds["scan"].isin(features.table.index)]
    labels = known["label"].astype(int if classes else float)
    known = known.assign(label=labels, part=EVERYBODY if parts is None else known["scan"].map(parts))
    splits = {split: place for place, split in enumerate(known["split"].unique())}
    pipelines, tried, tables = {}, [], []
    for part, rows in known.dropna(subset="part").groupby("part", sort=True):

        def fitted_on(fitted, part=part):
            split = fitted["split"].iloc[0]
            drawn = np.random.SeedSequence([seed, splits[split]]).generate_state(1)[0] % 2**31
            pipeline, scored = _fitted(features, fitted, asked, classes, int(drawn))
            if scored is not None:
                tried.append(scored.assign(split=split, **({} if parts is None else {"part": part})))

            def predict(held_out):
                pipelines[split, part] = pipeline if kept else None, held_out
                return told_by(pipeline, features.table.loc[held_out["scan"]], classes)

            return predict

        tables.append(out_of_fold(rows, fitted_on, classes))
    told = [table for table in tables if len(table)]
    predictions = pd.concat(told, ignore_index=True) if told else no_predictions(classes)
    order = dict(zip(zip(known["split"], known["scan"], strict=True), range(len(known)), strict=True))
    places = [order[one] for one in zip(predictions["split"], predictions["scan"], strict=True)]
    predictions = predictions.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)
    return Fitted(predictions, pipelines, pd.concat(tried, ignore_index=True) if tried else pd.DataFrame())


def unfitted(features, asked, amounts=False, seed=1):
    """The unfitted pipeline of ``asked``, and the prefix that options have in its model."""
    model = model_named(asked["model"], amounts, asked["options"], seed)
    where = ""
    if first := asked["anomaly"]:
        detector = detector_named(first["detector"], first["options"], seed)
        model = TwoStep(detector, model, first["class"], first["contamination"], first["learns_from"])
        where = "model__"
    return table_pipeline(features.table, model, asked["oversample"], seed, features.confounds), where


def _fitted(features, fitted, asked, classes, seed):
    pipeline, where = unfitted(features, asked, not classes, seed)
    rows, labels = features.table.loc[fitted["scan"]], fitted["label"].to_numpy()
    unseen = asked["anomaly"]["class"] if asked["anomaly"] else None
    if not asked["grid"]:
        _refuse_few(pipeline["model"], int((labels != unseen).sum()))
        return pipeline.fit(rows, labels), None
    grid = asked_grid(asked["model"], asked["grid"])
    return searched(pipeline, grid, rows, labels, fitted["role"], asked["choose_by"], where, classes, unseen)


def _refuse_few(model, count):
    neighbours = getattr(getattr(model, "model", model), "n_neighbors", 0)
    if neighbours > count:
        raise InputError(
            f"knn asks for {neighbours} neighbours, but a split has {count} training scans; set options.n_neighbors"
        )

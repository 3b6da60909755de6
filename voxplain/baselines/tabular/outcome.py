"""All that comes of one entry of ``baselines.tabular``: predictions, scores of every protocol, grid, importances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.baselines.tabular.correlations import COLUMNS as OF_CORRELATIONS
from voxplain.baselines.tabular.correlations import correlation_table
from voxplain.baselines.tabular.features import feature_table
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.baselines.tabular.grids import scorer_of
from voxplain.baselines.tabular.importances import (
    importance_table,
    model_importances,
    permutation_importances,
)
from voxplain.baselines.tabular.protocols import protocol_folds
from voxplain.baselines.written import Baseline
from voxplain.errors import SettingsError
from voxplain.settings.protocols import FOLDS, protocol_name
from voxplain.settings.wording import suggestion
from voxplain.training.scores import score_predictions


@dataclass(frozen=True)
class Outcome:
    """The Baseline of the study's own folds, and tables.

    ``scores`` are those of `score_predictions` with ``protocol`` and ``fits``, how many pipelines were fitted, before
    them; ``grid`` every combination tried (protocol, split); ``importances`` of `importance_table`, ``features`` of
    `feature_table`, ``correlations`` of `correlation_table`.
    """

    baseline: Baseline
    scores: pd.DataFrame
    grid: pd.DataFrame
    importances: pd.DataFrame
    features: pd.DataFrame
    correlations: pd.DataFrame


def tabular_outcome(
    name, asked, scans, folds, measures, *, label_column, covariates, classes, bootstrap, seed, folding
):
    """The Outcome of the complete entry ``asked`` of ``baselines.tabular``, called ``name``.

    scans, measures: the tables of the used scans and of their measures, as text; measures None where there are none.
    folds: the table of the study's folds. label_column: of ``scans``; covariates: columns that the word stands for.
    classes: their number, None of amounts. folding: ``seed`` and ``validation`` of other protocols' folds.
    """
    where = f"baselines.tabular.{name}"
    known = folds.drop_duplicates("scan").set_index("scan")
    scans = scans[scans["scan"].isin(known.index)].reset_index(drop=True)
    measures = None if measures is None else measures[measures["scan"].isin(known.index)]
    features = feature_table(
        *(scans, asked["features"]),
        label=(label_column, known["label"].to_dict()),
        covariates=covariates,
        measures=measures,
        missing=asked["missing"],
        confounds=asked["residualise"],
        where=where,
    )
    parts = _cells(scans, asked["by"], f"{where}.by").to_dict() if asked["by"] else None
    dealt = {FOLDS: folds}
    for one in asked["protocols"]:
        dealt[protocol_name(one)] = protocol_folds(_dealt(scans, known, features, classes), one, **folding)
    # a thousand neighbours' models of leave-one-out would fill the memory
    everything = {
        protocol: fitted_out_of_fold(features, rows, asked, classes, seed, parts, kept=protocol == FOLDS)
        for protocol, rows in dealt.items()
    }
    own, scores, grids = everything[FOLDS], [], []
    for protocol, fitted in everything.items():
        scored = score_predictions(fitted.predictions, name, bootstrap, seed)
        scores.append(_first(scored, protocol=protocol, fits=len(fitted.pipelines)))
        grids.append(_first(fitted.grid, protocol=protocol))
    correlations = pd.DataFrame(columns=OF_CORRELATIONS)
    if asked["correlate"]:
        first = scans.drop_duplicates("subject")["scan"]
        cells = _cells(scans, asked["correlate"], f"{where}.correlate").reindex(first)
        correlations = correlation_table(_features(features), cells, asked["correlate"])
    return Outcome(
        _baseline(name, asked, features, own, len(known)),
        pd.concat(scores, ignore_index=True),
        pd.concat(grids, ignore_index=True),
        _importances(features, own, asked, classes, seed),
        features.listing,
        correlations,
    )


def _dealt(scans, known, features, classes):
    """The scans with features as folds are dealt to them, in the order of the table of scans."""
    table = scans[scans["scan"].isin(features.table.index)]
    uses = {use: (table[use].astype(str) == "True").to_numpy() for use in ("train", "judge") if use in table}
    rows = known.loc[table["scan"], ["subject", "group", "label"]].reset_index()
    return rows.assign(label=rows["label"].astype(int if classes else float), **uses)


def _features(features):
    return features.table[[column for column in features.table if column not in features.confounds]]


def _cells(scans, column, where):
    if column not in scans:
        raise SettingsError(f'setting "{where}" is {column}, which is no column; {suggestion(column, list(scans))}')
    cells = scans.set_index("scan")[column].astype(object)
    return cells.where(cells.notna() & (cells.astype(str).str.strip() != ""), None)


def _importances(features, fitted, asked, classes, seed):
    names, found = list(_features(features)), []
    for place, ((_, part), (pipeline, held_out)) in enumerate(fitted.pipelines.items()):
        values, kind = model_importances(pipeline) if "model" in asked["importances"] else (None, "")
        if values is not None:
            found.append((kind, part, values))
        if "permutation" in asked["importances"]:
            rows, labels = features.table.loc[held_out["scan"]], held_out["label"].to_numpy()
            drawn = int(np.random.SeedSequence([seed, place]).generate_state(1)[0] % 2**31)
            values = permutation_importances(pipeline, rows, labels, scorer_of(asked["choose_by"], classes), drawn)
            if values is not None:
                found.append(("permutation", part, values))
    return importance_table(found, names)


def _baseline(name, asked, features, fitted, scans):
    names = list(_features(features))
    some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    told = f"{asked['model']} of {some}"
    told += (
        f", class {asked['anomaly']['class']} told first by {asked['anomaly']['detector']}" if asked["anomaly"] else ""
    )
    told += f", a model for each {asked['by']}" if asked["by"] else ""
    told += f", less what {', '.join(asked['residualise'])} tell" if asked["residualise"] else ""
    left = scans - len(features.table)
    notes = [f"{left} of {scans} scans have no features and no prediction"] if left else []
    untold = len(features.table) - fitted.predictions["scan"].nunique()
    if untold and asked["by"]:
        notes.append(f"{untold} scans have no prediction: too few of their {asked['by']} to learn two classes from")
    elif fitted.predictions.empty:
        notes.append("no split has two classes to learn from")
    flagged = int((features.listing["status"] == "flagged").sum())
    notes += [f"{flagged} features are to be looked at twice"] if flagged else []
    card = {"asked": asked, "features": len(names), "scans": len(features.table), "fits": len(fitted.pipelines)}
    return Baseline(name, "tabular", told, fitted.predictions, "; ".join(notes), card)


def _first(table, **columns):
    return table.assign(**columns)[[*columns, *table]]

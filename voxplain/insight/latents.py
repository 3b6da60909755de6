"""Pictures of features, latents and tables, a point a scan, and beside each what can be told in the space it is of."""

import logging
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from voxplain.baselines.tabular.columns import Distinct
from voxplain.errors import InputError
from voxplain.insight.dense_autoencoder import DenseAutoencoder
from voxplain.insight.embeddings import LEAST_ROWS, embed
from voxplain.insight.permuted import is_amount
from voxplain.insight.probes import probe
from voxplain.insight.separation import silhouette

log = logging.getLogger(__name__)

POINTS = ["space", "method", "scan", "role", "x", "y"]
SCORES = [
    "space",
    "method",
    "column",
    "kind",
    "measure",
    "n",
    "value",
    "chance",
    "chance_low",
    "chance_high",
    "p",
    "note",
]
WHOLE = "none"  # the method of a score of the space itself


@dataclass(frozen=True)
class Space:
    """Rows of numbers, one a scan: ``values`` (n, d) and ``table`` with scan, group and role.

    ``before`` is a transformer of scikit-learn that belongs to the space and is fitted anew wherever anything is.
    """

    name: str
    values: np.ndarray
    table: pd.DataFrame
    before: object = None
    notes: list = field(default_factory=list)


def spaces_of_split(found):
    """The spaces of a SplitFeatures: features, without what the network was told, and, where it has some, latents."""
    told, table = len(found.about.get("told", ())), found.table[["scan", "group", "role"]]
    notes = [f"without {', '.join(found.about['told'])}, which the network is told"] if told else []
    seen = found.features[:, : found.features.shape[1] - told]
    spaces = [Space("features", seen, table, notes=notes)]
    return spaces + ([] if found.latents is None else [Space("latents", found.latents, table)])


def spaces_of_table(table, groups=None, *, seed=1, **options):
    """The spaces of a table of numbers, such as morphometry: its standardised columns, and five codes of them.

    table: a data frame, its index the scan; columns of other than numbers are left out, with a note, and so are,
    wherever something is fitted, columns that say nothing or the same again; a missing number is the median. groups:
    ``{scan: subject or family}``. options: of `DenseAutoencoder`, which makes the codes. All scans are held out from
    nothing, role "all". Raises InputError where no column holds numbers.
    """
    numbers = table.select_dtypes("number")
    if numbers.empty:
        raise InputError("the table of measures has no column of numbers; give one")
    others = [name for name in table if name not in numbers]
    notes = [f"without {', '.join(others)}: no numbers"] if others else []
    scans = [str(scan) for scan in table.index]
    rows = pd.DataFrame({"scan": scans, "group": [(groups or {}).get(scan, scan) for scan in scans], "role": "all"})
    cleaned = [SimpleImputer(strategy="median"), Distinct(), StandardScaler()]
    coded = make_pipeline(*cleaned, DenseAutoencoder(seed=seed, **options))
    return [
        Space("table", numbers.to_numpy(float), rows, make_pipeline(*cleaned), notes),
        Space("codes", numbers.to_numpy(float), rows, coded, notes),
    ]


def embed_space(space, methods, *, seed=1, options=None):
    """Points of a Space: a row for each of ``methods`` and each scan, with the columns of POINTS.

    Embeddings are fitted on scans of the role train, or on all where there are none, and the others are put into
    them; t-SNE lays all of them out together. options: ``{method: {option: value}}``. What cannot be drawn, such as
    features that are the same for everybody, is named in the log and has no row.
    """
    role, tables = space.table["role"].to_numpy(), []
    fitted = role == "train" if (role == "train").any() else np.ones(len(role), bool)
    for method in methods:
        how = {"fitted": fitted, "seed": seed, "before": space.before} | (options or {}).get(method, {})
        try:
            places = embed(space.values, method, **how)
        except InputError as error:
            log.warning("no picture of %s: %s", space.name, error)
            continue
        named = space.table[["scan", "role"]].assign(space=space.name, method=method, x=places[:, 0], y=places[:, 1])
        tables.append(named[POINTS])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=POINTS)


def score_space(space, points, columns, *, draws=50, seed=1):
    """What the space and its pictures tell of each of ``columns``, with the columns of SCORES.

    columns: a data frame, its index the scan, its columns class, age, sex, site and the like; scans without a value
    are left out of that column's scores. Of held-out scans, role test, or of all where there are none: the silhouette
    of classes among the points of each picture and in the space itself (method "none"), and the probe of the space.
    The probe is cross-validated among these scans, ``before`` fitted in each of its folds, so it never sees whom it
    judges. Numbers of more than ten values have no silhouette.
    """
    at = np.flatnonzero(space.table["role"] == "test")
    at = at if len(at) else np.arange(len(space.table))
    scans, groups = (space.table[name].to_numpy()[at] for name in ("scan", "group"))
    values = space.values[at]
    pictures = {}
    for method, rows in points[points["space"] == space.name].groupby("method", sort=False):
        pictures[method] = rows.set_index("scan").loc[scans, ["x", "y"]].to_numpy()
    shown = values if space.before is None or len(at) < LEAST_ROWS else space.before.fit(values).transform(values)
    found = []
    for name in columns:
        column = columns[name].reindex(scans)
        known = column.notna().to_numpy()
        kept, whose = column[known], groups[known]
        for method, coordinates in {WHOLE: shown, **pictures}.items():
            if not is_amount(kept):
                row = silhouette(coordinates[known], kept, whose, draws=draws, seed=seed)
                found.append({"method": method, "column": name, "kind": "silhouette", "measure": "silhouette", **row})
        row = probe(values[known], kept, whose, before=space.before, draws=draws, seed=seed)
        found.append({"method": WHOLE, "column": name, "kind": "probe", **row})
    scores = pd.DataFrame(found, columns=SCORES).assign(space=space.name)
    return scores.assign(note=["; ".join(filter(None, [one, *space.notes])) for one in scores["note"]])


def embed_features(found, columns, methods=("pca", "tsne"), *, draws=50, seed=1, options=None):
    """Points and scores of every space of a SplitFeatures, with its split and seed; see `embed_space`, `score_space`.

    A split with fewer than 5 training scans, or without a network, has no point and no score.
    """
    told = {"split": found.about["split"], "seed": found.about["seed"]}
    spaces = spaces_of_split(found) if (found.table["role"] == "train").sum() >= LEAST_ROWS else []
    both = _points_and_scores(spaces, columns, methods, draws, seed, options)
    return tuple(pd.DataFrame(told, index=table.index).join(table) for table in both)


def embed_table(
    table, columns, groups=None, methods=("pca", "ica", "isomap", "tsne"), *, draws=50, seed=1, options=None
):
    """Points and scores of a table of measures and of its codes; see `spaces_of_table`."""
    return _points_and_scores(spaces_of_table(table, groups, seed=seed), columns, methods, draws, seed, options)


def _points_and_scores(spaces, columns, methods, draws, seed, options):
    points, scores = [pd.DataFrame(columns=POINTS)], [pd.DataFrame(columns=SCORES)]
    for space in spaces:
        points.append(embed_space(space, methods, seed=seed, options=options))
        scores.append(score_space(space, points[-1], columns, draws=draws, seed=seed))
    return tuple(pd.concat(tables[1:] or tables, ignore_index=True) for tables in (points, scores))

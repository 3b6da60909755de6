"""Features that have names, as numbers: columns of a study's tables, what simple models and concepts are made of."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voxplain.baselines.tabular.features import feature_table
from voxplain.cohort.tables.ranges import parse_range
from voxplain.errors import InputError
from voxplain.insight.region_means import region_means
from voxplain.settings.insight_features import REGIONS

_AS_WRITTEN = {"keep_default_na": False, "na_values": [""]}
NO_SPACE = "the scans lie each in a space of its own, where an atlas means nothing"


@dataclass(frozen=True)
class NamedFeatures:
    """Features of a study: ``table``, whose index is the scan, and why others were ``left_out``, by name.

    ``atlas`` has labels and names, on the volumes' grid, where the means of its regions are features too, else None.
    """

    table: pd.DataFrame
    left_out: dict = field(default_factory=dict)
    atlas: object = None

    def of(self, *volumes):
        """A row for each scan of ``volumes``: the means of regions in it, and what is known of it in tables.

        The means are those of volumes as they come, masked and normalised as they are.
        """
        scans = [scan for one in volumes for scan in one.scans]
        known = self.table.loc[[scan for scan in scans if scan in self.table.index]]
        if self.atlas is None:
            return known
        means = pd.concat([region_means(one, self.atlas.labels, self.atlas.names) for one in volumes])
        return means.join(known.rename(columns={name: f"{name} (table)" for name in known if name in means}))


def features_of_study(asked, scans, *, label, covariates=(), measures=None, atlas=None, where="insight"):
    """The `NamedFeatures` of what a setting has ``asked`` for, from files; ``regions`` among it stands for an atlas.

    scans, measures: paths of tables; ``atlas`` the Atlas on the grid of the volumes, None where they share no space;
    the others are as in `named_features`.
    """
    tables = [
        None if path is None else pd.read_csv(path, sep="\t", dtype=str, **_AS_WRITTEN) for path in (scans, measures)
    ]
    table, left_out = named_features(
        asked, tables[0], label=label, covariates=covariates, measures=tables[1], where=where
    )
    if REGIONS in asked and atlas is None:
        left_out[REGIONS] = NO_SPACE
    return NamedFeatures(table, left_out, atlas if REGIONS in asked else None)


def named_features(asked, scans, *, label, covariates=(), measures=None, where="insight"):
    """Floats of the columns ``asked``, a data frame whose index is the scan, and ``{column: why it was left out}``.

    scans, measures: data frames of text with the column scan, see `feature_table`; ``covariates`` and ``measures``
    among ``asked`` stand for all of them. label: the column that the network's label is made from, which is left out
    as it is no feature of a network that tells it. A text of two values is numbered (see `as_numbers`). A column that
    cannot be a feature, or is the same in every scan, is left out. ``where`` is the setting, for messages.
    Raises SettingsError for a column that there is not.
    """
    left_out = {label: "what the label is made from"} if label in asked else {}
    asked = [one for one in asked if one not in (REGIONS, label)]
    if not asked:
        return pd.DataFrame(index=pd.Index(scans["scan"], name="scan")), left_out
    try:
        given = feature_table(scans, asked, label=(label, {}), covariates=covariates, measures=measures, where=where)
    except InputError as fault:
        return pd.DataFrame(index=pd.Index(scans["scan"], name="scan")), left_out | {", ".join(asked): str(fault)}
    refused = given.listing[given.listing["status"] == "left out"]
    left_out |= {row.name: row.rule for row in refused[refused["what"] == "feature"].itertuples(index=False)}
    found = {}
    for column, cells in given.table.items():
        try:
            name, values = as_numbers(column, cells)
        except InputError as fault:
            left_out[column] = str(fault)
            continue
        if values.nunique() < 2:
            left_out[column] = "the same in every scan"
        else:
            found[name] = values
    return pd.DataFrame(found, index=given.table.index), left_out


def as_numbers(column, cells):
    """What the numbers of ``cells``, a column of a table, are called, and these as floats; a missing one is nan.

    Ranges such as 22-25 are their middle, and 36+ is 36. Of text with two values the later by alphabet is 1 and the
    other 0, and the name ``sex: M``. Raises InputError for other text.
    """
    if pd.api.types.is_numeric_dtype(cells):
        return str(column), cells.astype(float)
    texts = {cell: parse_range(cell) for cell in cells.dropna().unique()}
    if texts and all(texts.values()):
        middles = {cell: _middle(one) for cell, one in texts.items()}
        return str(column), cells.map(middles).astype(float)
    known = sorted(map(str, texts))
    if len(known) != 2:
        raise InputError(f"text of {len(known)} values; give numbers, ranges or two values")
    return f"{column}: {known[1]}", cells.map(lambda cell: np.nan if pd.isna(cell) else float(str(cell) == known[1]))


def _middle(one):
    ends = [end for end in (one.low, one.high) if np.isfinite(end)]
    return sum(ends) / len(ends)

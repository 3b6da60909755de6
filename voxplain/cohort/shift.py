"""In what a test cohort differs from the study: intensities, sizes, fit to the template, covariates and labels."""

import numpy as np
import pandas as pd

from voxplain.cohort.dealing.columns import cell
from voxplain.cohort.tables.labels import MISSING

COLUMNS = ["scan", "kind", "measure", "value"]
SIZES = "brain_volume", "determinant", "scale"
FITS = "correlation", "nmi", "dice", "shear", "rotation", "shift", "jacobian"
MOST_LEVELS = 10


def measured(volumes, scans, labels, columns, name):
    """A long table of what each of ``volumes`` is: scan, kind, measure and value.

    Kinds are intensity (of the packed volume, in and around the brain), size, template (how well the scan fits it),
    quality (every other measure that preparing took in the input ``name``), covariate and label. ``volumes`` are those
    of a store, not masked; ``scans`` the table of scans; ``labels`` the label of each scan by name, as text or a
    number; ``columns`` the covariates, however the table spells them. Empty cells have no row.
    """
    table = scans.set_index("scan").reindex(volumes.scans)
    parts = {("label", "label"): [labels[scan] for scan in volumes.scans]}
    for column in columns:
        if len(held := cell({one: table[one] for one in table}, column)):
            parts["covariate", column] = held.tolist()
    for column in table:
        measure = column if column == "brain_volume_ml" else column.removesuffix(f"_{name}")
        if column == "brain_volume_ml" or measure != column:
            parts[_kind(measure), measure] = table[column].tolist()
    for place in range(len(volumes)):
        for measure, value in intensities(volumes, place).items():
            parts.setdefault(("intensity", measure), []).append(value)
    long = [
        (scan, kind, measure, value)
        for (kind, measure), values in parts.items()
        for scan, value in zip(volumes.scans, values, strict=True)
        if str(value).strip().lower() not in MISSING
    ]
    return pd.DataFrame(long, columns=COLUMNS)


def intensities(volumes, place):
    """Mean, spread and percentiles of one volume's first channel of intensities inside its brain, and the mean outside.

    In the packed volume's unit; empty without such a channel, nan where there is no voxel.
    """
    if not volumes.intensities:
        return {}
    volume, inside = volumes[place][volumes.intensities[0]].double().numpy(), volumes.mask(place).numpy() > 0
    brain, rest = volume[inside], volume[~inside]
    low, middle, high = np.percentile(brain, [5, 50, 95]) if brain.size else [np.nan] * 3
    told = {"mean in the brain": brain.mean() if brain.size else np.nan}
    told |= {"spread in the brain": brain.std(ddof=1) if brain.size > 1 else np.nan}
    told |= {"5 % in the brain": low, "median in the brain": middle, "95 % in the brain": high}
    return told | {"mean outside the brain": rest.mean() if rest.size else np.nan}


def shift(own, other, name):
    """A row a measure, the most different first, and the values behind it: two data frames.

    ``own`` and ``other`` are `measured` of the study and of the test cohort ``name``. Columns: kind, measure, ``study``
    (mean), ``study_sd``, ``study_n``, ``cohort``, ``cohort_sd``, ``cohort_n`` and ``difference``, the cohort's mean
    less the study's over the root of their mean variance (ddof 1). What is not a number is compared by the share of
    each of its values. The second frame has the columns cohort (``study`` or ``name``), scan, kind, measure and value.

    Austin, Balance diagnostics for comparing the distribution of baseline covariates between treatment groups,
    Statistics in Medicine 2009.
    """
    values = pd.concat([own.assign(cohort="study"), other.assign(cohort=name)], ignore_index=True)
    parts = [
        part
        for (kind, measure), rows in values.groupby(["kind", "measure"], sort=False)
        for part in _as_numbers(rows, measure)
    ]
    values = pd.concat(parts, ignore_index=True)[["cohort", *COLUMNS]] if parts else values[["cohort", *COLUMNS]]
    rows = []
    for (kind, measure), of_measure in values.groupby(["kind", "measure"], sort=False):
        told, of = {"kind": kind, "measure": measure}, {}
        for side, cohort in (("study", "study"), ("cohort", name)):
            of[side] = of_measure.loc[of_measure["cohort"] == cohort, "value"].to_numpy(float)
            told |= {side: _mean(of[side]), f"{side}_sd": _sd(of[side]), f"{side}_n": len(of[side])}
        rows.append(told | {"difference": standardised_difference(of["study"], of["cohort"])})
    table = pd.DataFrame(rows)
    order = np.argsort(-table["difference"].abs().fillna(-1).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True), values


def standardised_difference(first, second):
    """Mean of ``second`` less that of ``first``, over the root of the mean of their variances (ddof 1).

    0 where all values are alike, infinite where only the means differ, nan where either has fewer than two.
    """
    if min(len(first), len(second)) < 2:
        return np.nan
    apart = second.mean() - first.mean()
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return apart / spread if spread else np.copysign(np.inf, apart) if apart else 0.0


def _as_numbers(rows, measure):
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    if numbers.notna().all():
        return [rows.assign(value=numbers.astype(float))]
    text = rows["value"].astype(str)
    levels = text.value_counts().index[:MOST_LEVELS]
    return [rows.assign(measure=f"{measure}: {level}", value=(text == level).astype(float)) for level in sorted(levels)]


def _kind(measure):
    kinds = {"size": SIZES, "template": FITS}
    return next((kind for kind, stems in kinds.items() if measure.startswith(stems)), "quality")


def _mean(values):
    return values.mean() if len(values) else np.nan


def _sd(values):
    return values.std(ddof=1) if len(values) > 1 else np.nan

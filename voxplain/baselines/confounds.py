"""What confounds alone tell of a label: sizes, age and sex, site, scanner and release, the mask, the outside."""

import pandas as pd

from voxplain.baselines.confound_columns import USUAL, column_values, confound_columns, letters
from voxplain.baselines.from_features import from_features
from voxplain.baselines.mask_shape import mask_shapes
from voxplain.baselines.one_number import outside_means
from voxplain.baselines.out_of_fold import no_predictions
from voxplain.baselines.written import Baseline

MAY_BE_IT = "the size of a brain may be what the label is about, as where it shrinks in a disease, and no confound"
SIZES = {
    "size": ("brain_volume_input_ml_{input}", "the brain's volume as the network sees it", MAY_BE_IT),
    "native_size": ("brain_volume_ml", "the brain's volume before registration", MAY_BE_IT),
    "intracranial": ("intracranial_volume_ml_{input}", "the intracranial volume, from how registration scaled it", ""),
}
TOLD = {
    "age": "age",
    "sex": "sex",
    "age_sex": "age and sex",
    "site": "the site",
    "scanner": "the scanner",
    "release": "the release",
    "mask_shape": "the shape of the brain mask",
    "outside": "the mean intensity outside the brain mask",
}


def confound_baseline(name, volumes, scans, folds, *, input_name, label_column, classes=2, columns=None):
    """The Baseline of the confound ``name``, fitted in each split on scans that are not held out.

    volumes: the whole store of the experiment's input, unmasked; scans: the table of all scans; folds: the
    experiment's, as a table. ``label_column`` is the column that the label is made from, which is no confound;
    ``columns`` names columns of confounds that are called otherwise than usual. Where the study lacks what the confound
    needs, there are no predictions and the note says so; where some scans lack it, the others are predicted.
    """
    folds = folds[folds["scan"].isin(volumes.scans)]
    told, found = (SIZES[name][1] if name in SIZES else TOLD[name]), None
    why, caution = "", SIZES[name][2] if name in SIZES else MAY_BE_IT if name == "mask_shape" else ""
    if name in SIZES:
        column = SIZES[name][0].format(input=input_name)
        found = scans.set_index("scan")[[column]].astype(float) if column in scans else None
        why = f"the table of scans has no {column}"
    elif name == "mask_shape":
        found = mask_shapes(volumes)
    elif name == "outside":
        found, why = pd.Series(outside_means(volumes), dtype=float).to_frame("outside"), "masks leave nothing outside"
    else:
        found, why = _of_columns(name, scans, label_column, columns or {})
    if found is not None:
        found, why = _known(found, folds, why)
    if found is None:
        return Baseline(name, "confound", told, no_predictions(classes), why)
    predictions = from_features(found, folds, classes)
    settings = {"features": list(found) if len(found.columns) < 10 else len(found.columns)}
    return Baseline(name, "confound", told, predictions, "; ".join(filter(None, [caution, why])), settings)


def _of_columns(name, scans, label_column, named):
    parts = {one: confound_columns(scans, one, named.get(one)) for one in name.split("_")}
    for one, columns in parts.items():
        usual = {letters(column) for column in columns} | set(USUAL[one])
        if letters(label_column) in usual:
            return None, f"the label itself is made from {label_column}"
        if not columns:
            return None, f"no column of the table of scans says the {one}; name it in cohort.covariates"
    found = pd.concat([column_values(scans, columns, one) for one, columns in parts.items()], axis=1)
    return found.loc[:, ~found.columns.duplicated()], ""


def _known(found, folds, why):
    """The features of the scans of ``folds`` that are known and differ, and how many are missing; or None and why."""
    asked = folds["scan"].unique()
    known = found.reindex(asked).dropna()
    if known.empty:
        return None, why or "no scan has a value"
    differ = known.columns[known.nunique() > 1]
    if differ.empty:
        return None, "it is the same in every scan"
    missing = len(asked) - len(known)
    return known[differ], f"{missing} of {len(asked)} scans have no value and are left out" if missing else ""

"""The table of quality measures: what each means, on which side it gets worse, and what is usual in this cohort."""

from voxplain.report.blocks import Fold, Table
from voxplain.volumes.outliers import LIMIT, SUFFIX, WORSE, worse

MEANINGS = {
    "correlation": "correlation with the template inside the brain, at 8 mm",
    "nmi": "normalised mutual information with the template inside the brain, 1 to 2",
    "dice": "overlap of the brain mask with the template's, 0 to 1",
    "determinant": "volume of the head relative to the template's, by the linear transform",
    "shear": "largest shear of the linear transform",
    "rotation": "degrees that the head was turned by",
    "shift": "mm that the middle of the brain was moved by",
    "jacobian_min": "strongest shrinking of the warp inside the brain",
    "jacobian_max": "strongest stretching of the warp inside the brain",
    "folded": "share of the brain that the warp folds",
    "brain_volume_ml": "volume of the brain mask as acquired, in ml",
    "brain_volume_input_ml": "volume of the brain mask as prepared, in ml",
    "mask_agreement": "overlap of two masks of the same head, 0 to 1",
    "mask_components": "pieces that the brain mask falls into",
    "mask_holes": "cavities in the brain mask",
    "cnr": "contrast of grey and white matter to noise",
    "cjv": "joint variation of grey and white matter",
    "snr": "signal to noise within white matter",
    "snr_dietrich": "signal of white matter to the noise of the air",
    "efc": "entropy focus criterion, 0 to 1; ghosts and blur raise it",
}
SIDES = {"low": "low", "high": "high", "both": "either"}


def measures_table(known, name):
    """The table of the measures of input ``name``, folded away, in a list; an empty list where nothing was measured.

    ``known`` has one row a scan with the columns of qc.tsv.
    """
    kept = known[known["flag"] != "refused"]
    rows = [
        _row(measure, kept[measure].dropna(), kept[measure + SUFFIX])
        for measure in WORSE
        if measure in kept and measure + SUFFIX in kept and kept[measure].notna().any()
    ]
    if not rows:
        return []
    columns = ["Measure", "What it is", "Worse if", "Median", "Lowest", "Highest", "Marked"]
    caption = f"Measures of input {name} and how many scans lie more than {LIMIT} MADs on the worse side"
    return [Fold("What was measured, and what is usual", [Table(caption, columns, rows, frozenset(columns[3:]))])]


def _row(measure, values, mads):
    told = (f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}" for value in values.agg(["median", "min", "max"]))
    return [measure, MEANINGS[measure], SIDES[WORSE[measure]], *told, int((worse(measure, mads) > LIMIT).sum())]

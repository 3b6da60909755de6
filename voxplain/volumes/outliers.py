"""Which scans are unlike the rest of their cohort: deviations in MADs of every measure, and the table of them.

No measure has a limit of its own here. A scan is compared with the others of the same input, so what is usual is what
most scans do; a fault that most of them share is not seen, and what is usual in ten scans is known only roughly.
"""

import numpy as np
import pandas as pd

NORMAL = 1.4826  # standard deviation of normal values over their median absolute deviation
MEAN = 1.2533  # the same over their mean absolute deviation
# Iglewicz and Hoaglin's; of normal values, one in 2,149 is farther from the median
LIMIT = 3.5
SUFFIX = "_mads"
TOLD = 4  # measures of a scan that are named
# The side on which a measure gets worse; unusual volumes, scales and amounts of empty space are so on either.
WORSE = {
    "correlation": "low",
    "nmi": "low",
    "dice": "low",
    "determinant": "both",
    "shear": "high",
    "rotation": "high",
    "shift": "high",
    "jacobian_min": "low",
    "jacobian_max": "high",
    "folded": "high",
    "brain_volume_ml": "both",
    "brain_volume_input_ml": "both",
    "mask_agreement": "low",
    "mask_components": "high",
    "mask_holes": "high",
    "cnr": "low",
    "cjv": "high",
    "snr": "low",
    "snr_dietrich": "low",
    "efc": "both",
}
FLAGS = "refused", "outlier", "review", ""


def deviations(values, usual):
    """How far each of ``values`` lies from the median of ``usual``, in scaled MADs; 0 where all of these are alike.

    (value - median) / (1.4826 MAD), the modified z-score; where more than half of them are alike, so that the MAD is
    0, the mean absolute deviation times 1.2533 takes its place. NaN stays NaN; ``usual`` may hold NaN too.

    Iglewicz and Hoaglin, How to detect and handle outliers, ASQC 1993.
    """
    values, usual = np.asarray(values, float), np.asarray(usual, float)
    usual = usual[np.isfinite(usual)]
    if not usual.size:
        return np.full(values.shape, np.nan)
    middle = np.median(usual)
    away = np.abs(usual - middle)
    spread = NORMAL * np.median(away) or MEAN * away.mean()
    if not spread:
        return np.select([values == middle, values > middle, values < middle], [0.0, np.inf, -np.inf], np.nan)
    return (values - middle) / spread


def quality_table(statuses):
    """One row a scan and input, the worst first: ``flag``, ``why``, ``worst``, every measure, and its deviations.

    ``statuses`` are the contents of the status files. Columns ``<measure>_mads`` hold the deviation of a measure from
    the accepted scans of the same input, ``worst`` the largest of them on the side where the measure gets worse.
    ``flag`` is refused (the scan was left out), outlier (``worst`` is beyond 3.5), review (its mask disagrees with a
    second one) or empty, and ``why`` says so in words. Flags leave no scan out.
    """
    names = list(dict.fromkeys(name for status in statuses for name in status["measures"]))
    judged = [name for name in WORSE if name in names]
    ordered = judged + [name for name in names if name not in judged]
    rows = pd.DataFrame(
        [
            {"scan": one["scan"], "input": one["input"], "accepted": one["accepted"]} | one["measures"]
            for one in statuses
        ],
        columns=["scan", "input", "accepted", *ordered],
    )
    parts = [_judged(part, judged) for _, part in rows.groupby("input", sort=False)]
    table = pd.concat(parts) if parts else rows.assign(worst=[])
    reasons = {(one["scan"], one["input"]): f"{one['stage']}: {one['reason']}" for one in statuses if one["reason"]}
    told = [_told(row, judged, reasons.get((row["scan"], row["input"]))) for row in table.to_dict("records")]
    table["flag"], table["why"] = ([one[place] for one in told] for place in (0, 1))
    place = table["flag"].map(FLAGS.index)
    order = np.lexsort((table["scan"], -table["worst"].fillna(np.inf), place))
    first = ["scan", "input", "flag", "why", "worst"]
    return table.iloc[order][[*first, *ordered, *(name + SUFFIX for name in judged)]].reset_index(drop=True)


def worse(name, mads):
    """Deviations of the measure ``name`` turned so that larger is worse."""
    return {"low": -mads, "high": mads, "both": abs(mads)}[WORSE[name]]


def _judged(part, judged):
    usual = part[part["accepted"].astype(bool)]
    usual = usual if len(usual) else part
    part = part.assign(**{name + SUFFIX: deviations(part[name], usual[name]).round(3) for name in judged})
    bad = [worse(name, part[name + SUFFIX]) for name in judged]
    return part.assign(worst=pd.concat(bad, axis=1).max(axis=1) if bad else np.nan)


def _told(row, judged, reason):
    beyond = {name: row[name + SUFFIX] for name in judged if worse(name, row[name + SUFFIX]) > LIMIT}
    ranked = sorted(beyond, key=lambda name: -abs(beyond[name]))
    words = [f"{name} {_short(row[name])}, {_apart(beyond[name])}" for name in ranked[:TOLD]]
    words += [f"{len(ranked) - TOLD} more measures beyond {LIMIT}"] if len(ranked) > TOLD else []
    words += ["its mask disagrees with a second one"] if row.get("mask_review", 0) > 0 else []
    if reason or not row["accepted"]:
        return "refused", "; ".join([reason or "no reason was recorded", *words])
    return "outlier" if beyond else "review" if words else "", "; ".join(words)


def _apart(mads):
    side = "above" if mads > 0 else "below"
    return f"{abs(mads):.1f} MADs {side} the median" if np.isfinite(mads) else f"{side} what all others have"


def _short(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

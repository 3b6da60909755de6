"""What a network may go by that is no sign of what it is asked for: where relevance lies, and what answers go with.

Rows of one experiment, a method's or the network's, each with what it was held against and whether it is flagged by the
rules of ``sanity.shortcuts``. A flag says where to look; it is no proof, and no flag is no proof of the contrary.
"""

import numpy as np

from voxplain.insight.corrections import holm
from voxplain.relevance.shares import excess, mean_with_interval
from voxplain.sanity.within_classes import link

NETWORK = "network"
COLUMNS = [
    *("method", "cue", "measure", "value", "low", "high", "n", "reference", "untrained"),
    *("difference", "difference_low", "difference_high", "p", "flagged", "sentence"),
]
YES, NO, UNDEFINED = "yes", "no", "undefined"
PLACES = {
    "outside": ("of the relevance lies outside the brain", "of all voxels"),
    "face": ("of the relevance lies in the face", "of all voxels"),
    "neck": ("of the relevance lies in the neck", "of all voxels"),
    "border": ("of the brain's relevance lies along its border", "of the brain's voxels"),
}
SCORES = {"roc_auc": ("ROC AUC", 0.5), "r2": ("R²", 0.0)}


def share_row(method, cue, shares, voxels, untrained, asked, *, resamples, seed):
    """The row of a part of the head: the mean of ``shares`` (subjects,) beside its share of voxels, ``voxels``.

    Flagged where the share exceeds that of networks never trained, ``untrained`` (networks,), by more than
    ``asked["least_excess"]`` with the whole interval: what training brought there.
    """
    value, low, high = mean_with_interval(shares, resamples, seed)
    difference = excess(shares, untrained)
    known = np.asarray(untrained, float)[np.isfinite(np.asarray(untrained, float))]
    beside = float(known.mean()) if len(known) else np.nan
    flagged = UNDEFINED if not np.isfinite(difference[1]) else YES if difference[1] > asked["least_excess"] else NO
    where, whole = PLACES[cue]
    text = f"{method}: {_percent(value)} {where}, where {_percent(voxels)} {whole} are"
    if not np.isfinite(value):
        text = f"{method}: how much {where} is undefined, because every map is zero or not finite"
    elif flagged == UNDEFINED:
        text += "; too few networks never trained have maps that are not constant to say what training brought there"
    elif flagged == YES:
        text += f", and networks never trained have {_percent(beside)} there: training brought relevance to this place"
    else:
        text += f"; networks never trained have {_percent(beside)} there, which training did not surely raise"
    ends = dict(zip(("difference", "difference_low", "difference_high"), difference, strict=True))
    numbers = {"value": value, "low": low, "high": high, "n": int(np.isfinite(shares).sum())}
    return cue_row(method, cue, "share", flagged, text, reference=voxels, untrained=beside, **numbers, **ends)


def link_rows(who, values, labels, columns, *, regression, told, resamples, permutations, seed):
    """Rows, not flagged yet, of how ``values`` (subjects,) go along within classes with each of ``columns``.

    ``who`` is a method, whose amount of relevance the values are, or the network, whose answers they are; ``told`` are
    the columns that the network is told beside the volume, which are no shortcut and never flagged. See `link`.
    """
    rows, what = [], "answers" if who == NETWORK else "amount of relevance"
    for number, (cue, column) in enumerate(columns.items()):
        how = {"regression": regression, "resamples": resamples, "permutations": permutations}
        found = link(values, column, labels, seed=[*seed, number], **how)
        text = f"{who}: {what} and {cue} within classes: {_link(found)}"
        if not np.isfinite(found["value"]):
            text = f"{who}: {what} and {cue} within classes: undefined, one of them does not vary or few have it"
        if cue in told:
            text += ", which the network is told"
        rows.append(cue_row(who, cue, found.pop("kind"), UNDEFINED, text, reference=found.pop("null"), **found))
    return rows


def flag_links(rows, asked, told=()):
    """``rows`` of `link_rows`, all of an experiment's, flagged: p by Holm's correction over all of them.

    Flagged is a |value| of at least ``asked["least_correlation"]`` whose corrected p is at most ``asked["level"]``.
    """
    flagged = []
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        if not np.isfinite(p) or row["cue"] in told:
            flagged.append(row | {"sentence": f"{row['sentence']}."})
            continue
        sure = p <= asked["level"]
        mark = YES if sure and abs(row["value"]) >= asked["least_correlation"] else NO
        tail = "more than chance makes" if sure else "not surely more than chance makes"
        small = sure and mark == NO
        tail += f", but less than {asked['least_correlation']:g}" if small else ""
        flagged.append(row | {"p": p, "flagged": mark, "sentence": f"{row['sentence']}, {tail} (corrected p {p:.2g})."})
    return flagged


def only_outside_row(scores, whole):
    """The row of what the network tells when the brain is hidden, from rows of `masked_table` over all splits.

    ``scores`` are those with the brain filled, ``whole`` those of the same scans as they are; of classes it is the ROC
    AUC, whatever the threshold, of amounts R2. Flagged where the whole interval lies above chance.
    """
    measure = next(one for one in SCORES if one in scores)
    name, chance = SCORES[measure]
    value, low, high = (float(scores[f"{measure}{end}"]) for end in ("", "_low", "_high"))
    text = f"network: shown only what is outside the brain it reaches {name} {_number(value)} ({_number(low)} to "
    text += f"{_number(high)}), of {_number(float(whole[measure]))} with everything shown"
    if not np.isfinite(low):
        flagged, text = UNDEFINED, f"network: what it tells from outside the brain alone is undefined ({name})."
    elif low > chance:
        flagged, text = YES, f"{text}: the outside alone tells."
    else:
        flagged, text = NO, f"{text}: the outside alone does not surely tell."
    numbers = {"value": value, "low": low, "high": high, "n": int(scores["n"]), "reference": chance}
    return cue_row(NETWORK, "only_outside", measure, flagged, text, **numbers)


def not_there(method, cue, why):
    """A row without a number for a cue that cannot be asked for, with the reason."""
    return cue_row(method, cue, "", UNDEFINED, f"{method}: {cue.replace('_', ' ')} is undefined, {why}.")


def cue_row(method, cue, measure, flagged, sentence, **numbers):
    """A row of COLUMNS, empty where ``numbers`` have none of it."""
    sentence = sentence if sentence.endswith(".") or measure in ("correlation", "ratio") else f"{sentence}."
    told = {"method": method, "cue": cue, "measure": measure, "flagged": flagged, "sentence": sentence}
    return {name: (told | numbers).get(name, np.nan) for name in COLUMNS}


def _link(found):
    name = "correlation" if found["kind"] == "correlation" else "correlation ratio"
    return f"{name} {_number(found['value'])} ({_number(found['low'])} to {_number(found['high'])})"


def _percent(share):
    return f"{100 * share:.0f} %" if np.isfinite(share) else "an undefined share"


def _number(value):
    return f"{value:.2f}" if np.isfinite(value) else "undefined"

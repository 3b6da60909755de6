"""ROC and precision over recall of every split alone, which a mean over splits hides."""

import numpy as np

from voxplain.report.blocks import Figure
from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style
from voxplain.report.sentences import count, number

MOST_CLASSES = 4
MOST_NAMED = 10


def split_curves(experiment, predictions, names):
    """The picture, a line a split and seed; of two classes class 1, of more each against the rest, the first four.

    From ``predictions.tsv``; names: what classes are called, by number. None where no split holds out both.
    """
    classes = sorted(int(column.removeprefix("probability_")) for column in predictions if "probability_" in column)
    chosen = classes[1:] if len(classes) == 2 else classes[:MOST_CLASSES]
    drawn = {one: _of_class(predictions, one) for one in chosen}
    drawn = {one: found for one, found in drawn.items() if found}
    if not drawn:
        return None
    words = " ".join(_words(experiment, names.get(one, str(one)), found) for one, found in drawn.items())
    with style():
        canvas, axes = panels(len(drawn), 2, 8.2, 3.6 * len(drawn))
        for row, (one, found) in zip(axes, drawn.items(), strict=True):
            for place, (split, (rank, recall)) in enumerate(found.items()):
                look = {"color": COLOURS[place % len(COLOURS)], "linewidth": 1.3}
                row[0].plot(*rank, label=f"{split}: AUC {number(area(*rank))}", **look)
                row[1].step(*recall, where="pre", **look)
            row[0].plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1, zorder=0)
            row[0].set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
            row[1].set(xlabel="recall", ylabel="precision", aspect="equal")
            for axis, title in zip(row, ("ROC", "precision over recall"), strict=True):
                axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
                axis.set_title(f"{title} of {names.get(one, one)}", loc="left")
            if len(found) <= MOST_NAMED:
                row[0].legend(loc="lower right", fontsize="small")
        picture = drawing(canvas, words)
    return Figure(picture, f"Each split of {experiment} alone: its held-out scans, told by its own network.")


def roc_points(positive, score):
    """False and true positive rates at every threshold, from none called positive to all."""
    thresholds = np.unique(score)[::-1]
    called = score[:, None] >= thresholds
    true, false = called[positive].mean(0), called[~positive].mean(0)
    return np.r_[0, false], np.r_[0, true]


def precision_points(positive, score):
    """Recall and precision at every threshold, from the strictest on."""
    called = score[:, None] >= np.unique(score)[::-1]
    hits = (called & positive[:, None]).sum(0)
    return hits / positive.sum(), hits / called.sum(0)


def area(across, up):
    """The area below a curve, by trapezia."""
    return float(np.trapezoid(up, across))


def _of_class(predictions, one):
    found = {}
    several = predictions["seed"].nunique() > 1
    for (split, seed), rows in predictions.groupby(["split", "seed"]):
        positive, score = (rows["label"] == one).to_numpy(), rows[f"probability_{one}"].to_numpy(float)
        if positive.any() and not positive.all():
            name = f"{split}, seed {seed}" if several else split
            found[name] = roc_points(positive, score), precision_points(positive, score)
    return found


def _words(experiment, name, found):
    areas = [area(*rank) for rank, _ in found.values()]
    span = number(areas[0]) if len(areas) == 1 else f"{number(min(areas))} to {number(max(areas))}"
    return f"{experiment}, {name}: ROC AUC {span} in {count(len(areas), 'curve')} of single splits."

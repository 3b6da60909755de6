"""Numbers as plain words: every sentence is a function of numbers, so none outlives the run it describes."""

import math

MEASURES = {
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "pr_auc": "PR AUC",
    "brier": "Brier score",
    "calibration_error": "calibration error",
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
}
MODELS = {
    "network": "network",
    "network_mean": "mean of the networks",
    "network_by_subject": "network, by subject",
    "size": "brain size as the network sees it",
    "native_size": "brain size before registration",
    "outside": "mean intensity outside the brain",
    "intracranial": "intracranial volume",
    "age_sex": "age and sex",
    "mask_shape": "shape of the brain mask",
    "svc_rbf": "voxels by SVM, Gaussian",
    "svc_linear": "voxels by SVM, linear",
    "kernel_pca_knn": "voxels by kernel PCA and neighbours",
}


def number(value, digits=2):
    """The value with ``digits`` decimals; ``undefined`` where it is not a finite number."""
    if value is None or not math.isfinite(value):
        return "undefined"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(value, low, high):
    """A value with its 95 % interval, or the value alone where the interval is undefined."""
    if any(end is None or not math.isfinite(end) for end in (low, high)):
        return number(value)
    return f"{number(value)} (95 % interval {number(low)} to {number(high)})"


def percent(share):
    """A share as a whole per cent; below one half per cent as ``less than 1 %``."""
    if share is None or not math.isfinite(share):
        return "an undefined share"
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def count(amount, singular, plural=None):
    """``1 scan``, ``2 scans``."""
    return f"{amount} {singular if amount == 1 else plural or singular + 's'}"


def listing(words):
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(words)
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def is_network(model):
    """Whether a model of scores.tsv is the network, by scan, by subject or with others, and not a baseline."""
    return model in ("network", "network_mean", "network_by_subject")


def model_name(model):
    """A model of scores.tsv in the reader's words."""
    return MODELS.get(model, str(model).replace("_", " "))


def measure_name(measure):
    """A measure of scores.tsv in the reader's words."""
    return MEASURES.get(measure, str(measure).replace("_", " "))


def article(name):
    """The name with ``a`` before it, or ``an`` where it is spoken so."""
    return f"{'an' if name[:1] in 'aeiouRF' else 'a'} {name}"


def usage(found, used, excluded, classes):
    """How many scans were found, used and left out; ``classes`` maps the class to its number of used scans."""
    parts = listing(f"{amount} of class {name}" for name, amount in classes.items())
    among = f", {parts}" if parts else ""
    left = f"{excluded} left out" if excluded else "none left out"
    return f"{count(found, 'scan')} found, {used} used{among}; {left}."


def score(experiment, measure, value, low, high, chance=0.5):
    """How well an experiment told held-out scans apart, and whether its interval excludes chance (None: unknown)."""
    what = "held-out labels were told" if measure in ("r2", "mae", "rmse") else "held-out scans were told apart"
    text = f"In experiment {experiment}, {what} with {article(measure_name(measure))} of {interval(value, low, high)}"
    if chance is None or measure not in ("balanced_accuracy", "roc_auc", "r2") or not math.isfinite(low):
        return f"{text}."
    if low > chance:
        return f"{text}, above chance ({number(chance)})."
    if high < chance:
        return f"{text}, below chance ({number(chance)})."
    return f"{text}, which cannot be told from chance ({number(chance)})."


def permuted(p, kind):
    """What a p-value of permuted labels says, and of what kind it is."""
    if not math.isfinite(p):
        return ""
    amount = "less than 0.001" if p < 0.001 else number(p, 3)
    return (
        f"Labels dealt out anew among the subjects of each split score as well or better with probability {amount} "
        f"({kind}: no network was trained again)."
    )


def headline(measure, networks):
    """What the networks of a study reached, ``{experiment: (value, low, high)}``, in one sentence."""
    parts = listing(f"{interval(*values)} in experiment {name}" for name, values in networks.items())
    what = "labels were told" if measure in ("R²", "mean absolute error") else "scans were told apart"
    return f"Held-out {what} with {article(measure)} of {parts}."


def beside_baselines(experiment, value, baselines):
    """Where the network stands among baselines, ``{model: value}``."""
    known = {model: number(other) for model, other in baselines.items() if math.isfinite(other)}
    if not known or not math.isfinite(value):
        return f"In experiment {experiment}, there is no baseline to stand beside the network."
    parts = listing(f"{model_name(model)} alone {other}" for model, other in known.items())
    better = [model_name(model) for model, other in baselines.items() if math.isfinite(other) and other >= value]
    text = f"Beside the {number(value)} of the network of {experiment}: {parts}"
    if better:
        return f"{text}; {listing(better)} did as well or better, so the network need not have seen anything else."
    return f"{text}."


def learning(experiment, split, epochs, best, value, measure="validation loss", lowest=True):
    """When a training was at its best by ``measure``, and how long it went on."""
    where = f"{measure} {'lowest' if lowest else 'highest'} at epoch {best} ({number(value, 3)})"
    if measure == "last":
        where = f"the last epoch, {best}, was kept"
    return f"{experiment}, {split}: {where}; trained for {count(epochs, 'epoch')}."


def outside_brain(experiment, method, share, volume, ratio):
    """Where relevance lies, and only then that the network looks outside the brain when the numbers do.

    share: of the absolute relevance, outside the brain mask; volume: of the grid, outside it; ratio: mean absolute
    relevance of the voxels close around the brain over that of the brain's.
    """
    if not math.isfinite(share):
        return f"{experiment}, {method}: the map is zero everywhere, inside and outside the brain."
    text = (
        f"{experiment}, {method}: {percent(share)} of the absolute relevance lies outside the brain mask, as does "
        f"{percent(volume)} of the grid; a voxel close around it holds {number(ratio, 1)} times that of one inside"
    )
    if ratio > 1:
        return f"{text}. This network looks outside the brain harder than inside it."
    if share > 0.5:
        return f"{text}. Most of it lies outside, but voxel for voxel the brain counts more."
    return f"{text}. Most of it lies inside the brain."


def peak(method, group, lowest, highest, place):
    """What a group map holds: its range and where it is strongest, ``place`` in millimetres of the template."""
    x, y, z = place
    side = "left" if x < -1 else "right" if x > 1 else "midline"
    return (
        f"{method}, {group}: values from {lowest:.3g} to {highest:.3g}; "
        f"strongest at x {x:.0f}, y {y:.0f}, z {z:.0f} mm ({side})."
    )


def cascade(method, final, low, high, undefined):
    """What randomising all weights does to a method's maps.

    final: mean Spearman of absolute values with the original map when every layer is random; low, high: the band that
    maps of two unrelated random networks reach; undefined: share of comparisons with a map that is constant.
    """
    note = f" {percent(undefined)} of the comparisons are undefined (a constant map)." if undefined else ""
    if not math.isfinite(final):
        return f"{method}: undefined, because its maps are constant once every layer is random."
    text = f"{method}: with every layer random, maps keep a rank correlation of {number(final)} with the original"
    if not math.isfinite(low):
        return f"{text}; there is no band of unrelated networks to hold it against.{note}"
    band = f"maps of two random networks share {number(low)} to {number(high)}"
    if final > high:
        return f"{text}, above the band ({band}): a part of the map does not depend on what was learned.{note}"
    return (
        f"{text}, no more than networks that never learned anything ({band}): what is left is owed to the input, not "
        f"to what was learned.{note}"
    )


def localisation(method, auc, references):
    """How well a method finds the planted effect, and which maps that cannot have learnt it do as well.

    auc: (value, low, high); references: ``{name: (difference, low, high)}``, method minus that map, with its interval.
    """
    if not math.isfinite(auc[0]):
        return f"{method}: localisation AUC undefined, because its map is constant or there is none."
    text = f"{method}: localisation AUC {interval(*auc)}"
    known = {name: values for name, values in references.items() if math.isfinite(values[1])}
    if not known:
        return f"{text}; there is nothing to hold it against."
    level = [name for name, (_, low, _) in known.items() if low <= 0]
    if level:
        return f"{text}; not clearly better than {listing(level)}."
    closest = min(known, key=lambda name: known[name][1])
    return (
        f"{text}; better than all {len(known)} maps that know nothing, by {interval(*known[closest])} over {closest}."
    )

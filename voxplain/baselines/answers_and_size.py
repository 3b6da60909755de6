"""Whether a network's held-out answers go along with the size of brains, among scans of one class."""

import numpy as np

from voxplain.training.scores.columns import class_count, class_of
from voxplain.training.scores.resampling import drawn_weights, interval

LEAST = 3  # scans more than cells, below which a correlation says nothing
FLAT = 1e-9  # of its largest value, below which something does not vary
UNDEFINED = {"value": np.nan, "low": np.nan, "high": np.nan}


def answers_of(predictions):
    """The answer in each row, float64 (n,): the log-odds of class 1, of one's own class where there are more than two.

    Of a regression it is what was told less the label, so that what size tells of the label is no fault. From logits
    where the table has them, else from probabilities.
    """
    classes = class_count(predictions)
    if not classes:
        return (predictions["predicted"] - predictions["label"]).to_numpy(float)
    if "logit_0" in predictions:
        logits = predictions[[f"logit_{one}" for one in range(classes)]].to_numpy(float)
    else:
        shares = predictions[[f"probability_{one}" for one in range(classes)]].to_numpy(float)
        logits = np.log(np.clip(shares, 1e-12, 1))
    own = class_of(predictions, "label") if classes > 2 else np.ones(len(predictions), int)
    others = logits.copy()
    others[np.arange(len(logits)), own] = -np.inf
    return logits[np.arange(len(logits)), own] - np.logaddexp.reduce(others, 1)


def size_correlation(predictions, sizes, resamples, seed):
    """Pearson's correlation of answer and size, the class held fixed: ``value``, ``low``, ``high``, ``n``, ``reason``.

    Both are taken as they differ from their mean over the scans of one class in one split and seed, and the answers of
    each network in units of what they so vary by. ``sizes`` are brain volumes by scan; a scan without one is left out.
    The interval is a bootstrap of groups of scans. Undefined, with the reason, where either does not vary.
    """
    rows = predictions.assign(size=predictions["scan"].map(sizes).astype(float)).dropna(subset=["size"])
    rows = rows.reset_index(drop=True)
    network = ["split", "seed"]
    cell = rows.groupby([*network, "label"] if class_count(rows) else network).ngroup().to_numpy()
    told = {"n": int(rows["scan"].nunique())}
    if len(rows) < (cell.max(initial=0) + 1) + LEAST:
        return UNDEFINED | told | {"reason": "too few scans"}
    answers, size = _about_means(answers_of(rows), cell), _about_means(rows["size"].to_numpy(), cell)
    spread = np.sqrt(rows.assign(square=answers**2).groupby(network)["square"].transform("mean").to_numpy())
    if (spread < FLAT).all() or np.abs(size).max() < FLAT * rows["size"].abs().max():
        return UNDEFINED | told | {"reason": "answers or sizes do not vary"}
    answers = np.where(spread < FLAT, 0, answers / np.maximum(spread, FLAT))
    weights = drawn_weights(rows, resamples, seed)(rows.index)
    value = _correlations(np.ones((1, len(rows))), answers, size, cell)[0]
    low, high = interval(_correlations(weights, answers, size, cell)) or (np.nan, np.nan)
    return {"value": float(value), "low": low, "high": high, "reason": ""} | told


def _about_means(values, cell):
    counts = np.bincount(cell)
    return values - (np.bincount(cell, values) / counts)[cell]


def _correlations(weights, first, second, cell):
    """Pearson's correlation about the means of cells, under each of ``weights`` (draws, n); nan where one is flat."""
    cells = (cell[:, None] == np.arange(cell.max() + 1)).astype(float)
    counts = weights @ cells

    def moment(one, other):
        sums = (weights @ (cells * one[:, None])) * (weights @ (cells * other[:, None]))
        with np.errstate(invalid="ignore", divide="ignore"):
            return weights @ (one * other) - np.where(counts > 0, sums / counts, 0).sum(1)

    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.maximum(moment(first, first), 0) * np.maximum(moment(second, second), 0))
        return np.where(spread > 0, moment(first, second) / spread, np.nan)

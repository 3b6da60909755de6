"""How far a number of each subject goes along with size, age, sex or site among subjects of one class.

Whatever tells classes apart goes along with all in which classes differ; only what is left within them is a sign that a
network uses it for itself. Of a regression what a straight line in the label leaves takes the place of classes.
"""

import numpy as np

from voxplain.relevance.bootstrap import ends, resampled_weights

FEW_NUMBERS = 5  # more different numbers than these are an amount, fewer are names of classes, sites or coils
LEAST = 8  # subjects
MOST_VALUES = 40


def link(values, column, labels, *, regression=False, resamples=500, permutations=1000, seed=(1,)):
    """How ``values`` (subjects,) go along with ``column`` (subjects,): ``{kind, value, low, high, null, p, n}``.

    ``column`` holds numbers or names; NaN, None and empty cells are left out, as are values that are not finite. The
    ``value`` is Pearson's correlation of what classes leave of both (kind ``correlation``), or of names the correlation
    ratio, the square root of the share of the variance within classes that lies between names (kind ``ratio``, 0 to 1).
    The interval resamples subjects. ``null`` is the mean |value| of permutations of the column among subjects of a
    class (of a regression: of what the line leaves, Freedman and Lane 1983), and ``p`` the share of them, the true
    order among them, that is as large. All are NaN for fewer than 8 subjects, for more than 40 names, and where either
    does not vary within classes.
    """
    values, labels = np.asarray(values, float), np.asarray(labels, float)
    numbers, names = _typed(column)
    known = np.isfinite(values) & np.isfinite(labels)
    known &= np.isfinite(numbers) if names is None else names >= 0
    kind = "correlation" if names is None else "ratio"
    found = {
        "kind": kind,
        "value": np.nan,
        "low": np.nan,
        "high": np.nan,
        "null": np.nan,
        "p": np.nan,
        "n": int(known.sum()),
    }
    design = numbers[:, None] if names is None else np.eye(max(names.max(initial=0) + 1, 1))[names]
    values, labels, design = values[known], labels[known], design[known]
    if len(values) < LEAST or design.shape[1] > MOST_VALUES:
        return found
    strata = np.zeros(len(labels), int) if regression else np.unique(labels, return_inverse=True)[1]
    given = np.column_stack([np.ones(len(labels)), labels]) if regression else np.eye(strata.max() + 1)[strata]
    left, columns = _left(values[:, None], given)[:, 0], _left(design, given)
    if not _varies(left, values) or not any(
        _varies(one, whole) for one, whole in zip(columns.T, design.T, strict=True)
    ):
        return found
    orders = _orders(strata, permutations, [*seed, 0])
    alike = _alike if names is None else _ratio
    value = alike(left, columns, np.full((1, len(left)), 1 / len(left)))[0]
    drawn = np.array([alike(left, columns[order], np.full((1, len(left)), 1 / len(left)))[0] for order in orders])
    resampled = alike(left, columns, resampled_weights(len(left), resamples, [*seed, 1]))[:, None]
    low, high = ends(resampled, len(left))
    p = (1 + np.count_nonzero(np.abs(drawn) >= abs(value) - 1e-12)) / (1 + permutations)
    ends_of = {"low": float(low[0]), "high": float(high[0])}
    return found | {"value": float(value), **ends_of, "null": float(np.mean(np.abs(drawn))), "p": p}


def _typed(column):
    """Numbers (n,), NaN where there is none, and None; or of names NaNs and whole numbers, -1 where there is none."""
    cells = ["" if one is None or one != one else str(one).strip() for one in column]
    numbers = np.array([_number(one) for one in cells])
    there = np.array([one != "" for one in cells])
    if np.isfinite(numbers[there]).all() and len(np.unique(numbers[there])) > FEW_NUMBERS:
        return numbers, None
    known = {name: place for place, name in enumerate(sorted({one for one in cells if one}))}
    return np.full(len(cells), np.nan), np.array([known.get(one, -1) for one in cells], int)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return np.nan


def _left(columns, given):
    """What least squares on ``given`` leaves of ``columns`` (n, k)."""
    return columns - given @ np.linalg.lstsq(given, columns, rcond=None)[0]


def _varies(left, whole):
    return bool(np.sqrt(left @ left) > 1e-9 * max(np.sqrt(whole @ whole), 1e-300))


def _orders(strata, permutations, seed):
    """Orders (permutations, n) that exchange places only within a stratum."""
    generator, orders = np.random.default_rng(seed), np.tile(np.arange(len(strata)), (permutations, 1))
    for one in np.unique(strata):
        places = np.flatnonzero(strata == one)
        orders[:, places] = generator.permuted(np.tile(places, (permutations, 1)), axis=1)
    return orders


def _alike(left, columns, weights):
    """Weighted correlation of ``left`` (n,) and the one column, for every row of ``weights``; NaN where none varies."""
    one, other = left, columns[:, 0]
    means, others = weights @ one, weights @ other
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (weights @ one**2 - means**2) * (weights @ other**2 - others**2)
        return np.where(spread > 0, (weights @ (one * other) - means * others) / np.sqrt(np.maximum(spread, 0)), np.nan)


def _ratio(left, columns, weights):
    """Multiple correlation of ``left`` (n,) with all ``columns``, for every row of ``weights``."""
    found = []
    for row in np.sqrt(weights):
        own, others = left * row, np.column_stack([columns * row[:, None], row])
        fitted = others @ np.linalg.lstsq(others, own, rcond=None)[0]
        centre = row * (row @ own) / (row @ row)
        whole = ((own - centre) ** 2).sum()
        found.append(np.sqrt(np.clip(((fitted - centre) ** 2).sum() / whole, 0, 1)) if whole > 0 else np.nan)
    return np.array(found)

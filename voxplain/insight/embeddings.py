"""Two coordinates for each row of many numbers, for pictures: PCA, ICA, Isomap, t-SNE and UMAP.

Kernel PCA, Isomap and t-SNE were drawn of features and latents by Zainulina, Kiseleva, Brazhnikov, Akhmedov, Skoltech
2020. van der Maaten, Hinton, JMLR 2008 (t-SNE); Tenenbaum, de Silva, Langford, Science 2000 (Isomap); McInnes, Healy,
Melville, arXiv 1802.03426 (UMAP); Hyvärinen, Oja, Neural Networks 2000 (ICA).
"""

import warnings

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA, FastICA
from sklearn.exceptions import ConvergenceWarning
from sklearn.manifold import TSNE, Isomap
from threadpoolctl import threadpool_limits

from voxplain.errors import InputError, SettingsError

LEAST_ROWS = 5
# Rows up to which t-SNE looks at all pairs of them
EXACT = 500
# Methods that lay out all rows at once and have no place for another one
LAID_OUT = frozenset({"tsne"})


def _tsne(dims, rows, seed, options):
    how = "exact" if rows <= EXACT or dims > 3 else "barnes_hut"
    return TSNE(dims, random_state=seed, **{"perplexity": min(30.0, (rows - 1) / 3), "method": how} | options)


def _umap(dims, rows, seed, options):
    # half a minute goes into compiling it, which the others do without
    from umap import UMAP

    start = "spectral" if rows > dims + 2 else "random"
    given = {"n_neighbors": min(15, rows - 1), "init": start} | options
    return UMAP(n_components=dims, random_state=seed, transform_seed=seed, n_jobs=1, **given)


_METHODS = {
    "pca": lambda dims, rows, seed, options: PCA(dims, svd_solver="full", **options),
    "ica": lambda dims, rows, seed, options: FastICA(
        dims, random_state=seed, **{"whiten": "unit-variance", "max_iter": 1000} | options
    ),
    # of the solvers the dense one alone begins nowhere at random
    "isomap": lambda dims, rows, seed, options: Isomap(
        n_components=dims, **{"n_neighbors": min(10, rows - 1), "eigen_solver": "dense"} | options
    ),
    "tsne": _tsne,
    "umap": _umap,
}


def embeddings():
    """Names of all methods that `embed` knows."""
    return list(_METHODS)


def embed(values, method, *, fitted=None, dims=2, seed=1, before=None, **options):
    """Coordinates (n, dims) float64 of the rows of ``values`` (n, d); the same seed gives the same ones.

    fitted: (n,) True for the rows that the embedding is fitted on, all by default; the others are put into it
    afterwards and change nothing for those. t-SNE has no place for new rows: all are laid out together. before: a
    transformer of scikit-learn that is fitted on the same rows first. options: of scikit-learn's or UMAP's class.
    Each axis points to where its largest absolute coordinate among the fitted rows is positive. Raises SettingsError
    for another method and for options that it does not take, InputError for fewer than 5 rows to fit, values that are
    not finite, and rows that are all alike.
    """
    if method not in _METHODS:
        raise SettingsError(f'no embedding "{method}"; choose of {", ".join(_METHODS)}')
    values = np.asarray(values, float)
    fitted = np.ones(len(values), bool) if fitted is None else np.asarray(fitted, bool)
    if fitted.sum() < LEAST_ROWS:
        raise InputError(f"{method}: {fitted.sum()} scans to fit, found too few; give at least {LEAST_ROWS}")
    if before is not None:
        before = clone(before).fit(values[fitted])
        values = np.asarray(before.transform(values), float)
    if not np.isfinite(values).all():
        raise InputError(f"{method}: {(~np.isfinite(values)).any(1).sum()} scans have values that are not finite")
    if not np.ptp(values[fitted], 0).any():
        raise InputError(f"{method}: all {fitted.sum()} scans have the same values; there is nothing to draw")
    # one thread, since several add up in another order each time
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Isomap ties groups that have no neighbour in common by the shortest way between them
        warnings.filterwarnings("ignore", message="n_jobs value|The number of connected|Changing the sparsity")
        return _upright(_placed(values, method, fitted, dims, seed, options), fitted)


def _placed(values, method, fitted, dims, seed, options):
    if method in LAID_OUT:
        fitted = np.ones(len(values), bool)
    rows = int(fitted.sum())
    try:
        model = _METHODS[method](min(dims, values.shape[1]), rows, seed, options)
        found = np.asarray(model.fit_transform(values[fitted]), float)
    except (TypeError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise SettingsError(
            f"{method}: options {options} do not fit {rows} scans of {values.shape[1]} values: {said}"
        ) from error
    placed = np.zeros((len(values), dims))
    placed[fitted, : found.shape[1]] = found
    if not fitted.all():
        placed[~fitted, : found.shape[1]] = model.transform(values[~fitted])
    return placed


def _upright(placed, fitted):
    among = placed[fitted]
    signs = np.sign(among[np.abs(among).argmax(0), range(placed.shape[1])])
    return placed * np.where(signs == 0, 1, signs)

"""Inner products of all scans' voxels, each voxel standardised by the training scans of a split; exact, not sampled."""

import numpy as np

from voxplain.baselines.slabs import voxel_slabs


def standardised_grams(path, scans, trained, mask="none", told=None, megabytes=256):
    """``{split: (n, n) float64}``: inner products of ``scans`` after a standard scaler that ``trained[split]`` fitted.

    ``trained`` is ``{split: names of its training scans}``. Of a voxel that does not vary among them only the mean is
    taken away, as scikit-learn's StandardScaler does. ``told`` is ``{split: (n, values)}``, confounds of every scan:
    what straight lines through those of the training scans say of a voxel is taken off it first. All a kernel needs of
    the voxels is in these products, and they are summed slab by slab: memory is that of some slabs and of the products.
    """
    place = {scan: number for number, scan in enumerate(scans)}
    rows = {split: [place[scan] for scan in names] for split, names in trained.items()}
    grams = {split: np.zeros((len(scans), len(scans))) for split in trained}
    for slab in voxel_slabs(path, scans, mask, megabytes):
        for split, train in rows.items():
            standardised = _standardised(slab, train, told[split] if told else None)
            grams[split] += standardised @ standardised.T
    return grams


def rbf_kernel(gram, train):
    """``exp(-gamma |x - y|²)`` of all pairs, (n, n), from their inner products.

    gamma is scikit-learn's ``scale``, one over the number of voxels and their variance among the ``train`` scans
    (places), by which empty voxels change nothing. None where the training scans do not differ at all.
    """
    squares = np.diag(gram)
    total = squares[train].sum()
    if not total > 0:
        return None
    apart = np.maximum(squares[:, None] + squares[None] - 2 * gram, 0)
    return np.exp(-len(train) / total * apart)


def _standardised(slab, train, told):
    shown = slab - slab[train].mean(0, dtype=np.float64).astype(np.float32)
    if told is not None:
        apart = told - told[train].mean(0)
        shown -= (apart @ (np.linalg.pinv(apart[train]) @ shown[train])).astype(np.float32)
    sd = shown[train].std(0, dtype=np.float64)
    sd[slab[train].max(0) == slab[train].min(0)] = 1
    shown /= np.where(sd > 0, sd, 1).astype(np.float32)
    return shown

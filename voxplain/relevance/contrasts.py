"""t of a tested variable at every voxel, of the true order of the maps and of others (Freedman and Lane 1983).

With ``x`` the tested variable and ``Z`` the nuisance columns, the maps' residuals about ``Z`` are rearranged and
``y = Z b + x c + e`` is fitted to them; t is that of ``c``. Without nuisance this is the two-sample t, or the slope's.
"""

import numpy as np

NOTHING = 1e-12  # of a voxel's sum of squares: constant over subjects
TINY = 1e-300


def t_maps(maps, design, orders):
    """t (len(orders), voxels) float32 of every order of ``orders`` (permutations, n), signs where the mean is tested.

    Voxels whose maps are constant over subjects have 0. Read in blocks of voxels: memory is that of the result.
    """
    weights, turned, free = _weights(design, orders)
    found = np.empty((len(orders), maps.values.shape[1]), np.float32)
    for voxels, values in maps.blocks(design.rows, len(orders)):
        left, squares, varies = _residuals(design, values)
        along = weights @ left
        unexplained = np.square(along)
        for column in turned:
            other = column @ left
            unexplained += np.square(other, out=other)
        np.subtract(squares, unexplained, out=unexplained)
        np.maximum(unexplained, np.maximum(NOTHING * squares, TINY), out=unexplained)
        np.sqrt(np.divide(free, unexplained, out=unexplained), out=unexplained)
        found[:, voxels] = np.multiply(along, unexplained, out=along)
        found[:, voxels][:, ~varies] = 0
    return found


def effects(maps, design):
    """The fitted coefficient of the tested variable, (voxels,): of two groups, the adjusted difference of means."""
    tested = _unique(design)
    found = np.empty(maps.values.shape[1])
    for voxels, values in maps.blocks(design.rows):
        found[voxels] = tested @ values / (tested @ tested)
    return found


def degrees_of_freedom(design):
    """Subjects less nuisance columns less one."""
    return len(design.rows) - design.nuisance.shape[1] - 1


def true_order(design):
    """The order, or the signs, of the maps as they are, (1, n)."""
    return np.ones((1, len(design.rows))) if design.signs else np.arange(len(design.rows))[None]


def _unique(design):
    """What of the tested variable no nuisance column explains."""
    return design.tested - design.nuisance @ (design.nuisance.T @ design.tested)


def _residuals(design, values):
    total = np.einsum("ij,ij->j", values, values)
    left = values - design.nuisance @ (design.nuisance.T @ values)
    squares = np.einsum("ij,ij->j", left, left)
    return left, squares, squares > NOTHING * total


def _weights(design, orders):
    """Rows that give ``x' P r`` of each order, rows that give ``Z' P r`` where it is not zero, degrees of freedom."""
    tested = _unique(design)
    tested = tested / np.sqrt(tested @ tested)
    free = degrees_of_freedom(design)
    if design.signs:
        return orders * tested, [], free
    changing = [column for column in design.nuisance.T if not _constant_within(column, design.strata)]
    return _placed(tested, orders), [_placed(column, orders) for column in changing], free


def _placed(column, orders):
    placed = np.empty(orders.shape)
    np.put_along_axis(placed, orders, np.broadcast_to(column, orders.shape), axis=1)
    return placed


def _constant_within(column, strata):
    return all(np.ptp(column[strata == stratum]) < 1e-12 for stratum in np.unique(strata))

"""What a comparison of subjects asks: what is tested, what is held constant, and who may change places."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voxplain.errors import InputError, SettingsError
from voxplain.relevance.exchange import ways

MEAN = "mean"
NEGLIGIBLE = 1e-6


@dataclass(frozen=True, eq=False)
class Design:
    """The tested variable of the subjects at ``rows`` of their maps, (n,), and nuisance columns, orthonormal (n, k).

    ``asked`` says in words what a positive effect means; ``strata`` and ``groups`` are those of `exchange.rearranged`;
    with ``signs`` the mean itself is tested, by turning signs; ``notes`` are sentences for the reader.
    """

    asked: str
    rows: np.ndarray
    tested: np.ndarray
    nuisance: np.ndarray
    strata: np.ndarray
    groups: np.ndarray
    signs: bool = False
    notes: list = field(default_factory=list)


def design(maps, table, tested, covariates=(), groups=None):
    """The `Design` that compares the `SubjectMaps` ``maps`` by the column ``tested`` of ``table``, a row for each scan.

    A column of two values compares the second, in their order, with the first; one of more numbers asks for the slope.
    ``covariates`` are columns too: numbers enter as they are, text by its values. What the splits' networks add to all
    their maps is held constant as well. A number that changes between a subject's visits counts with its mean; a text
    or a class that changes leaves the subject out. ``mean`` asks whether the mean differs from zero. ``groups`` names
    each scan's group (family), whose subjects only change places together; without it every subject is its own.

    Raises SettingsError for a column that is not there and InputError, in one line, for a group of one, for a tested
    variable that covariates and splits explain, for one that nobody of the same split differs in, and for a mean of
    maps without a sign.
    """
    of_scan = table.set_index(table["scan"].astype(str))
    for column in ({tested} - {MEAN}) | set(covariates):
        if column not in table:
            raise SettingsError(f'relevance: no column "{column}" in the table of scans; there are {_listed(table)}')
    names = [*({tested} - {MEAN}), *covariates]
    known = {name: [_one(of_scan, scans, name, name == tested) for scans in maps.scans] for name in names}
    known = pd.DataFrame(known, index=range(len(maps.subjects)))
    complete = known.notna().all(axis=1).to_numpy()
    rows = np.flatnonzero(complete)
    pairs = zip(maps.subjects, maps.scans, strict=True)
    groups = np.array([str((groups or {}).get(scans[0], subject)) for subject, scans in pairs])[rows]
    strata, known = np.array(maps.strata)[rows], known.iloc[rows].reset_index(drop=True)
    notes, out = [], len(maps.subjects) - len(rows)
    if out:
        notes = [f"{out} subject{'s' * (out > 1)} without one value of {_listed(names)} left out"]
    if tested == MEAN:
        return _mean(maps, rows, strata, groups, notes)
    values, asked = _tested(tested, known[tested])
    nuisance = _nuisance(known[list(covariates)], maps.shares[rows])
    left = values - nuisance @ (nuisance.T @ values)
    about = f"{tested}: the {_listed([*covariates, 'splits'])} explain it in these {len(rows)} subjects"
    if left @ left <= NEGLIGIBLE * ((values - values.mean()) ** 2).sum() or len(rows) - nuisance.shape[1] < 2:
        raise InputError(f"{about}; take covariates away, or hold out more subjects in each split")
    if ways(strata, groups, values) <= 0:
        raise InputError(
            f"{tested}: no two subjects of the same split differ in it, so none can change places; "
            "hold out more subjects in each split"
        )
    return Design(asked, rows, values, nuisance, strata, groups, notes=notes)


def _mean(maps, rows, strata, groups, notes):
    if not maps.signed:
        raise InputError("mean: these maps have no sign, so turning signs says nothing; compare groups instead")
    if len(rows) < 2:
        raise InputError(f"mean: {len(rows)} subject; a test needs at least 2")
    tested, nuisance = np.ones(len(rows)), np.zeros((len(rows), 0))
    return Design("mean: above zero", rows, tested, nuisance, strata, groups, True, notes)


def _one(of_scan, scans, column, exact):
    """The value of ``column`` for a subject with ``scans``; None where there is not one."""
    values = of_scan[column].reindex(scans).dropna()
    numeric = pd.api.types.is_numeric_dtype(of_scan[column]) and not pd.api.types.is_bool_dtype(of_scan[column])
    if numeric and not (exact and of_scan[column].nunique() == 2):
        return float(values.mean()) if len(values) else None
    return values.iloc[0] if values.nunique() == 1 else None


def _tested(name, column):
    values = sorted(column.unique().tolist())
    if len(values) < 2:
        raise InputError(f"{name}: {len(values)} value among the subjects with maps; a comparison needs two groups")
    if len(values) == 2:
        sizes = {value: int((column == value).sum()) for value in values}
        if min(sizes.values()) < 2:
            few = min(sizes, key=sizes.get)
            raise InputError(f"{name}: {sizes[few]} subject with {few}; a comparison needs at least 2 in each group")
        first, second = (f"{value:g}" if isinstance(value, float) else value for value in values)
        return (column == values[1]).to_numpy(float), f"{name}: {second} above {first}"
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(f"{name}: {len(values)} groups ({_listed(values)}); give a column of two, or of numbers")
    return column.to_numpy(float), f"{name}: more of it"


def _nuisance(known, shares):
    """An orthonormal basis (n, k) of a constant and ``shares`` (n, splits), and after them of the columns ``known``."""
    basis = _basis(np.hstack([np.ones((len(shares), 1)), shares]))
    columns = [np.empty((len(shares), 0))]
    for name in known:
        numeric = pd.api.types.is_numeric_dtype(known[name]) and not pd.api.types.is_bool_dtype(known[name])
        values = known[[name]].to_numpy(float) if numeric else pd.get_dummies(known[name]).to_numpy(float)
        spread = values.std(0)
        columns.append((values - values.mean(0))[:, spread > 0] / spread[spread > 0])
    further = np.hstack(columns)
    return np.hstack([basis, _basis(further - basis @ (basis.T @ further))])


def _basis(columns):
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return basis[:, sizes > 1e-9 * np.sqrt(len(columns))]


def _listed(names):
    return ", ".join(str(name) for name in list(names)[:12])

"""What a network is told of a scan beside its volume: columns of the table of scans, as numbers."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from voxplain.errors import InputError

NUMBER = "number"
NAMED = 3  # faulty scans that a message names


def fitted_covariates(asked, table, scans):
    """``{column: {kind: number, mean, sd} | {kind: values, values}}`` of ``asked``, as it stands on the card.

    ``asked`` is ``{column: number | {cell: number}}``. Mean and standard deviation (ddof 1) are those of ``scans``, the
    training scans of one split; a column that does not vary there has 1 for it, and so tells nothing. Raises
    `InputError` for a column that ``table`` lacks and for cells that are empty, no number, or without a meaning.
    """
    fitted = {}
    for column, meaning in asked.items():
        if meaning != NUMBER:
            fitted[column] = {"kind": "values", "values": {str(cell): float(value) for cell, value in meaning.items()}}
            continue
        values = _numbers(column, _cells(column, table, scans))
        sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        fitted[column] = {"kind": NUMBER, "mean": float(values.mean()), "sd": sd or 1.0}
    covariate_values(fitted, table, scans)
    return fitted


def covariate_values(fitted, table, scans):
    """Float32 ``(n, columns)`` of ``scans``: z-scores by what was fitted, and what classes of cells stand for.

    Raises `InputError` as `fitted_covariates` does.
    """
    columns = []
    for column, one in fitted.items():
        cells = _cells(column, table, scans)
        if one["kind"] == NUMBER:
            columns.append((_numbers(column, cells) - one["mean"]) / one["sd"])
        else:
            columns.append(_meant(column, cells, one["values"]))
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float32)) if columns else torch.empty(len(scans), 0)


def covariates_of(card, table_path, scans):
    """The covariates ``(n, values)`` of ``scans`` that the network of ``card`` is told; None where it is told none."""
    if not card.get("covariates"):
        return None
    return covariate_values(card["covariates"], pd.read_csv(table_path, sep="\t", dtype={"scan": str}), scans)


class Conditioned(nn.Module):
    """``network`` with the covariates of one scan held fast: a function of volumes alone, which methods can explain.

    ``values`` ``(1, n)`` go beside every volume of a batch. The network itself is shared and not copied.
    """

    def __init__(self, network, values):
        super().__init__()
        if values.dim() != 2 or len(values) != 1:
            raise ValueError(f"values are (1, n), found {tuple(values.shape)}")
        self.network = network
        self.register_buffer("values", values, persistent=False)
        for name in ("seen", "cam_layer"):
            if hasattr(network, name):
                setattr(self, name, _inside(getattr(network, name)))
        self.train(network.training)

    def forward(self, volumes):
        return self.network(volumes, self.values.to(volumes.device).expand(len(volumes), -1))


def conditioned(network, values, place):
    """``network`` as a function of volumes alone for the scan at ``place``; itself where ``values`` is None."""
    return network if values is None else Conditioned(network, values[place : place + 1])


def _inside(value):
    return f"network.{value}" if isinstance(value, str) else value


def _cells(column, table, scans):
    if column not in table:
        raise InputError(
            f'covariate "{column}": the table of scans has no such column, but {", ".join(map(str, table))}; name it '
            "in cohort.covariates"
        )
    known = table.set_index(table["scan"].astype(str))[column]
    missing = [scan for scan in scans if scan not in known.index]
    if missing:
        raise InputError(f'covariate "{column}": {_some(missing)} not in the table of scans; tabulate them again')
    cells = known.loc[list(scans)]
    empty = cells.index[cells.isna()]
    if len(empty):
        raise InputError(f'covariate "{column}" is empty for {_some(empty)}; leave them out or the covariate')
    return cells


def _numbers(column, cells):
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    wrong = numbers.index[~np.isfinite(numbers)]
    if len(wrong):
        raise InputError(
            f'covariate "{column}" is "{cells[wrong[0]]}" for {_some(wrong)}, which is no number; say what its cells '
            "mean"
        )
    return numbers.to_numpy()


def _meant(column, cells, values):
    names = [_name(cell) for cell in cells]
    known = {_name(cell): value for cell, value in values.items()}
    wrong = [scan for scan, name in zip(cells.index, names, strict=True) if name not in known]
    if wrong:
        raise InputError(
            f'covariate "{column}" is "{cells[wrong[0]]}" for {_some(wrong)}, which has no meaning; known are '
            f"{', '.join(values)}"
        )
    return np.array([known[name] for name in names], float)


def _name(cell):
    # A column of whole numbers with an empty cell somewhere is read as 1.0
    text = str(cell).strip()
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def _some(scans):
    scans = list(scans)
    more = f" and {len(scans) - NAMED} more" if len(scans) > NAMED else ""
    return ", ".join(map(str, scans[:NAMED])) + more

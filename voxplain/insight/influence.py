"""What each training scan did to what a network says of each other scan, with its sign, and the tables of it."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from voxplain.attribution.untouched import untouched
from voxplain.errors import InputError
from voxplain.training.objectives import objective_of

BY = "relative", "influence"
COLUMNS = ["scan", "subject", "label", "training_scan", "training_subject", "training_label", *BY[::-1], "rank"]
OWN = ["scan", "subject", "label", "self_influence", "rank", "top_decile"]


class Labelled(NamedTuple):
    """Scans with what they are told to be: ``volumes``, n tensors ``(channels, x, y, z)``, ``labels``, class numbers or
    the amounts of a regression, and ``covariates`` ``(n, values)`` for a network that takes them beside its volumes."""

    volumes: object
    labels: list
    covariates: torch.Tensor | None = None


@dataclass(frozen=True)
class Influence:
    """Of each training scan on each scan shown: ``scores`` (shown, training), and on itself, ``own`` (training,).

    Above 0: training on it lowered the loss of the scan shown, it helps. Below 0: it raised the loss, it opposes.
    """

    scores: np.ndarray
    own: np.ndarray

    @property
    def relative(self):
        """``scores`` by the root of ``own``: what a scan does here for what it does at all; nan where it does nothing.

        After Barshan, Brunet and Dziugaite, AISTATS 2020: scans with large losses lead every ranking of ``scores``.
        By Cauchy and Schwarz nothing ranks above a copy, under its own label, of the scan shown.
        """
        norms = np.sqrt(np.where(self.own > 0, self.own, np.nan))
        return self.scores / norms


def influence_table(influence, train, shown, *, by="relative", top=None):
    """One row for each scan shown and each training scan, by ``rank``: 1 helps most, the last opposes most.

    ``influence`` is an `Influence` of ``train`` on ``shown``, both `Labelled`. ``by`` is the number that is ranked,
    ``relative`` or ``influence``; what is undefined has no rank and stands last. With ``top`` only so many of both ends
    are listed.
    """
    if by not in BY:
        raise ValueError(f"by is one of {', '.join(BY)}, not {by!r}")
    training, relative = _named(train, "training_"), influence.relative
    tables = []
    for place, one in enumerate(_named(shown).to_dict("records")):
        table = training.assign(influence=influence.scores[place], relative=relative[place], **one)
        table["rank"] = table[by].rank(ascending=False, method="first").astype("Int64")
        table = table.sort_values("rank", kind="stable")
        last = int(table["rank"].max()) if table["rank"].notna().any() else 0
        listed = table["rank"].le(top) | table["rank"].gt(last - top) if top else slice(None)
        tables.append(table[listed])
    return pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)


def self_influence_table(influence, train):
    """One row a training scan, the strongest first: scan, subject, label, ``self_influence``, ``rank``, ``top_decile``.

    What moves a network most is rare, unclear or mislabelled (Pruthi et al. 2020, section 4.1): the scans with
    ``top_decile`` 1, a tenth of them rounded up, are the ones to look at first.
    """
    table = _named(train).assign(self_influence=influence.own)
    table = table.sort_values("self_influence", ascending=False, kind="stable", ignore_index=True)
    table["rank"] = table.index + 1
    return table.assign(top_decile=(table["rank"] <= ceil(len(table) / 10)).astype(int))


def trained_objective(network, train, objective=None, device="cpu"):
    """The `Objective` by which ``network`` learnt from ``train``; where none is given, that of its outputs, unweighted.

    A network of one output is a regression, whose labels are scaled by those of ``train``. Raises `InputError` for no
    training scan, and where labels are not those of the network.
    """
    if not len(train.volumes):
        raise InputError("influence: there is no training scan; give at least one")
    if objective is None:
        device = torch.device(device)
        beside = () if train.covariates is None else (train.covariates[:1].to(device),)
        with untouched(network), torch.no_grad():
            outputs = network.to(device)(train.volumes[0][None].to(device), *beside)
        classes = outputs.shape[1]
        objective = objective_of(0 if classes == 1 else classes, train.labels)
    return objective


def checked(scans, objective):
    """``scans``, when each has a label that ``objective`` knows; else `InputError`, naming the scan."""
    if len(scans.labels) != len(scans.volumes):
        raise InputError(f"influence: {len(scans.volumes)} scans have {len(scans.labels)} labels; give one a scan")
    for place, label in enumerate(scans.labels):
        if objective.classes and not (label == int(label) and 0 <= label < objective.classes):
            raise InputError(
                f"{_names(scans.volumes, 'scans')[place]}: label {label}, but the network tells {objective.classes} "
                f"classes, 0 to {objective.classes - 1}; correct the label or leave the scan out"
            )
    return scans


def _named(scans, prefix=""):
    names = {"scan": _names(scans.volumes, "scans"), "subject": _names(scans.volumes, "subjects")}
    return pd.DataFrame({f"{prefix}{key}": value for key, value in (names | {"label": list(scans.labels)}).items()})


def _names(volumes, kind):
    return list(getattr(volumes, kind, range(len(volumes))))

"""How well simple models foretell a network's answers to scans that neither was fitted on, beside a constant."""

import numpy as np
import pandas as pd

from voxplain.baselines.paired import paired_differences
from voxplain.errors import InputError
from voxplain.insight.answers import Answers, answers_of
from voxplain.insight.surrogates import KINDS, fit_surrogate
from voxplain.training.scores import score_predictions

CONSTANT = "constant"
COLUMNS = ["surrogate", "measure", "output", "split", "value", "low", "high", "n", "over_constant", "over_constant_low"]
COLUMNS += ["over_constant_high", "better", "reason"]
# what a score of classes is called where the truth is the network's own class
OF_CLASSES = {"accuracy": "agreement", "roc_auc": "roc_auc"}


def split_surrogates(
    network,
    training,
    held_out,
    features,
    split,
    *,
    kinds=None,
    groups=None,
    number=1,
    covariates=(None, None),
    device="cpu",
    **options,
):
    """Surrogates of one split's network, ``{kind: Surrogate}``, and the table of its answers and theirs, held out.

    training, held_out: its `Volumes` as it is shown them; nothing is fitted on the latter. features: a data frame whose
    index has the scans of both, see `region_means`; scans without a row are left out. kinds: by default all that the
    network's task allows. groups: {scan: what is never divided}; subjects by default. number: the training's own seed,
    for the table. covariates: the pair of (n, values) of both, for a network that takes them. options: ``seed``,
    ``rule`` and ``max_depth`` of `fit_surrogate`.

    The table has a row a held-out scan and surrogate, the ``constant`` among them, which is the mean answer to the
    training scans: scan, subject, group, split, seed, surrogate, answer_<k>, told_<k>, and ``task``.
    """
    learnt, judged = (_known(one, features) for one in (training, held_out))
    if not learnt.any():
        raise InputError("surrogates: no training scan has a row of features; give a table of the study's scans")
    answers = answers_of(network, training, covariates[0], device)
    answers = Answers(answers.values[learnt], answers.amounts)
    kinds = [kind for kind in KINDS if kind != "logistic" or not answers.amounts] if kinds is None else list(kinds)
    rows, subjects = _scans(training, learnt), np.array(training.subjects)[learnt]
    own = subjects if groups is None else [groups[scan] for scan in rows]
    fitted = {kind: fit_surrogate(kind, features.loc[rows], answers, own, **options) for kind in kinds}
    shown = _scans(held_out, judged)
    if not shown:
        return fitted, pd.DataFrame()
    asked = answers_of(network, held_out, covariates[1], device).values[judged]
    told = {kind: one.told(features.loc[shown]) for kind, one in fitted.items()}
    told[CONSTANT] = np.broadcast_to(answers.values.mean(axis=0), asked.shape)
    subjects = np.array(held_out.subjects)[judged]
    named = {
        "scan": shown,
        "subject": subjects,
        "group": subjects if groups is None else [groups[one] for one in shown],
    }
    named |= {"split": split, "seed": number, "task": "amount" if answers.amounts else "classes"}
    values = {f"answer_{place}": one for place, one in enumerate(asked.T)}
    tables = [
        pd.DataFrame(named | {"surrogate": kind} | values | {f"told_{place}": one for place, one in enumerate(found.T)})
        for kind, found in told.items()
    ]
    return fitted, pd.concat(tables, ignore_index=True)


def fidelity_table(answers, bootstrap=1000, seed=1):
    """A row for each surrogate and measure, in each split and in all: see COLUMNS.

    answers: the tables of `split_surrogates` of every split, one under the other. ``r2``: of each output, the share of
    the answers' spread over held-out scans that the surrogate foretells, 1 where it says what the network says and at
    most 0 of a constant. ``agreement``: the share of scans that both put into one class. ``roc_auc``: how well the
    surrogate's probability orders the scans by the network's class, of more than two classes the mean over them.
    ``low`` to ``high`` is the 95 % interval over groups drawn anew, and ``over_constant`` the paired difference to the
    constant, ``better`` yes, no, undecided or undefined. Without a held-out scan the table has no row.
    """
    if answers.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = []
    parts = {kind: _as_predictions(table) for kind, table in answers.groupby("surrogate", sort=False)}
    for kind, tables in parts.items():
        for (output, measures), table in tables.items():
            scores = score_predictions(table, kind, bootstrap, seed, permutations=0)
            differences, _, _ = paired_differences(table, parts[CONSTANT][output, measures], measures, bootstrap, seed)
            for measure in measures:
                found = scores[scores["measure"] == measure]
                difference = differences[measure]
                over = (difference.value, difference.low, difference.high, difference.better)
                for one in found.to_dict("records"):
                    row = {name: one[name] for name in ("split", "value", "low", "high", "n", "reason")}
                    row |= {"surrogate": kind, "measure": OF_CLASSES.get(measure, measure), "output": output}
                    row["reason"] = str(row["reason"]).replace("the label is", "the network's answer is")
                    if one["split"] == "all" and kind != CONSTANT:
                        row |= dict(zip(COLUMNS[8:12], over, strict=True))
                    rows.append(row)
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _as_predictions(table):
    """``{(output, measures): predictions}`` in which the network's answers are the labels."""
    table = table.reset_index(drop=True)
    named = table[["scan", "subject", "group", "split", "seed"]]
    count = sum(column.startswith("answer_") for column in table)
    values = {kind: table[[f"{kind}_{place}" for place in range(count)]].to_numpy() for kind in ("answer", "told")}
    found = {
        (place, ("r2",)): named.assign(label=values["answer"][:, place], predicted=values["told"][:, place])
        for place in range(count)
    }
    if (table["task"] == "classes").all():
        asked, told = (Answers(values[kind], False).probabilities for kind in ("answer", "told"))
        of_classes = named.assign(label=asked.argmax(axis=1), predicted=told.argmax(axis=1))
        for place, probability in enumerate(told.T):
            of_classes[f"probability_{place}"] = probability
        found["", tuple(OF_CLASSES)] = of_classes
    return found


def _known(volumes, features):
    return np.array([scan in features.index for scan in volumes.scans], bool)


def _scans(volumes, known):
    return [scan for scan, there in zip(volumes.scans, known, strict=True) if there]

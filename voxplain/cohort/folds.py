"""Who trains, who stops the training, and who is judged: folds in which no subject is in two places."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.errors import InputError, SettingsError

ROLES = ("train", "validation", "test")


def make_folds(scans, k, repeats, seed, validation):
    """The role of every scan in every split: columns scan, subject, label, split, role.

    Split ``r1f2`` is the second of ``k`` folds of the first of ``repeats``; its fold is held out as ``test``. Of the
    remaining subjects the share ``validation`` of each class, at least one, decides when training stops. Folds keep the
    ratio of the classes, hold all scans of a subject together and depend on ``seed`` and the scans alone, not on their
    order. ``scans`` has the columns scan, subject and label, and may say by ``train`` and ``judge`` what a scan's visit
    is for: a scan has no role in a split where it would be neither. Raises SettingsError where a class has too few
    subjects.
    """
    scans, subjects = _prepared(scans)
    _enough(subjects, k, validation)
    return pd.concat(list(_dealt(scans, subjects, k, repeats, seed, validation)), ignore_index=True)


def given_folds(scans, roles, seed, validation):
    """The one split ``r1f1`` with the ``roles`` that a study gives to its source ids, as make_folds has them.

    ``scans`` has the column ``source_id`` too; those whose subject has no role are in none. Where nobody is given for
    validation, it is drawn from the training part. Raises SettingsError where nobody is left to train or to test.
    """
    scans, subjects = _prepared(scans)
    named = scans["source_id"].map(roles).fillna(scans["subject"].map(roles))
    role = dict(zip(scans["subject"], named, strict=True))
    scans = scans[named.notna()]
    tested = {subject for subject, one in role.items() if one == "test"}
    stopping = {subject for subject, one in role.items() if one == "validation"}
    if not stopping:
        left = subjects[subjects.index.isin(set(scans["subject"]) - tested)]
        stopping = _drawn(left, validation, np.random.default_rng([seed, 0, 0]))
    split = _split(scans, tested, stopping, "r1f1")
    missing = [one for one in ("train", "test") if one not in set(split["role"])]
    if missing:
        raise SettingsError(
            f"folds.given leaves no scan of the study for {missing[0]}; look at its files and the ledger"
        )
    return split


def _prepared(scans):
    uses = {"train": True, "judge": True, "source_id": ""}
    scans = scans.assign(**{one: default for one, default in uses.items() if one not in scans})
    scans = scans[["scan", "subject", "label", *uses]].sort_values("scan", ignore_index=True)
    return scans, scans.groupby("subject")["label"].agg(lambda labels: labels.mode().iloc[0])


def _dealt(scans, subjects, k, repeats, seed, validation):
    from sklearn.model_selection import StratifiedGroupKFold  # most jobs only read folds, and this costs 0.8 s

    for repeat in range(repeats):
        state = int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])
        folds = StratifiedGroupKFold(k, shuffle=True, random_state=state)
        for fold, (_, held_out) in enumerate(folds.split(scans, scans["label"], scans["subject"])):
            tested = set(scans["subject"].iloc[held_out])
            stopping = _drawn(subjects.drop(list(tested)), validation, np.random.default_rng([seed, repeat, fold]))
            yield _split(scans, tested, stopping, f"r{repeat + 1}f{fold + 1}")


def _split(scans, tested, stopping, name):
    role = ["test" if one in tested else "validation" if one in stopping else "train" for one in scans["subject"]]
    split = scans.assign(split=name, role=role)
    used = split["judge"].where(split["role"] == "test", split["train"]).astype(bool)
    return split.loc[used, ["scan", "subject", "label", "split", "role"]].reset_index(drop=True)


@dataclass(frozen=True)
class Folds:
    """The folds of a study, as ``folds.tsv`` holds them."""

    table: pd.DataFrame

    @property
    def splits(self):
        """Names of the splits, in the order in which they were made."""
        return self.table["split"].unique().tolist()

    def roles(self, split):
        """Scans of a split as three lists: train, validation and test. InputError for a split that is not there."""
        rows = self.table[self.table["split"] == split]
        if rows.empty:
            raise InputError(f'no split "{split}" in the folds; there are {", ".join(self.splits)}')
        return tuple(rows.loc[rows["role"] == role, "scan"].tolist() for role in ROLES)


def read_folds(path):
    """The Folds in a file that make_folds made."""
    return Folds(pd.read_csv(path, sep="\t", dtype={"scan": str, "subject": str}))


def _drawn(subjects, share, generator):
    drawn = set()
    for _, members in subjects.groupby(subjects):
        count = max(1, round(share * len(members))) if share else 0
        drawn.update(generator.permutation(members.index.to_numpy())[:count])
    return drawn


def _enough(subjects, k, validation):
    counts = subjects.value_counts().sort_index()
    told = ", ".join(f"class {label}: {count}" for label, count in counts.items())
    if len(counts) < 2:
        raise SettingsError(f"only one class is left ({told} subjects); cohort.labels and the ledger say why")
    rarest, count = counts.idxmin(), counts.min()
    if count < k:
        raise SettingsError(
            f"folds.k is {k}, but class {rarest} has only {count} subjects ({told}); lower folds.k or add subjects"
        )
    left = count - -(-count // k)
    if left < 1 + bool(validation):
        raise SettingsError(
            f"class {rarest} has only {count} subjects ({told}), which leaves {left} beside a test fold for training "
            f"and validation; add subjects or raise folds.k"
        )

"""Who trains, who stops the training, and who is judged: folds in which no group is in two places.

``scans`` is everywhere a data frame with the columns scan, subject and label: a whole number for a class, a decimal for
a regression. It may have ``group``, what is never divided (the subject by default); ``train`` and ``judge``, what a
scan's visit is for; ``stratum``, a text that folds are to have in common besides the class; ``site`` and ``source_id``.
What comes back has the columns scan, subject, group, label, split, role: a scan has no row in a split where it would
neither train nor be judged. The same seed and scans give the same folds, whatever the order of the rows.
"""

import numpy as np
import pandas as pd

from voxplain.cohort.dealing.strata import LABEL_BINS, drawn, joint_strata, label_classes, quantiles
from voxplain.cohort.dealing.supply import enough, enough_beside, enough_held_out, refuse_untrained
from voxplain.cohort.leaks import refuse_leaks
from voxplain.errors import SettingsError

COLUMNS = ["scan", "subject", "group", "label", "split", "role"]


def k_folds(scans, k, repeats, seed, validation):
    """The role of every scan in every split: ``r1f2`` is the second of ``k`` folds of the first of ``repeats``.

    Its fold is held out as ``test``. Of the remaining groups the share ``validation`` of each class, at least one,
    decides when training stops. Folds keep the ratio of the classes, of a regression's quantiles, and of the strata.
    Raises SettingsError where a class has too few groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # most jobs only read folds, and this costs 0.8 s

    scans, classes, strata = _prepared(scans, k)
    enough(_held(scans, classes), k, validation, _is_amount(scans))
    if strata is None and not _is_amount(scans):
        alike = scans["label"]
    else:
        alike = scans["group"].map(classes if strata is None else joint_strata(classes, strata, k))
    splits = []
    for repeat in range(repeats):
        state = int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])
        folds = StratifiedGroupKFold(k, shuffle=True, random_state=state)
        for fold, (_, held_out) in enumerate(folds.split(scans, alike, scans["group"])):
            tested = set(scans["scan"].iloc[held_out])
            stopping = _stopping(scans, tested, classes, strata, validation, [seed, repeat, fold])
            splits.append(_split(scans, tested, stopping, f"r{repeat + 1}f{fold + 1}"))
    return _drawn(splits)


def leave_one_out(scans, groups, seed, validation):
    """A split for each of ``groups``, names in the order of the splits, which is held out; see k_folds.

    A group that has no scan, because all were left out, has a split without a test.
    """
    scans, classes, strata = _prepared(scans, 2)
    enough(_held(scans, classes), len(groups), validation, _is_amount(scans), each=True)
    held_out = ((scans["group"] == one) for one in groups)
    return _each_left_out(scans, held_out, classes, strata, seed, validation)


def leave_one_site_out(scans, sites, seed, validation):
    """A split for each of ``sites``, which is held out; see k_folds.

    Scans elsewhere of a group that was also seen at that site have no role in its split. Raises SettingsError for a
    site without which too few of a class are left.
    """
    scans, classes, strata = _prepared(scans, 2)
    for site in sites:
        there = set(scans.loc[scans["site"] == site, "group"])
        enough_beside(f"site {site}", _held(scans, classes), there, validation, _is_amount(scans))
    held_out = ((scans["site"] == one) for one in sites)
    return _each_left_out(scans, held_out, classes, strata, seed, validation)


def hold_out(scans, number, seed, validation):
    """The one split ``r1f1``, whose test are ``number`` groups of each class, drawn at random; see k_folds.

    Raises SettingsError for a regression, and where a class has too few groups.
    """
    scans, classes, strata = _prepared(scans, 2)
    if _is_amount(scans):
        raise SettingsError("folds.scheme is hold_out, which draws of each class, but the label is a number; use kfold")
    generator = np.random.default_rng([seed, 0])
    groups = {one: members.index for one, members in classes.groupby(classes)}
    enough_held_out(_held(scans, classes), number, validation)
    chosen = {group for members in groups.values() for group in generator.permutation(members)[:number]}
    tested = set(scans.loc[scans["group"].isin(chosen), "scan"])
    stopping = _stopping(scans, tested, classes, strata, validation, [seed, 0, 0])
    return _drawn([_split(scans, tested, stopping, "r1f1")])


def given_folds(scans, roles, seed, validation):
    """The one split ``r1f1`` with the ``roles`` that a study gives to its source ids; see k_folds.

    Those whose subject has no role are in none. Where nobody is given for validation, it is drawn from the training
    part. Raises SettingsError where nobody is left to train or to test, InputError where a group is divided.
    """
    scans, classes, strata = _prepared(scans, 2)
    named = scans["source_id"].map(roles).fillna(scans["subject"].map(roles))
    scans, named = scans[named.notna()], named[named.notna()]
    split = _told(scans, named, "r1f1")
    if "validation" not in set(named):
        tested = set(scans.loc[named == "test", "scan"])
        left = classes[classes.index.isin(scans["group"])]
        stopping = _stopping(scans, tested, left, strata, validation, [seed, 0, 0])
        split = _told(scans, named.where((named == "test") | ~scans["group"].isin(stopping), "validation"), "r1f1")
    missing = [one for one in ("train", "test") if one not in set(split["role"])]
    if missing:
        raise SettingsError(
            f"folds.given leaves no scan of the study for {missing[0]}; look at its files and the ledger"
        )
    return _whole([split], "folds.given")


def _prepared(scans, k):
    scans = scans if "group" in scans else scans.assign(group=scans["subject"])
    others = {"train": True, "judge": True, "source_id": "", "site": ""}
    scans = scans.assign(**{one: default for one, default in others.items() if one not in scans})
    scans = scans.sort_values("scan", ignore_index=True)
    labels = scans.groupby("group")["label"]
    values = labels.mean() if _is_amount(scans) else labels.agg(lambda of_group: of_group.mode().iloc[0])
    strata = scans.groupby("group")["stratum"].first() if "stratum" in scans else None
    return scans, label_classes(values, k), strata


def _is_amount(scans):
    return pd.api.types.is_float_dtype(scans["label"])


def _held(scans, classes):
    """Every class that a group holds, a Series by group: a family may hold several, of which ``classes`` has one."""
    if _is_amount(scans):
        return classes
    return scans[["group", "label"]].drop_duplicates().set_index("group")["label"]


def _each_left_out(scans, held_out, classes, strata, seed, validation):
    splits = []
    for fold, there in enumerate(held_out):
        tested = set(scans.loc[there, "scan"])
        stopping = _stopping(scans, tested, classes, strata, validation, [seed, 0, fold])
        splits.append(_split(scans, tested, stopping, f"r1f{fold + 1}"))
    return _drawn(splits)


def _stopping(scans, tested, classes, strata, validation, seed):
    left = classes.drop(scans.loc[scans["scan"].isin(tested), "group"].unique(), errors="ignore")
    if _is_amount(scans):
        # of each quantile one at least is drawn: where there are few, that would be everybody
        left = quantiles(left.rank(), max(1, min(LABEL_BINS, round(validation * len(left)))))
    return drawn(left, validation, np.random.default_rng(seed), strata)


def _split(scans, tested, stopping, name):
    held_out = scans["scan"].isin(tested)
    elsewhere = scans["group"].isin(scans.loc[held_out, "group"]) & ~held_out
    role = np.where(held_out, "test", np.where(scans["group"].isin(stopping), "validation", "train"))
    return _told(scans[~elsewhere], pd.Series(role, scans.index)[~elsewhere], name)


def _told(scans, role, name):
    split = scans.assign(split=name, role=role)
    used = split["judge"].where(split["role"] == "test", split["train"]).astype(bool)
    return split.loc[used, COLUMNS].reset_index(drop=True)


def _drawn(splits):
    table = _whole(splits)
    if not _is_amount(table):
        refuse_untrained(table)
    return table


def _whole(splits, what="the folds that were made"):
    table = pd.concat(splits, ignore_index=True)
    refuse_leaks(table, what)
    return table

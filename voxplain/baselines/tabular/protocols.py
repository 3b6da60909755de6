"""Cross-validation in other ways than the study's own folds: leave-one-out, k-fold, both of the first subjects."""

import pandas as pd

from voxplain.cohort.dealing.schemes import k_folds, leave_one_out


def protocol_folds(scans, protocol, seed=1, validation=0.2):
    """The folds of a ``protocol`` {scheme, k, repeats, first} over ``scans``, as those of `voxplain.cohort.dealing`.

    scans: a data frame of scan, subject, group and label, amounts as floats, in the order in which the first are
    counted: ``first`` keeps all scans of so many subjects. Folds keep the ratio of classes and divide no group.
    SettingsError where there are too few.
    """
    if "first" in protocol:
        scans = scans[scans["subject"].isin(pd.unique(scans["subject"])[: protocol["first"]])]
    if protocol["scheme"] == "leave_one_out":
        return leave_one_out(scans, pd.unique(scans["group"]), seed, validation)
    return k_folds(scans, protocol["k"], protocol.get("repeats", 1), seed, validation)

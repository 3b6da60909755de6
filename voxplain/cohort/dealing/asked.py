"""The folds that a study's settings ask for, of the scans of one label; and who is held out, known at planning."""

from pathlib import Path

from voxplain.cohort.dealing.groups import grouped
from voxplain.cohort.tables.given import given_split
from voxplain.cohort.wording import counted
from voxplain.errors import SettingsError
from voxplain.settings.folds import scheme_of


def asked_folds(scans, folds, held_out=()):
    """The folds of ``scans`` by the section ``folds``; see voxplain.cohort.dealing.schemes.

    Besides what the schemes need, ``scans``, a data frame, has a column ``by_<column>`` for each column that ``folds``
    names. ``held_out`` are the groups or sites in the order of the splits, where each is left out once.
    """
    # Planning asks for held_out alone, and has no use for pandas.
    from voxplain.cohort.dealing import schemes
    from voxplain.cohort.dealing.strata import covariate_strata

    by = [f"by_{column}" for column in folds.get("group_by") or ()]
    scans = scans.assign(group=grouped(scans.to_dict("records"), by))
    if folds.get("stratify_by"):
        scans = scans.assign(stratum=covariate_strata(scans, [f"by_{column}" for column in folds["stratify_by"]]))
    if folds.get("site"):
        scans = scans.assign(site=scans[f"by_{folds['site']}"])
    drawn = {"seed": folds["seed"], "validation": folds["validation"]}
    scheme = scheme_of(folds)
    if scheme == "given":
        files = {role: Path(path) for role, path in folds["given"].items() if path}
        return schemes.given_folds(scans, given_split(files), **drawn)
    if scheme == "leave_one_out":
        return schemes.leave_one_out(scans, held_out, **drawn)
    if scheme == "leave_one_site_out":
        return schemes.leave_one_site_out(scans, held_out, **drawn)
    if scheme == "hold_out":
        return schemes.hold_out(scans, folds["hold_out"], **drawn)
    return schemes.k_folds(scans, folds["k"], folds["repeats"], **drawn)


def held_out_in_turn(rows, folds):
    """The groups or sites that ``folds`` hold out, each in a split of its own; none of any other scheme.

    ``rows`` are mappings with subject, judge, site and ``by_<column>``, one a scan. Raises SettingsError where a scan
    has no site, or where there are fewer than two sites.
    """
    scheme = scheme_of(folds)
    judged = [row for row in rows if row["judge"]]
    if scheme == "leave_one_out":
        groups = grouped(rows, [f"by_{column}" for column in folds.get("group_by") or ()])
        return sorted({group for group, row in zip(groups, rows, strict=True) if row["judge"]})
    if scheme != "leave_one_site_out":
        return []
    column = f"by_{folds['site']}" if folds.get("site") else "site"
    without = [row["scan"] for row in rows if not row[column]]
    if without:
        what = folds.get("site") or "site in its id"
        raise SettingsError(
            f"folds.scheme is leave_one_site_out, but {counted(len(without), 'scan')} ({', '.join(without[:3])}) "
            f"without a {what}; set folds.site to the table's column, or leave them out"
        )
    sites = sorted({row[column] for row in judged})
    if len(sites) < 2:
        raise SettingsError(
            f"folds.scheme is leave_one_site_out, but there is {counted(len(sites), 'site')}; use kfold"
        )
    return sites

"""What a run is planned from: files of a study's tables, the scans of a label, the splits that follow from them."""

from voxplain.cohort.dealing.asked import held_out_in_turn
from voxplain.cohort.dealing.columns import asked_of_folds, fold_columns, told_of
from voxplain.cohort.dealing.matched import whole_sets
from voxplain.cohort.files.checksums import stated_md5
from voxplain.cohort.files.containers import fingerprint
from voxplain.cohort.selection import USUAL_COVARIATES
from voxplain.cohort.sources.bids_tables import session_tables
from voxplain.errors import SettingsError
from voxplain.settings.folds import scheme_of
from voxplain.settings.sections import split_names

OF_A_SCAN = ("scan", "subject", "source_id", "site", "train", "judge")
# Of the section `cohort`: what makes or prepares scans, or judges them later, and does not select them.
ELSEWHERE = ("made", "members", "form", "verify_md5", "features", "ratings", "test_cohorts", "shard_size")

# Of the section `folds`: which scans and which of their cells are wanted.
OF_TABLES = ("given", "group_by", "stratify_by", "match", "site", "seed")


def table_path(settings):
    """Path of the table that says who is who."""
    cohort = settings["cohort"]
    if cohort["source"] == "made":
        return f"data/{settings['study']}/behavioural.csv"
    return f"{cohort['archives']}/participants.tsv" if cohort["source"] == "bids" else cohort["table"]


def further_files(settings):
    """Paths of further tables and lists of ids that the settings name, or that a BIDS dataset has."""
    cohort = settings["cohort"]
    left_out = [cohort["leave_out"]] if isinstance(cohort["leave_out"], str) else []
    sessions = session_tables(cohort["archives"]) if cohort["source"] == "bids" else []
    tables = [one["path"] for one in cohort["tables"]]
    return [str(path) for path in (*tables, *sessions, *left_out, *given_paths(settings["folds"]))]


def given_paths(folds):
    """Paths of the ids of a split that the section ``folds`` gives."""
    return [path for path in (folds["given"] or {}).values() if path]


def settings_of_tables(settings):
    """All that decides which scans are used, without what only makes or prepares them."""
    return {
        "cohort": {key: value for key, value in settings["cohort"].items() if key not in ELSEWHERE},
        "experiments": {name: {"labels": one["labels"]} for name, one in settings["experiments"].items()},
        "folds": {key: settings["folds"][key] for key in OF_TABLES},
    }


def planned_rows(settings, scans, label):
    """A mapping for each of ``scans`` that has a class or a number in ``label``, in the order of their names.

    ``by_<column>`` is its cell in each column that the section ``folds`` names. Folds follow from these alone and not
    from the table of all scans, so that changing one label leaves the folds, and with them the networks, of the others.
    """
    columns = fold_columns(asked_of_folds(settings))
    rows = []
    for scan in sorted(scans, key=lambda scan: scan.scan):
        if label in scan.labels:
            row = {column: getattr(scan, column) for column in OF_A_SCAN}
            row |= {"label": scan.labels[label], "matched": list(scan.matched.get(label, ()))}
            rows.append(row | {f"by_{column}": told_of(scan, column) for column in columns})
    return whole_sets(rows)


def held_out_of_label(settings, scans, label):
    """The groups or sites that the splits of ``label`` hold out one after the other; none where folds are drawn.

    A made cohort's table does not exist yet, so that each of its subjects is a group. SettingsError for what only that
    table could tell.
    """
    folds = asked_of_folds(settings, label)
    if settings["cohort"]["source"] != "made":
        return held_out_in_turn(planned_rows(settings, scans, label), folds)
    if scheme_of(folds) == "leave_one_site_out" or (scheme_of(folds) == "leave_one_out" and folds["group_by"]):
        raise SettingsError(
            f"folds.scheme is {scheme_of(folds)}, which needs the study's table at planning, but a made cohort has "
            "none yet; use kfold"
        )
    return held_out_in_turn([{"subject": scan.subject, "judge": True} for scan in scans], folds)


def balanced_columns(settings, label=None):
    """Columns of the table in which scans are compared: covariates, those that folds go by, and those of the labels.

    That of ``label`` itself, of which the folds are, is not among them.
    """
    cohort = settings["cohort"]
    covariates = USUAL_COVARIATES[cohort["source"]] if cohort["covariates"] is None else cohort["covariates"]
    folds = asked_of_folds(settings)
    labels = [one["column"] for one in cohort["labels"].values()]
    own = cohort["labels"][label]["column"] if label else None
    wanted = [*covariates, *folds["stratify_by"], *folds["match"], *filter(None, [folds["site"]]), *labels]
    return [column for column in dict.fromkeys(wanted) if column not in (own, *folds["group_by"])]


def planned_splits(settings, scans, label):
    """Names of the splits of ``label``, of which ``scans`` are those that are to be used."""
    in_turn = held_out_of_label(settings, scans, label)
    return [f"r1f{place + 1}" for place in range(len(in_turn))] or split_names(asked_of_folds(settings, label))


def files_state(places, verify_md5):
    """What a scan's files are, as far as names and lists of contents tell: a terabyte is not opened to plan a run.

    ``places`` are the Scan's; with ``verify_md5`` the checksums that lie beside its archives count too.
    """
    wanted = {}
    for candidates in places.values():
        for container, name in candidates:
            wanted.setdefault(container, []).append(name)
    stated = [stated_md5(container) for container in wanted if verify_md5]
    return [fingerprint(container, names) for container, names in wanted.items()] + list(filter(None, stated))

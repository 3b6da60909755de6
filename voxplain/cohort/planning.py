"""What a run is planned from: files of a study's tables, the scans of a label, the splits that follow from them."""

from voxplain.cohort.files.checksums import stated_md5
from voxplain.cohort.files.containers import fingerprint
from voxplain.cohort.sources.bids_tables import session_tables
from voxplain.settings.sections import split_names

OF_A_SCAN = ("scan", "subject", "source_id", "site", "train", "judge")
# Of the section `cohort`: what makes or prepares scans, or judges them later, and does not select them.
ELSEWHERE = ("made", "members", "form", "verify_md5", "features", "ratings")


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
        "folds": {"given": settings["folds"]["given"]},
    }


def planned_rows(scans, label):
    """A mapping for each of ``scans`` that has a class or a number in ``label``, in the order of their names.

    Folds follow from these alone and not from the table of all scans, so that changing one label leaves the folds, and
    with them the networks, of the others.
    """
    wanted = sorted((scan for scan in scans if label in scan.labels), key=lambda scan: scan.scan)
    return [{column: getattr(scan, column) for column in OF_A_SCAN} | {"label": scan.labels[label]} for scan in wanted]


def planned_splits(settings, scans, label):
    """Names of the splits of ``label``, of which ``scans`` are those that are to be used."""
    return split_names(settings["folds"])


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

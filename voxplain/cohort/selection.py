"""Images and rows become scans: one check after the other, and the first that says no is the reason in the ledger."""

from dataclasses import replace
from fnmatch import fnmatch

from voxplain.cohort.images import Scan, natural, scan_name
from voxplain.cohort.joining import Rows
from voxplain.cohort.repeats import without_repeats
from voxplain.cohort.tables.vocabulary import is_ptid, site, visit
from voxplain.cohort.visits import with_roles
from voxplain.cohort.wording import shown

# Cells of these columns follow a scan into scans.tsv where the study does not say which covariates it wants.
USUAL_COVARIATES = {
    "made": ("Age", "Release"),
    "hcp": ("Age", "Release"),
    "adni": ("Age", "Sex", "Description"),
    "bids": ("age", "sex"),
    "table": (),
}


def selected(images, table, cohort, labels, unwanted, dealt, further=()):
    """The Scans of ``images`` and of rows without one, sorted by name.

    ``table`` is the StudyTable, or None while it does not exist: then every image is kept. ``labels`` are Labels by
    name, ``unwanted`` the ids left out with their reasons, ``dealt`` the ids of a given split or None,
    ``further`` columns of the table whose cells follow the scans besides the covariates.
    """
    if table is None:
        return sorted((_scan(image, None, cohort) for image in images), key=lambda scan: scan.scan)
    columns = {name: table.column(label.column, f"cohort.labels.{name}.column") for name, label in labels.items()}
    where = {table.column(column, "cohort.where"): _listed(wanted) for column, wanted in _of_table(cohort, table)}
    covariates = wanted_covariates(cohort, table) | dict.fromkeys(further)
    rows = Rows(table.rows)
    scans = []
    for image in images:
        row, problem = rows.of(image)
        scans.append(_checked(_scan(image, row, cohort), image.fault, problem, row, cohort, unwanted))
    scans += [_absent(row, cohort, unwanted) for row in rows.unused()]
    scans = [_labelled(_kept(scan, where), labels, columns) for scan in scans]
    scans = with_roles(scans, cohort["visits"], cohort["day_first"])
    scans = [_in_split(scan, dealt) for scan in scans]
    scans = without_repeats(scans, cohort["repeats"], cohort["day_first"])
    kept = [replace(scan, cells={name: scan.cells.get(name, "") for name in covariates}) for scan in scans]
    return sorted(kept, key=lambda scan: (scan.scan, bool(scan.stage), natural(scan.image_id)))


def wanted_covariates(cohort, table):
    """Columns of ``table`` that follow a scan: the labels', then those asked for, or the source's usual ones."""
    labels = [one["column"] for one in cohort["labels"].values()]
    asked = cohort["covariates"]
    if asked is None:
        asked = [column for column in USUAL_COVARIATES[cohort["source"]] if column in table.header]
    return dict.fromkeys([*labels, *(table.column(column, "cohort.covariates") for column in asked)])


def _scan(image, row, cohort):
    told = (row.session if row else "") or image.session
    known = visit(told) if _of_adni(cohort, image.source_id) else None
    (archive, inside), *_ = image.places.get("T1w", (("", ""),))
    return Scan(
        scan=scan_name(image.source_id, known.token if known else told),
        source_id=image.source_id,
        session=known.token if known else told,
        image_id=image.image_id,
        visit=told,
        date=(row.date if row else "") or image.date,
        site=site(image.source_id),
        archive="/".join(filter(None, (archive, inside))) if cohort["source"] not in ("hcp", "made") else archive,
        places=image.places,
        dicom=image.dicom,
        state=image.state,
        cells={**(row.cells if row else {}), **image.cells},
    )


def _of_adni(cohort, source_id):
    return cohort["source"] == "adni" or is_ptid(source_id)


def _checked(scan, fault, problem, row, cohort, unwanted):
    """``scan``, left out where the study, its files or its row say so."""
    if stated := _unwanted(scan, unwanted):
        return replace(scan, stage="settings", reason=stated)
    if fault:
        return replace(scan, stage="archive", reason=fault)
    if problem or row is None:
        return replace(scan, stage="table", reason=problem or "no row in the table")
    if _of_adni(cohort, scan.source_id) and scan.visit and not visit(scan.visit):
        reason = f"visit {shown(scan.visit)!r}, none that is known; correct it in the table"
        return replace(scan, stage="table", reason=reason)
    return scan


def _unwanted(scan, unwanted):
    names = (
        scan.scan,
        scan.source_id,
        scan.image_id,
        f"{scan.source_id}/{scan.visit}",
        f"{scan.source_id}/{scan.session}",
    )
    return next((unwanted[name] for name in names if name and name in unwanted), None)


def _absent(row, cohort, unwanted):
    """A scan that the table names and no file holds."""
    known = visit(row.session) if _of_adni(cohort, row.subject) else None
    session = known.token if known else row.session
    scan = Scan(
        scan=scan_name(row.subject, session) if row.subject else "",
        source_id=row.subject, session=session, image_id=row.image_id, visit=row.session, date=row.date,
        site=site(row.subject), cells=row.cells,
    )  # fmt: skip
    if stated := _unwanted(scan, unwanted):
        return replace(scan, stage="settings", reason=stated)
    if row.problem:
        return replace(scan, stage="table", reason=row.problem)
    what = f"image {row.image_id}" if row.image_id else f"{row.subject} {row.session}".strip()
    where = cohort["archives"] or "the files"
    said = f"no archive whose name begins with {row.subject}" if cohort["source"] in ("hcp", "made") else ""
    return replace(scan, stage="archive", reason=said or f"no file of {what} in {where}")


def _of_table(cohort, table):
    entities = ("run", "acq") if cohort["source"] == "bids" else ()
    return [(column, wanted) for column, wanted in cohort["where"].items() if column not in entities]


def _listed(wanted):
    return [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]


def _kept(scan, where):
    for column, wanted in where.items():
        cell = scan.cells.get(column, "")
        if not scan.stage and not any(fnmatch(cell.lower(), one.lower()) for one in wanted):
            reason = f"{column} is {shown(cell)!r}, not {' or '.join(wanted)} (cohort.where)"
            return replace(scan, stage="selection", reason=reason)
    return scan


def _labelled(scan, labels, columns):
    if scan.stage:
        return scan
    told = {name: label.value(scan.cells.get(columns[name], "")) for name, label in labels.items()}
    values = {name: value for name, (value, reason) in told.items() if reason is None}
    if not values:
        return replace(scan, stage="table", reason=next(iter(told.values()))[1])
    return replace(scan, labels=values)


def _in_split(scan, dealt):
    if scan.stage or dealt is None or scan.source_id in dealt or scan.subject in dealt:
        return scan
    return replace(scan, stage="folds", reason=f"{scan.source_id} is in none of the files of folds.given")

"""The section on data: who was used, who was left out and why, and what the classes have in common."""

import pandas

from voxplain.cohort.selection import USUAL_COVARIATES
from voxplain.report import balance
from voxplain.report.blocks import Heading, Section, Table, Text
from voxplain.report.flow import flow_figure
from voxplain.report.sentences import number, usage

READING = (
    "The boxes follow the scans from top to bottom, down to the splits; whoever leaves on the way leaves to the right, "
    "with the stage that said no.",
    "Every scan left out is listed below with its reason, and the table of covariates shows whether the classes differ "
    "in something that a network could use in place of the brain; below it stands how the folds were dealt, and how "
    "far their parts differ in size, site and covariates.",
)


def section(results):
    """The section, from ``ledger.tsv`` and ``scans.tsv``."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return Section("data", "Data", READING, None, [Text("There is no ledger of scans to show.", "missing")])
    excluded = ledger[ledger["status"] != "used"]
    text = whom(results)
    picture = flow_figure(results, text)
    covariates = _covariates(results, results.table("cohort/scans.tsv"))
    blocks = [Text(text), *_left_out(results, excluded), *covariates, *balance.blocks(results)]
    return Section("data", "Data", READING, picture, blocks)


def whom(results):
    """One sentence: how many scans were found, used, of which class, and left out."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return "unknown"
    used = int((ledger["status"] == "used").sum())
    by_class = _used_by_class(results, ledger, results.table("cohort/scans.tsv"))
    return usage(len(ledger), used, len(ledger) - used, by_class)


def _used_by_class(results, ledger, scans):
    column = f"label_{results.label()}"
    if scans is None or column not in scans or not results.class_names():
        return {}
    used = scans[scans["scan"].isin(ledger.loc[ledger["status"] == "used", "scan"])]
    return {results.class_name(label): len(of_class) for label, of_class in used.groupby(column)}


def _left_out(results, excluded):
    if excluded.empty:
        return [Text("No scan was left out.")]
    columns = {"scan": "Scan", "source_id": "Source id", "image_id": "Image", "visit": "Visit"}
    columns |= {"stage": "Stage", "reason": "Reason"}
    told = [name for name in columns if name not in ("image_id", "visit") or excluded[name].notna().any()]
    rows = excluded[told].fillna("").to_numpy().tolist()
    links = [results.subject_paths.get(scan) for scan in excluded["scan"]]
    table = Table("Every scan left out, and why", [columns[name] for name in told], rows, links=links)
    return [Heading("Left out"), table]


def _covariates(results, scans):
    column = f"label_{results.label()}"
    if scans is None or column not in scans:
        return []
    columns = [name for name in carried_columns(results) if name in scans]
    columns += [name for name in scans if name.startswith("brain_volume")]
    if "site" in scans and scans["site"].notna().any():
        columns.insert(0, "site")
    scans = scans.dropna(subset=column)
    classes = sorted(scans[column].unique()) if results.class_names() else []
    parts = [scans[scans[column] == label] for label in classes] or [scans]
    rows = [[name.replace("_", " "), *(_summary(part[name]) for part in parts)] for name in columns]
    if not rows:
        return [Text("The study names no covariates.", "missing")]
    heads = [f"Class {results.class_name(label)}" for label in classes] or ["All"]
    return [
        Heading("Covariates"),
        Table("Covariates by class: mean (sd) and range, or counts", ["Covariate", *heads], rows),
    ]


def carried_columns(results):
    """Columns of covariates that the study carries beside its labels."""
    cohort = results.settings.get("cohort", {})
    asked = cohort.get("covariates")
    return USUAL_COVARIATES[cohort["source"]] if asked is None else asked


def _summary(values):
    missing = f"; {int(values.isna().sum())} missing" if values.isna().any() else ""
    values = values.dropna()
    if values.empty:
        return "none known"
    if pandas.api.types.is_numeric_dtype(values):
        spread = f" ({number(values.std(), 1)})" if len(values) > 1 else ""
        return f"{number(values.mean(), 1)}{spread}, {values.min():.4g} to {values.max():.4g}{missing}"
    counts = values.astype(str).value_counts().sort_index()
    return ", ".join(f"{value}: {amount}" for value, amount in counts.items()) + missing

"""The section on data: who was used, who was left out and why, and what the classes have in common."""

import pandas

from voxplain.report.blocks import Figure, Heading, Section, Table, Text
from voxplain.report.points import flow
from voxplain.report.sentences import count, number, usage

READING = (
    "The boxes follow the scans from top to bottom; whoever leaves on the way leaves to the right, with the stage that "
    "said no.",
    "Every scan left out is listed below with its reason, and the last table shows whether the classes differ in "
    "something that a network could use in place of the brain.",
)

# In the order in which they say no; stages of other names come after
STAGES = ("settings", "table", "archive", "extract", "prepare")


def section(results):
    """The section, from ``ledger.tsv`` and ``scans.tsv``."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return Section("data", "Data", READING, None, [Text("There is no ledger of scans to show.", "missing")])
    excluded = ledger[ledger["status"] != "used"]
    text = whom(results)
    picture = Figure(flow(_steps(ledger, excluded), text))
    covariates = _covariates(results, results.table("cohort/scans.tsv"))
    return Section("data", "Data", READING, picture, [Text(text), *_left_out(excluded), *covariates])


def whom(results):
    """One sentence: how many scans were found, used, of which class, and left out."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return "unknown"
    used = int((ledger["status"] == "used").sum())
    by_class = _used_by_class(results, ledger, results.table("cohort/scans.tsv"))
    return usage(len(ledger), used, len(ledger) - used, by_class)


def _used_by_class(results, ledger, scans):
    if scans is None or "label" not in scans:
        return {}
    used = scans[scans["scan"].isin(ledger.loc[ledger["status"] == "used", "scan"])]
    return {results.class_name(label): len(of_class) for label, of_class in used.groupby("label")}


def _steps(ledger, excluded):
    steps = [f"{count(len(ledger), 'scan')} found"]
    leaving = []
    left = len(ledger)
    by_stage = excluded.fillna({"stage": "unknown"}).groupby("stage")
    for stage, of_stage in sorted(by_stage, key=lambda one: STAGES.index(one[0]) if one[0] in STAGES else len(STAGES)):
        left -= len(of_stage)
        leaving.append(f"{len(of_stage)} left out: {stage}")
        steps.append(f"{left} left")
    steps[-1] = f"{left} used"
    return list(zip(steps, [*leaving, ""], strict=True))


def _left_out(excluded):
    if excluded.empty:
        return [Text("No scan was left out.")]
    columns = ["scan", "source_id", "stage", "reason"]
    rows = excluded[columns].fillna("").to_numpy().tolist()
    return [Heading("Left out"), Table("Every scan left out, and why", ["Scan", "Source id", "Stage", "Reason"], rows)]


def _covariates(results, scans):
    if scans is None:
        return []
    columns = [name for name in results.settings.get("cohort", {}).get("covariates", []) if name in scans]
    columns += [name for name in scans if name.startswith("brain_volume")]
    scans = scans.dropna(subset="label")
    classes = sorted(scans["label"].unique())
    rows = [
        [name.replace("_", " "), *(_summary(scans.loc[scans["label"] == label, name]) for label in classes)]
        for name in columns
    ]
    if not rows:
        return [Text("The study names no covariates.", "missing")]
    heads = [f"Class {results.class_name(label)}" for label in classes]
    return [
        Heading("Covariates"),
        Table("Covariates by class: mean (sd) and range, or counts", ["Covariate", *heads], rows),
    ]


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

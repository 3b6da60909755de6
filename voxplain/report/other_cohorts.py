"""The section on further cohorts: judged by all networks of the study, which learned nothing from them."""

import numpy as np

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Heading, Section, Text
from voxplain.report.chance import chance, told
from voxplain.report.flow import shortened
from voxplain.report.held_out import held_out_blocks
from voxplain.report.points import estimates
from voxplain.report.scores import overall, score_rows, summary
from voxplain.report.sentences import count, measure_name, number, score

SHOWN = 14
# A standardised difference below this is taken for none (Austin 2009)
SLIGHT = 0.1
DIFFERENCE = "cohort less study, in standard deviations"
READING = (
    "Each dot is the mean score of the study's networks on scans of another cohort (95 % interval over subjects), "
    "above what the same networks reached on the study's own held-out scans; the dashed line is chance.",
    "Nothing was fitted on these scans, so a score that falls is what the networks lose elsewhere; the tables of shift "
    "say in what the cohorts differ.",
)


def section(results):
    """The section, or None where the settings name no further cohort."""
    cohorts = results.settings.get("cohort", {}).get("test_cohorts") or {}
    if not cohorts:
        return None
    panels, marked, texts, blocks = {}, {}, [], []
    for experiment in results.experiments:
        own = results.table(f"predict/{experiment}/scores.tsv")
        for name in cohorts:
            blocks.append(Heading(f"{name}, by experiment {experiment}"))
            table = results.table(f"predict/{experiment}/cohort-{name}_scores.tsv")
            if table is None or table.empty:
                blocks.append(Text(f"{experiment}: no scores of cohort {name} were recorded.", "missing"))
                continue
            main = told(table)[0]
            title = f"{name}, experiment {experiment}: {measure_name(main)}"
            panels[title], marked[title] = _rows(name, table, own, main), chance(table, main)
            said = f"{_sentence(experiment, name, table, own, main)}{_judges(results, experiment, name)}"
            texts.append(said)
            blocks += [Text(said), summary(f"{experiment} on cohort {name}", table)]
            blocks += held_out_blocks(results, experiment, f"cohort-{name}_")
            blocks += _shift(results, experiment, name)
    shares, alt = {title for title, level in marked.items() if level}, " ".join(texts)
    picture = Figure(estimates(panels, "score of scans of other cohorts", alt, marked, shares)) if panels else None
    return Section("cohorts", "Other cohorts", READING, picture, blocks)


def _rows(name, table, own, measure):
    rows = score_rows(table, measure)
    if own is not None and len(own):
        rows += [("the study's own held-out scans", *overall(own, "network", measure), [], 1)]
    return rows


def _sentence(experiment, name, table, own, measure):
    text = score(experiment, measure, *overall(table, "network", measure), chance(table, measure))
    text = text.replace("held-out", f"cohort {name}'s", 1)
    if own is None or own.empty:
        return text
    return f"{text} On the study's own held-out scans it is {number(overall(own, 'network', measure)[0])}."


def _judges(results, experiment, name):
    table = results.table(f"predict/{experiment}/cohort-{name}_mean.tsv")
    if table is None or table.empty or "networks" not in table:
        return ""
    least, most = int(table["networks"].min()), int(table["networks"].max())
    amount = count(most, "network") if least == most else f"{least} to {most} networks"
    return f" Each of {count(len(table), 'scan')} was judged by {amount} that had seen nothing of its subject."


def _shift(results, experiment, name):
    table = results.table(f"predict/{experiment}/cohort-{name}_shift.tsv")
    if table is None or table.empty:
        return [Text(f"{experiment}: no shift of cohort {name} was recorded.", "missing")]
    words = f"In what cohort {name} differs from the study as {experiment} sees it, {_greatest(table)}."
    shown = as_written(table, f"In what cohort {name} differs from the study as {experiment} sees it")
    rows = [
        (
            shortened(f"{row.kind}: {row.measure}", 44),
            row.difference,
            np.nan,
            np.nan,
            [],
            int(abs(row.difference) < SLIGHT),
        )
        for row in table.head(SHOWN).itertuples()
        if np.isfinite(row.difference)
    ]
    title = f"{name}: the {len(rows)} greatest differences"
    drawn = [Figure(estimates({title: rows}, DIFFERENCE, words, 0.0), words)] if rows else []
    return [*drawn, Fold(f"Shift of {name}", [shown])]


def _greatest(table):
    known = table[np.isfinite(table["difference"])]
    if known.empty:
        return "no measure can be compared"
    most = known.loc[known["difference"].abs().idxmax()]
    many = int((known["difference"].abs() >= SLIGHT).sum())
    return (
        f"most in {most['measure']} ({number(most['difference'])} standard deviations); {many} of {len(known)} "
        f"measures differ by {SLIGHT} or more"
    )

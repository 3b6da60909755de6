"""The section on further cohorts: judged by all networks of the study, which learned nothing from them."""

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Heading, Section, Text
from voxplain.report.chance import chance, told
from voxplain.report.held_out import held_out_blocks
from voxplain.report.points import estimates
from voxplain.report.scores import overall, score_rows, summary
from voxplain.report.sentences import measure_name, number, score

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
            said = _sentence(experiment, name, table, own, main)
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


def _shift(results, experiment, name):
    table = results.table(f"predict/{experiment}/cohort-{name}_shift.tsv")
    if table is None or table.empty:
        return [Text(f"{experiment}: no shift of cohort {name} was recorded.", "missing")]
    caption = f"In what cohort {name} differs from the study as {experiment} sees it"
    return [Fold(f"Shift of {name}", [as_written(table, caption)])]

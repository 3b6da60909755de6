"""Experiments that differ in nothing but pretraining: scores, how each learned, and how far weights went."""

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, interval, measure_name, number
from voxplain.settings.pretraining import pairs

READING = (
    "Points away from the dashed line are what pretraining changed: the score of the pretrained network less that of "
    "the same one begun anew, on the same held-out scans. An interval that holds 0 tells of no difference."
)
TABLES = {"scores": "Scores of both", "learning": "How each learned", "moved": "How far weights went from their start"}
NAMES = {"pretrained": "Pretrained", "anew": "Begun anew", "better": "Better for it", "paired_by": "Compared by"}
ERRORS = ("mae", "rmse")
MAIN = ("balanced_accuracy", "roc_auc", "r2", "mae")


def blocks(results):
    """The differences of the first pair apart; a sentence on the scores and one on the learning of each; tables."""
    first, found = None, []
    for name, other in pairs(results.experiments):
        stem = f"insight/{name}/transfer-{other}"
        tables = {one: results.table(f"{stem}_{one}.tsv") for one in TABLES}
        if any(table is None for table in tables.values()):
            found.append(Text(f"{name} and {other}: the two were not compared.", "missing"))
            continue
        said = [scores_sentence(name, other, tables["scores"]), learning_sentence(name, other, tables["learning"])]
        figure = _picture(results, name, other, tables["scores"], said[0])
        named = [as_written(table, f"{TABLES[one]}: {name}, {other}", NAMES) for one, table in tables.items()]
        found += [*([figure] if first else []), *map(Text, said), Fold(f"{name} beside {other}", named)]
        first = first or figure
    return first, [Text(READING), *found] if found else []


def scores_sentence(name, other, scores):
    """What the two reach by the measure that they are judged by, and whether that is told apart."""
    rows = scores.set_index("measure")
    measure = next((one for one in MAIN if one in rows.index), rows.index[0])
    row = rows.loc[measure]
    arms = [interval(*(float(row[f"{arm}{end}"]) for end in ("", "_low", "_high"))) for arm in ("pretrained", "anew")]
    text = f"Pretrained, {name} reached a {measure_name(measure)} of {arms[0]}; begun anew, {other} reached {arms[1]}. "
    difference = interval(*(float(row[end]) for end in ("difference", "low", "high")))
    verdict = {
        "yes": "so pretraining helped",
        "no": "so pretraining did harm",
        "undecided": "which cannot be told from none",
    }
    text += f"The difference is {difference}, {verdict.get(row['better'], 'which is undefined')}"
    splits = int(row["splits"])
    return f"{text}; the pretrained network was better in {int(row['splits_better'])} of {count(splits, 'split')}."


def learning_sentence(name, other, learning):
    """How much lower the pretrained network's first loss was, and when it was as good as the other ever was."""
    jumps = learning["jump_start"].astype(float).dropna()
    if jumps.empty:
        return f"{name} and {other}: without validation scans nothing says which of them learned faster."
    lower = int((jumps > 0).sum())
    text = f"After one epoch its validation loss was lower in {lower} of {count(len(jumps), 'training')}, by "
    text += f"{number(jumps.mean(), 3)} on average"
    matched = learning["epochs_to_match"].astype(float)
    if matched.notna().any():
        text += f"; it was as good as the other ever was in {int(matched.notna().sum())} of {len(matched)}, at epoch "
        best = learning["best_epoch_anew"].astype(float).median()
        return f"{text}{number(matched.median(), 0)} in the median (the other's best is epoch {number(best, 0)})."
    return f"{text}; it was never as good as the other at its best."


def _picture(results, name, other, scores, alt):
    """The paired difference in every measure; those of which less is better, in the label's unit, in a panel apart."""
    panels = {}
    for row in scores.to_dict("records"):
        title = "errors, lower is better" if row["measure"] in ERRORS else "scores, higher is better"
        values = (float(row[end]) for end in ("difference", "low", "high"))
        panels.setdefault(title, []).append((measure_name(row["measure"]), *values, [], 0))
    caption = f"{name} less {other}{', made scans' if results.made else ''}: 95 % intervals over subjects, paired."
    return Figure(estimates(panels, "difference", alt, 0.0), caption)

"""Experiments side by side: what networks reach, and where they look, as one easy way after another is closed."""

import numpy as np

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Heading, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import interval, measure_name, number, percent

READING = (
    "Above, what the networks of each experiment reach on the scans that they learned from (grey, mean over splits) "
    "and on held-out ones (blue, with its interval). Then how far held-out answers go along with brain size among "
    "scans of one class, 0 where a network does not look at size; how much of the relevance lies outside each scan's "
    "brain, beside the share of voxels there (grey); and how well the group map finds the regional effect, where that "
    "is known."
)
MADE = "These are numbers about made data."
NAMES = {
    "size_correlation": "With size",
    "native_size_correlation": "With size before registration",
    "outside_share": "Relevance outside",
    "outside_voxels": "Voxels outside",
    "outside_ratio": "A voxel outside over one inside",
    "localisation_auc": "Localisation AUC",
}


def side_by_side_blocks(results):
    """A picture, a sentence for each experiment and the two tables; an empty list where none are put side by side."""
    asked = results.settings.get("baselines", {}).get("side_by_side")
    # what an earlier run with other settings left is still there
    scores = results.table("predict/experiments.tsv") if asked else None
    if scores is None or scores.empty:
        return []
    methods = results.table("predict/experiments_methods.tsv")
    said = [experiment_sentence(row, methods[methods["experiment"] == row["experiment"]]) for row in _dicts(scores)]
    panels, reference = _panels(scores, methods)
    picture = estimates(panels, "95 % intervals over subjects", " ".join(said), reference)
    tables = [
        as_written(_numbers(scores), "Scores of experiments side by side: means and sd (ddof 1) over splits", NAMES),
        as_written(_numbers(methods), "Where the relevance of each experiment lies", NAMES),
    ]
    note = [Text(MADE, "note")] if results.made else []
    texts = [Text(one) for one in said]
    return [Heading("Experiments side by side"), *note, Text(READING), Figure(picture), *texts, Fold("Tables", tables)]


def experiment_sentence(row, methods):
    """What one experiment came to, from its row of ``experiments.tsv`` and those of its methods."""
    main = _main(row)
    learned, held_out = (
        f"{number(row.get(f'{part}_{main}', np.nan))} (sd {number(row.get(f'{part}_{main}_sd', np.nan))})"
        for part in ("training", "held_out")
    )
    text = f"{row['experiment']}: {measure_name(main)} {learned} on the scans learned from, {held_out} on held-out ones"
    size = [row.get(f"size_correlation{end}", np.nan) for end in ("", "_low", "_high")]
    text += f"; within classes its answers go along with brain size by {interval(*size)}{_clear(size, 0)}"
    for one in _dicts(methods):
        share = percent(one.get("outside_share", np.nan))
        text += f". {one['method']}: {share} of the relevance lies outside the brain, as do "
        text += f"{percent(one.get('outside_voxels', np.nan))} of the voxels"
        found = [one.get(f"localisation_auc{end}", np.nan) for end in ("", "_low", "_high")]
        if "localisation_auc" in one:
            text += f", and it finds the regional effect with a localisation AUC of {interval(*found)}"
    return f"{text}."


def _panels(scores, methods):
    """Rows of `estimates` by title, and the value that each panel is held against."""
    panels, reference = {}, {}
    for row in _dicts(scores):
        title = measure_name(_main(row))
        title = f"{title[:1].upper()}{title[1:]}"
        known = [row.get(f"held_out_{_main(row)}{end}", np.nan) for end in ("", "_low", "_high")]
        learned = row.get(f"training_{_main(row)}", np.nan)
        panels.setdefault(title, []).append((f"{row['experiment']}, held out", *known, [], 0))
        panels[title].append((f"{row['experiment']}, learned from", learned, np.nan, np.nan, [], 1))
        reference[title] = None
    _add(panels, "Answers along with brain size, within classes", scores, "size_correlation")
    reference["Answers along with brain size, within classes"] = 0
    for method, rows in methods.groupby("method", sort=False):
        outside, found = f"Relevance outside the brain, {method}", f"The regional effect found, {method}"
        panels[outside], reference[outside] = [], None
        for row in _dicts(rows):
            ends = [row.get(f"outside_share{end}", np.nan) for end in ("", "_low", "_high")]
            panels[outside].append((row["experiment"], *ends, [], 0))
            panels[outside].append((f"{row['experiment']}, voxels", row["outside_voxels"], np.nan, np.nan, [], 1))
        if "localisation_auc" in rows:
            _add(panels, found, rows, "localisation_auc")
            reference[found] = 0.5
    return panels, reference


def _main(row):
    """The measure that an experiment is judged by: accuracy of classes, R2 of amounts."""
    amounts = np.isnan(row.get("held_out_accuracy", np.nan)) and np.isfinite(row.get("held_out_r2", np.nan))
    return "r2" if amounts else "accuracy"


def _add(panels, title, table, column):
    panels[title] = [
        (row["experiment"], *(row.get(f"{column}{end}", np.nan) for end in ("", "_low", "_high")), [], 0)
        for row in _dicts(table)
    ]


def _clear(known, level):
    """Whether an interval leaves ``level`` out, in words."""
    _, low, high = known
    if not np.isfinite(low):
        return ""
    return ", which cannot be told from none" if low <= level <= high else ", so it looks at size"


def _dicts(table):
    return table.to_dict("records")


def _numbers(table):
    return table.dropna(axis=1, how="all")

"""The flow of scans through a study as a picture: found, left out at each stage and why, used, dealt to splits."""

from voxplain.cohort.flow import flow_steps
from voxplain.report.blocks import Figure
from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style
from voxplain.report.sentences import count, listing

REASONS_SHOWN = 3
WIDEST = 62
# Beyond so many splits their boxes would be too narrow to read
MOST_SPLITS = 5
ROLES = {"train": "train", "validation": "validation", "test": "held out"}
# Inches: a line of text, the room between boxes, half a box of one line, the room for a title
LINE, GAP, EDGE, TITLE = 0.19, 0.34, 0.16, 0.4


def flow_figure(results, text):
    """The picture, which ``text`` tells in words; from ``ledger.tsv`` and the folds of every label that is told."""
    steps = flow_texts(results.table("cohort/ledger.tsv"))
    dealt = split_texts(results)
    words = [text, *(f"{title}: {listing(one.replace(chr(10), ' ') for one in boxes)}." for title, boxes in dealt)]
    return Figure(drawn_flow(steps, dealt, " ".join(words)))


def flow_texts(ledger):
    """Texts of the boxes: (who is left, who leaves here with the commonest reasons, or an empty text)."""
    boxes, leaving = [f"{_scans_and_subjects(ledger)} found"], []
    left = ledger.fillna("")
    for step in flow_steps(left.itertuples(index=False)):
        left = left[left["stage"] != step.stage]
        lines = [f"{step.count} left out: {step.stage}"]
        lines += [f"{times}: {shortened(reason)}" for reason, times in step.reasons[:REASONS_SHOWN]]
        more = len(step.reasons) - REASONS_SHOWN
        leaving.append("\n".join([*lines, f"and {count(more, 'other reason')}"] if more > 0 else lines))
        boxes.append(f"{_scans_and_subjects(left)} left")
    boxes[-1] = f"{_scans_and_subjects(left)} {'used' if leaving else 'found and used'}"
    return list(zip(boxes, [*leaving, ""], strict=True))


def split_texts(results):
    """(title, texts of boxes) for every label that experiments tell: what its splits do with the scans."""
    found = []
    for label in dict.fromkeys(results.label(name) for name in results.experiments):
        folds = results.table(f"cohort/label-{label}_folds.tsv")
        if folds is None or folds.empty:
            continue
        counts = (
            folds.groupby(["split", "role"]).size().unstack(fill_value=0).reindex(columns=list(ROLES), fill_value=0)
        )
        title = f"{count(len(counts), 'split')} for {label}"
        if len(counts) > MOST_SPLITS:
            boxes = ["each split: " + ", ".join(f"{_span(counts[role])} {words}" for role, words in ROLES.items())]
        else:
            boxes = [_split(split, row) for split, row in counts.iterrows()]
        found.append((title, boxes))
    return found


def drawn_flow(steps, dealt, alt):
    """Boxes from top to bottom; who leaves on the way leaves to the right; below them a row of boxes for each label."""
    heights = [LINE * (max(leaving.count("\n") + 1 if leaving else 0, 1)) + GAP for _, leaving in steps]
    tall = 3.0 + sum(heights)
    with style():
        canvas, axes = panels(1, 1, 8.2, tall)
        axis = axes[0, 0]
        axis.set_axis_off()
        axis.set(xlim=(0, 8.2), ylim=(-tall, 0))
        box = {"boxstyle": "round,pad=0.5", "facecolor": "none"}
        arrow = {"arrowstyle": "->", "color": QUIET, "shrinkA": 11, "shrinkB": 11}
        down = -0.25
        for place, (text, leaving) in enumerate(steps):
            axis.text(1.5, down, text, ha="center", va="center", bbox={**box, "edgecolor": COLOURS[0]})
            below = down - heights[place] - (GAP if leaving else 0)
            if place < len(steps) - 1:
                axis.annotate("", (1.5, below), (1.5, down), arrowprops=arrow)
            if leaving:
                middle = (down + below) / 2
                axis.annotate("", (2.95, middle), (1.5, middle), arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
                axis.text(3.1, middle, leaving, ha="left", va="center", bbox={**box, "edgecolor": QUIET})
            down = below if place < len(steps) - 1 else down
        edge = down - EDGE
        for place, (title, boxes) in enumerate(dealt):
            if not place:
                axis.annotate("", (1.5, edge - TITLE), (1.5, edge), arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
            axis.text(1.65 if not place else 0.1, edge - TITLE / 2, title, ha="left", va="center", color=QUIET)
            half = LINE * (max(box.count("\n") for box in boxes) + 1) / 2 + 0.08
            middle = edge - TITLE - half
            wide = min(1.8, 8.0 / len(boxes)) if len(boxes) > 1 else 4.4
            for column, text in enumerate(boxes):
                look = {**box, "edgecolor": COLOURS[2]}
                across = 0.1 + wide * (column + 0.5)
                axis.text(across, middle, text, ha="center", va="center", bbox=look, fontsize=9)
            edge = middle - half
        axis.set_ylim(edge - 0.15, 0)
        canvas.set_size_inches(8.2, -axis.get_ylim()[0])
        return drawing(canvas, alt)


def shortened(text, length=WIDEST):
    """``text``, or its beginning and an ellipsis where it is longer than ``length``."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _scans_and_subjects(rows):
    subjects = rows["source_id"].nunique()
    scans = count(len(rows), "scan")
    return scans if subjects == len(rows) else f"{scans} of {count(subjects, 'subject')}"


def _split(split, row):
    return "\n".join([split, *(f"{row[role]} {words}" for role, words in ROLES.items() if row[role])])


def _span(values):
    return str(values.min()) if values.min() == values.max() else f"{values.min()} to {values.max()}"

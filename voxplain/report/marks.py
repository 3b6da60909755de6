"""A drawing of outcomes: one mark for each row and column, told apart by shape as well as by colour."""

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style

# Shape, colour, and whether it is filled: blue and orange differ for every reader, and so do circle and cross
MARKS = {
    "passed": ("o", COLOURS[0], True),
    "failed": ("X", COLOURS[1], True),
    "undecided": ("o", QUIET, False),
    "undefined": ("$?$", QUIET, True),
    "not tested": ("_", QUIET, True),
}


def marks(tables, columns, alt):
    """``{title: {row: {column: outcome}}}`` as a picture, a panel a title; ``columns`` is ``{column: its label}``.

    An outcome is one of MARKS; a column that a row does not have stays empty.
    """
    lengths = [len(rows) for rows in tables.values()]
    with style():
        canvas, axes = panels(
            *(len(tables), 1, 8.2, sum(lengths) * 0.3 + len(tables) * 0.5 + 1.3), sharex=True, height_ratios=lengths
        )
        drawn = {}
        for axis, (title, rows) in zip(axes[:, 0], tables.items(), strict=True):
            for outcome, (shape, colour, filled) in MARKS.items():
                places = [
                    (across, down)
                    for down, of_row in enumerate(rows.values())
                    for across, column in enumerate(columns)
                    if of_row.get(column) == outcome
                ]
                if places:
                    face = colour if filled else "none"
                    look = {"color": colour, "markerfacecolor": face, "markersize": 8, "markeredgewidth": 1.5}
                    drawn[outcome] = axis.plot(*zip(*places, strict=True), marker=shape, linestyle="none", **look)[0]
            axis.set_yticks(range(len(rows)), list(rows))
            axis.set_ylim(len(rows) - 0.5, -0.5)
            axis.set_xlim(-0.5, len(columns) - 0.5)
            axis.set_title(title, loc="left")
        axes[-1, 0].set_xticks(range(len(columns)), list(columns.values()), rotation=30, ha="right")
        told = [outcome for outcome in MARKS if outcome in drawn]
        canvas.legend([drawn[outcome] for outcome in told], told, loc="outside upper center", ncols=len(told))
        return drawing(canvas, alt)

"""How alike things are, drawn as squares: one for each pair."""

import numpy as np
from matplotlib.colors import Normalize

from voxplain.report.figures import drawing, panels, style
from voxplain.report.sentences import number

# Beyond so many names a square has no room for its number
MOST_TOLD = 12


def squares(matrices, label, alt, span=(-1, 1)):
    """Square matrices as a picture: ``{title: (names, values (n, n))}``; ``span`` are the ends of the colours.

    An undefined value stays empty and says so where there is room.
    """
    sizes = [len(names) for names, _ in matrices.values()]
    with style():
        canvas, axes = panels(1, len(matrices), 8.2, 1.3 + 0.45 * min(max(sizes), 14))
        for axis, (title, (names, values)) in zip(axes[0], matrices.items(), strict=True):
            values = np.asarray(values, float)
            image = axis.imshow(values, "PuOr_r", Normalize(*span))
            axis.grid(visible=False)
            axis.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
            axis.set_yticks(range(len(names)), names)
            axis.set_title(title, loc="left")
            if len(names) <= MOST_TOLD:
                for (row, column), value in np.ndenumerate(values):
                    far = abs((value - np.mean(span)) / (span[1] - span[0])) > 0.3
                    told = number(value) if np.isfinite(value) else "–"
                    axis.text(
                        column, row, told, ha="center", va="center", fontsize=8, color="white" if far else "black"
                    )
        canvas.colorbar(image, ax=axes[0].tolist(), label=label, shrink=0.8)
        return drawing(canvas, alt)

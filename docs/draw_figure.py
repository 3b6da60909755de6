"""Draw the README's figure, docs/figure.svg, from the files of the finished demo: ``python docs/draw_figure.py``."""

import io
import re
from pathlib import Path

import matplotlib
import nibabel
import numpy as np
import pandas as pd

matplotlib.use("Agg")
matplotlib.rcParams |= {"svg.hashsalt": "voxplain", "font.size": 9, "axes.titlesize": 10}
import matplotlib.pyplot as plt  # noqa: E402

RESULTS = Path("results/demo")
HEIGHTS = (-8, 4, 16)  # mm


def slice_at(image, z):
    """The axial slice (x, y) nearest to ``z`` mm, and the mm of its columns and rows."""
    data, affine = np.asarray(image.dataobj, np.float32), image.affine
    place = round((z - affine[2, 3]) / affine[2, 2])
    axes = (affine[axis, 3] + affine[axis, axis] * np.arange(data.shape[axis]) for axis in (0, 1))
    return data[:, :, place].T, *axes


def draw(axes, method, template, truth, group, limit):
    """One slice: template, the group map over it, what was planted as a line."""
    for axis, z in zip(axes, HEIGHTS, strict=True):
        for image, options in (
            (template, {"levels": 10, "cmap": "gray"}),
            (group, {"levels": np.linspace(0.35 * limit, limit, 6), "cmap": "autumn", "alpha": 0.8, "extend": "max"}),
        ):
            values, x, y = slice_at(image, z)
            axis.contourf(x, y, np.abs(values), antialiased=False, **options)
        values, x, y = slice_at(truth, z)
        axis.contour(x, y, values, levels=[0.3], colors="deepskyblue", linewidths=1.2)
        axis.set(aspect="equal", xticks=[], yticks=[], title=f"z {z} mm" if method is None else "")
        axis.text(0.02, 0.02, "L", transform=axis.transAxes, color="white", fontsize=8)


def shortened(path):
    """A path with its coordinates to a tenth of a point."""
    return re.sub(r"(\d+\.\d)\d+", r"\1", path[0])


def main():
    """Write docs/figure.svg."""
    found = pd.read_csv(RESULTS / "sanity" / "brain" / "localisation.tsv", sep="\t", na_values="undefined")
    found = found.query("kind == 'method' and effect == 'region' and measure == 'auc'")
    best = found.sort_values("value").iloc[-1]
    template = nibabel.load(RESULTS / "template" / "mni152_T1w.nii.gz")
    truth = nibabel.load(RESULTS / "sanity" / "truth" / "affine_effect-region.nii.gz")
    figure, grid = plt.subplots(2, len(HEIGHTS), figsize=(7.5, 6.2), layout="constrained")
    for axes, experiment in zip(grid, ("head", "brain"), strict=True):
        group = nibabel.load(RESULTS / "relevance" / experiment / best.method / "group-correct_mean.nii.gz")
        limit = np.percentile(np.abs(np.asarray(group.dataobj)), 99.8)
        draw(axes, None, template, truth, group, limit)
        shown = "the whole head" if experiment == "head" else "the brain alone"
        axes[0].set_ylabel(f"network shown {shown}")
    figure.suptitle(f"Made heads: group maps of {best.method} (red, yellow) and what was planted in the brain (blue)")
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    Path("docs/figure.svg").write_text(re.sub(r' d="[^"]*"', shortened, drawn.getvalue()))


if __name__ == "__main__":
    main()

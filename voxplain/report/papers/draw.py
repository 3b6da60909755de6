"""All figures for papers of one experiment, and the table that lists them."""

import shutil
from itertools import product
from pathlib import Path

import pandas

from voxplain.report.papers.of_maps import KINDS, chosen_methods, map_figures, method_maps
from voxplain.report.papers.of_scores import localisation, performance, regions
from voxplain.report.papers.sheet import paper_style
from voxplain.report.regions import atlases
from voxplain.runtime import progress, written_whole

INDEX = "figures.tsv"
COLUMNS = ["figure", "kind", "method", "group", "width_mm", "height_mm", "caption"]


def draw_experiment(folder, results, experiment):
    """Draw what ``report.figures`` asks for into ``folder``, which is emptied first, and list it in ``figures.tsv``.

    Each figure is an SVG, a PNG of 300 dpi and a text with its caption. A row without a figure says why there is none.
    """
    folder, asked = Path(folder), results.settings["report"]["figures"]
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    rows = []
    with paper_style():
        for kind, method, group, figure in progress(_figures(results, experiment, asked), label="figure"):
            if isinstance(figure, str):
                rows.append(["", kind, method, group, "", "", figure])
                continue
            name = "_".join(filter(None, [kind.replace("_", "-"), method, group and f"group-{group}"]))
            figure.save(folder / name)
            rows.append([name, kind, method, group, *figure.size, figure.caption])
    with written_whole(folder / INDEX) as path:
        pandas.DataFrame(rows, columns=COLUMNS).to_csv(path, sep="\t", index=False)


def _figures(results, experiment, asked):
    """(kind, method, group, PaperFigure or the sentence why there is none), in the order in which papers show them."""
    methods = chosen_methods(results, experiment, asked["methods"])
    for kind, draw in (("performance", performance), ("localisation", localisation)):
        if kind in asked["draw"] and (figure := draw(results, experiment)) is not None:
            yield kind, "", "", figure
    kinds = [kind for kind in KINDS if kind in asked["draw"]]
    for method in methods:
        if kinds:
            maps, missing = method_maps(results, experiment, method, asked["groups"])
            yield from (("maps", method, "", f"{why}, so it is not drawn.") for why in missing)
            yield from (
                (kind, method, group, one) for kind, group, one in _drawn(results, experiment, method, maps, kinds)
            )
        ranked = product(atlases(results, experiment), asked["groups"]) if "regions" in asked["draw"] else ()
        for atlas, group in ranked:
            if (figure := regions(results, experiment, method, atlas, group)) is not None:
                yield f"regions_{atlas}", method, group, figure


def _drawn(results, experiment, method, maps, kinds):
    return map_figures(results, experiment, method, maps, kinds) if maps else []

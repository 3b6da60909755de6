"""The figures for papers within the report: shown on request, with their captions and their files."""

import shutil

from voxplain.report.blocks import Figure, Fold, Heading, Links, Picture, Text

FOLDER = "figures"
CSS_PIXELS = 96 / 25.4  # a millimetre
WAYS = {"svg": "SVG", "png": "PNG, 300 dpi", "txt": "caption"}
ABOUT = (
    "Each is an SVG and a PNG of 300 dpi, 85 or 180 mm wide, with a caption made from the numbers that it shows; "
    "report.figures says which are drawn, of which methods and groups."
)


def listed_figures(results):
    """``{experiment: figures.tsv}`` of the experiments whose figures the settings ask for."""
    asked = results.settings.get("report", {}).get("figures", {}).get("draw")
    tables = {name: results.table(f"{FOLDER}/{name}/figures.tsv") for name in results.experiments if asked}
    return {name: table for name, table in tables.items() if table is not None and len(table)}


def copy_figures(results, folder):
    """Put the figures that the report shows into its ``folder``, so that it can be given away whole."""
    for experiment in listed_figures(results):
        drawn = results.folder / FOLDER / experiment
        shutil.copytree(drawn, folder / FOLDER / experiment, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)


def figure_blocks(results):
    """Every figure, folded away until it is asked for, with links to its files; nothing where none was drawn."""
    blocks = []
    for experiment, table in listed_figures(results).items():
        for row in table.fillna("").itertuples():
            if not row.figure:
                blocks.append(Text(row.caption, "missing"))
                continue
            title = ", ".join(filter(None, [experiment, row.kind.replace("_", " "), row.method, row.group]))
            stem = f"{FOLDER}/{experiment}/{row.figure}"
            size = (round(float(length) * CSS_PIXELS) for length in (row.width_mm, row.height_mm))
            links = Links(f"Files of {title}", [(told, f"{stem}.{end}") for end, told in WAYS.items()])
            blocks.append(Fold(title, [Figure(Picture(f"{stem}.png", row.caption, *size), row.caption), links]))
    return [Heading("Figures for papers"), Text(ABOUT), *blocks] if blocks else []

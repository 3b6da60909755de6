"""Group maps as interactive pages by nilearn, for reports that were written without NiiVue."""

from pathlib import Path

from jinja2 import Template
from nilearn import plotting

from voxplain.report.blocks import Links, Text
from voxplain.report.map_colours import colours_of
from voxplain.report.slices import CLEAR, quick
from voxplain.report.viewer.niivue import COMMAND

READING = (
    "Each link leads to a map over the template, on three slices that follow a click; left is marked L and right R.",
    "A colour says where the network's answer depends on the image, not that the classes differ there, and single "
    "voxels of a group map are less certain than the regions on the page on relevance.",
)
# nilearn's own title is cut off where it is long
HEAD = Template(
    '<p style="font-family: system-ui, sans-serif">'
    "{% if made %}<strong>MADE DATA.</strong> Every head was made by a computer. {% endif %}"
    '<strong>{{ about }}</strong> <a href="../../viewer.html">Back</a></p>',
    autoescape=True,
)


def fallback_blocks(results, folder, maps):
    """Blocks that lead to one page for each experiment and method, of its leading group, written to ``maps/``.

    maps: as `shown_maps` has them.
    """
    links, seen = [], set()
    for key, group, title, image, _, limit in maps:
        if group in seen:
            continue
        seen.add(group)
        path = Path(folder) / f"maps/{key}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        about = f"{group}, {title}"
        with quick():
            page = _view(results, image, limit).html
        head = HEAD.render(made=results.made, about=about)
        path.write_text(page.replace("<body>", f"<body>{head}", 1), encoding="utf-8")
        links.append((about, f"maps/{key}.html"))
    text = (
        "This report was written without NiiVue, so each map has a page by nilearn, on slices only. To have the viewer "
        f"run {COMMAND} where there is a network, and write the report again."
    )
    return [Text(text, "note"), Links("Interactive slices by nilearn", links)]


def _view(results, image, limit):
    signed = bool((image.dataobj[...] < 0).any())
    return plotting.view_img(
        image,
        bg_img=results.template,
        threshold=CLEAR * limit,
        vmax=limit,
        symmetric_cmap=signed,
        cmap=colours_of(signed),
        radiological=results.radiological,
        width_view=900,
    )

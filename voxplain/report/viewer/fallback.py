"""Group maps as interactive pages by nilearn, for reports that were written without NiiVue."""

from pathlib import Path

from nilearn import plotting

from voxplain.report.blocks import Links, Text
from voxplain.report.map_colours import colours_of
from voxplain.report.slices import CLEAR, quick
from voxplain.report.viewer.niivue import COMMAND

MADE = "MADE DATA: "


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
            _view(results, image, limit, (MADE if results.made else "") + about).save_as_html(path)
        links.append((about, f"maps/{key}.html"))
    text = (
        "This report was written without NiiVue, so each map has a page by nilearn, on slices only. To have the viewer "
        f"run {COMMAND} where there is a network, and write the report again."
    )
    return [Text(text, "note"), Links("Interactive slices by nilearn", links)]


def _view(results, image, limit, title):
    signed = bool((image.dataobj[...] < 0).any())
    return plotting.view_img(
        image,
        bg_img=results.template,
        threshold=CLEAR * limit,
        vmax=limit,
        symmetric_cmap=signed,
        cmap=colours_of(signed),
        radiological=results.radiological,
        title=title,
        width_view=900,
    )

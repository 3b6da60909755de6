"""What every viewer of a report needs beside its pages: the library and the colours of maps."""

import json
import shutil
from pathlib import Path

import numpy as np
from matplotlib.colors import to_hex

from voxplain.report.map_colours import colours_of
from voxplain.report.viewer.niivue import LIBRARY

# Of a page with a viewer, in this order
SCRIPTS = ("map_colours.js", "viewer_volumes.js", "viewer_panel.js", "viewer.js")
_STOPS = 17


def place_viewer(folder):
    """Copy NiiVue and write the maps' colours to ``assets/`` of the report in ``folder``; False without NiiVue."""
    if not LIBRARY.is_file():
        return False
    assets = Path(folder) / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    if not (assets / "niivue.js").exists():
        shutil.copyfile(LIBRARY, assets / "niivue.js")
    (assets / "map_colours.js").write_text(f"window.voxplainColours = {json.dumps(colours())};\n", encoding="ascii")
    return True


def colours():
    """Hexadecimal colours from zero on: of values above and below it in maps with both, and of maps without a sign."""
    away = np.linspace(0, 1, _STOPS)
    scales = {"above": (True, (1 + away) / 2), "below": (True, (1 - away) / 2), "unsigned": (False, away)}
    return {name: [to_hex(one) for one in colours_of(signed)(at)] for name, (signed, at) in scales.items()}

"""One NIfTI file for each scan's map, and beside it a JSON file that says what made it."""

import json
from pathlib import Path

import pandas as pd

from voxplain.runtime import written_whole
from voxplain.volumes.volume import ALIGNED, Volume, save_volume

COLUMNS = ["scan", "file", "label", "predicted", "target", "score"]


def write_map_files(maps, folder, split, seed, space=None, carried=None, code=ALIGNED):
    """A table, of COLUMNS, of the files ``{scan}_split-{split}_seed-{seed}_map.nii.gz`` that it leaves in ``folder``.

    ``maps`` is what `read_maps` returns; beside each file stands a .json that says what made it. Of volumes with
    several channels it is one map for all (see `over_channels`), and beside it stands each channel's,
    ``..._channel-{name}_map.nii.gz``; where scans share no space, every map has its scan's own affine.
    ``carried(scan, volume)`` brings a map, a `Volume`, to another grid, that of ``space``, which the names then say:
    ``..._space-{space}_map.nii.gz``; ``code`` is the NIfTI form code.
    """
    folder, rows = Path(folder), []
    for place, scan in enumerate(maps.scan):
        affine = maps.affine if maps.affines is None else maps.affines[place]
        stem = f"{scan}_split-{split}_seed-{seed}" + (f"_space-{space}" if space else "")
        named = {f"{stem}_map": maps.maps[place]}
        for channel, name in enumerate(maps.about.get("channels", ())):
            named[f"{stem}_channel-{name.replace('_', '')}_map"] = maps.channels[place][channel]
        for name, values in named.items():
            volume = Volume(values, affine)
            save_volume(folder / f"{name}.nii.gz", carried(scan, volume) if carried else volume, code=code)
        numbers = {name: getattr(maps, name)[place].item() for name in COLUMNS[2:]}
        told = numbers | maps.about | {"notes": maps.notes[place]} | ({"space": space} if space else {})
        with written_whole(folder / f"{stem}_map.json") as part:
            part.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")
        rows.append({"scan": scan, "file": f"{stem}_map.nii.gz", **numbers})
    return pd.DataFrame(rows, columns=COLUMNS)

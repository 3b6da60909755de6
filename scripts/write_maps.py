"""Cut one split's heatmaps into NIfTI files in the space of their input, one for each scan."""

import json
from pathlib import Path

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.volume import Volume, save_volume

COLUMNS = ["scan", "file", "label", "predicted", "target", "score"]


def write_maps(maps, folder, split, seed):
    """Leave ``{scan}_split-{split}_seed-{seed}_map.nii.gz`` and its .json in ``folder``; the list of them.

    Of volumes with several channels it is one map for all (see `over_channels`), and beside it stands each channel's,
    ``..._channel-{name}_map.nii.gz``; where scans share no space, every map has its scan's own affine.
    """
    maps, folder = read_maps(maps), Path(folder)
    rows = []
    for place, scan in enumerate(maps.scan):
        path = folder / f"{scan}_split-{split}_seed-{seed}_map.nii.gz"
        affine = maps.affine if maps.affines is None else maps.affines[place]
        save_volume(path, Volume(maps.maps[place], affine))
        for channel, name in enumerate(maps.about.get("channels", ())):
            part = path.name.replace("_map", f"_channel-{name.replace('_', '')}_map")
            save_volume(folder / part, Volume(maps.channels[place][channel], affine))
        numbers = {name: getattr(maps, name)[place].item() for name in COLUMNS[2:]}
        with written_whole(folder / path.name.replace(".nii.gz", ".json")) as part:
            part.write_text(json.dumps(numbers | maps.about, indent=1, sort_keys=True) + "\n")
        rows.append({"scan": scan, "file": path.name, **numbers})
    return pd.DataFrame(rows, columns=COLUMNS)


if __name__ == "__main__":
    with rule_log(snakemake):
        done = Path(snakemake.output.done)
        table = write_maps(snakemake.input.maps, done.parent, snakemake.wildcards.split, int(snakemake.wildcards.seed))
        with written_whole(done) as path:
            table.to_csv(path, sep="\t", index=False)

"""Carry one split's heatmaps back to each scan's own space, as NIfTI files on the grid of the volume it came as."""

import json
from pathlib import Path

from voxplain.attribution.map_files import write_map_files
from voxplain.attribution.maps import read_maps
from voxplain.cohort.shard_jobs import status_paths
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.carrying import kept_registration, to_native
from voxplain.volumes.volume import read_volume

SCANNER = 1  # NIfTI form code


def write_native_maps(maps, statuses, folder, split, seed, forms):
    """The list of the files that are left in ``folder``, see `write_map_files`; ``maps`` is a file of maps.

    ``statuses`` are the files of what became of each scan in the maps' input, beside which its volume and transforms
    lie; ``forms`` says by scan which of sform and qform to believe (see read_volume). A map is carried by the inverse
    of its scan's registration, in one linear interpolation.
    """
    found = {Path(path).name.split("_desc-")[0]: Path(path) for path in statuses}

    def carried(scan, volume):
        status = found[scan]
        files = json.loads((status.parent / f"{scan}_desc-source_status.json").read_text())["files"]
        native = read_volume(status.parent / files["T1w"], forms[scan])
        return to_native(volume, native, kept_registration(status))

    return write_map_files(read_maps(maps), folder, split, seed, "T1w", carried, SCANNER)


if __name__ == "__main__":
    with rule_log(snakemake):
        done, given, asked = Path(snakemake.output.done), snakemake.input, snakemake.wildcards
        table = write_native_maps(
            given.maps, status_paths(given.statuses), done.parent, asked.split, int(asked.seed), snakemake.params.forms
        )
        with written_whole(done) as path:
            table.to_csv(path, sep="\t", index=False)

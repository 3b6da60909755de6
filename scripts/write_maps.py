"""Cut one split's heatmaps into NIfTI files in the space of their input, one for each scan."""

from pathlib import Path

from voxplain.attribution.map_files import write_map_files
from voxplain.attribution.maps import read_maps
from voxplain.runtime import rule_log, written_whole


def write_maps(maps, folder, split, seed):
    """The list of the files that are left in ``folder``, see `write_map_files`; ``maps`` is a file of maps."""
    return write_map_files(read_maps(maps), folder, split, seed)


if __name__ == "__main__":
    with rule_log(snakemake):
        done = Path(snakemake.output.done)
        table = write_maps(snakemake.input.maps, done.parent, snakemake.wildcards.split, int(snakemake.wildcards.seed))
        with written_whole(done) as path:
            table.to_csv(path, sep="\t", index=False)

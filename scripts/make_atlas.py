"""Make an atlas of the made cohort's own regions, with their names, on the template's grid."""

import nibabel
import numpy as np

from voxplain.demo.atlas import region_labels, region_names
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.volume import Volume, save_volume


def make_atlas(template, image, table):
    """Write the labels to ``image``, on the grid of the file ``template``, and index, name and voxels to ``table``."""
    grid = nibabel.load(template)
    labels = region_labels(grid.shape, grid.affine)
    save_volume(image, Volume(labels, grid.affine), np.int32, int(grid.header["sform_code"]))
    counts = np.bincount(labels.ravel(), minlength=max(region_names()) + 1)
    with written_whole(table) as path:
        rows = (f"{index}\t{name}\t{counts[index]}\n" for index, name in region_names().items())
        path.write_text("index\tname\tvoxels\n" + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    with rule_log(snakemake):
        make_atlas(snakemake.input.image, snakemake.output.image, snakemake.output.table)

"""Bring the template, its brain mask and its atlases to the study's voxel size."""

import numpy as np

from voxplain.runtime import rule_log
from voxplain.volumes.atlases import prepare_atlas
from voxplain.volumes.template import load_template, whole_template
from voxplain.volumes.volume import save_volume


def prepare_template(settings, image, mask, atlases=(), tables=()):
    """Write the template that ``settings`` name to the files ``image`` (brain only) and ``mask``.

    The labels and names of its atlases go to the files ``atlases`` and ``tables``, in the order of the settings.
    """
    template = load_template(settings)
    code = 4 if template.name == "mni152" else 2  # NIfTI form codes: MNI152, aligned
    save_volume(image, template.image, np.float32, code)
    save_volume(mask, template.mask, np.uint8, code)
    if atlases:
        whole, _ = whole_template(settings)
        for atlas, labels, table in zip(settings["atlases"], atlases, tables, strict=True):
            prepare_atlas(atlas, template, whole, labels, table, code)


if __name__ == "__main__":
    with rule_log(snakemake):
        prepare_template(
            snakemake.params.template,
            snakemake.output.image,
            snakemake.output.mask,
            snakemake.output.atlases,
            snakemake.output.tables,
        )

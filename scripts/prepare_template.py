"""Bring the template and its brain mask to the study's voxel size."""

import numpy as np

from voxplain.runtime import rule_log
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import save_volume


def prepare_template(settings, image, mask):
    """Write the template that ``settings`` name to the files ``image`` (brain only) and ``mask``."""
    template = load_template(settings)
    code = 4 if template.name == "mni152" else 2  # NIfTI form codes: MNI152, aligned
    save_volume(image, template.image, np.float32, code)
    save_volume(mask, template.mask, np.uint8, code)


if __name__ == "__main__":
    with rule_log(snakemake):
        prepare_template(snakemake.params.template, snakemake.output.image, snakemake.output.mask)

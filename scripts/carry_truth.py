"""Carry what was planted to the template's space, by each subject's own transforms."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from voxplain.cohort.shard_jobs import status_paths
from voxplain.runtime import rule_log
from voxplain.sanity.truth import carried_differences, effect_map
from voxplain.volumes.volume import Volume, save_volume


def carry_truth(scans, label, truths, statuses, image):
    """The effect (see `effect_map`) over the used scans of class 1 of ``label``, on the grid of the ``image``.

    ``scans`` is the table of used scans; ``truths`` and ``statuses`` are files of all scans, in one order.
    """
    table = pd.read_csv(scans, sep="\t", dtype={"scan": str})
    wanted = set(table.loc[table[f"label_{label}"] == 1, "scan"])
    pairs = [
        (truth, status)
        for truth, status in zip(truths, statuses, strict=True)
        if json.loads(Path(status).read_text())["scan"] in wanted
    ]
    template = nibabel.load(image)
    reference = Volume(np.asarray(template.dataobj, np.float32), template.affine)
    return Volume(
        effect_map(carried_differences(*zip(*pairs, strict=True), reference) if pairs else []), reference.affine
    )


if __name__ == "__main__":
    with rule_log(snakemake):
        given = snakemake.input
        effect = carry_truth(
            given.scans, snakemake.params.label, given.truth, status_paths(given.statuses), given.image
        )
        save_volume(snakemake.output.truth, effect)

"""A BIDS dataset, raw or derivative: every T1w image with its session, run and acquisition, and its brain mask."""

from pathlib import Path

from voxplain.cohort.images import Image
from voxplain.cohort.sources.bids import bids_images
from voxplain.cohort.sources.plain_table import file_state


def find_images(cohort, study, rows):
    """One Image for each T1w volume of the dataset at ``cohort.archives``."""
    root = Path(cohort["archives"])
    images = []
    for one in bids_images(root):
        places = {"T1w": ((str(root), str(one.volume)),)}
        if one.mask:
            places["mask"] = ((str(root), str(one.mask)),)
        state, fault = file_state(root, [inside for ((_, inside),) in places.values()])
        entities = {"run": one.run, "acq": one.acq}
        images.append(
            Image(
                one.subject, one.session, str(one.volume), places, cells=entities, state=state, fault=one.fault or fault
            )
        )
    return images

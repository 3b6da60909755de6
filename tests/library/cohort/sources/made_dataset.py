"""BIDS datasets in the making."""

import json

from voxplain.cohort.sources.bids import bids_images

DESCRIPTION = {"Name": "made", "BIDSVersion": "1.9.0"}
PIPELINE = "derivatives/fmriprep"


class Dataset:
    """A BIDS dataset in the making."""

    def __init__(self, root, **description):
        self.root = root
        self.write("dataset_description.json", json.dumps(DESCRIPTION | description))

    def write(self, path, text=""):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self

    def image(self, name, below=""):
        """The image ``name``, in the folders that its subject and session ask for."""
        entities = dict(part.split("-", 1) for part in name.split("_")[:-1] if "-" in part)
        folders = [f"{entity}-{entities[entity]}" for entity in ("sub", "ses") if entity in entities]
        return self.write("/".join(filter(None, [below, *folders, "anat", name])))


def volumes(dataset, **options):
    return [image.volume.split("/")[-1] for image in bids_images(dataset.root, **options)]

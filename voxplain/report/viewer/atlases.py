"""The study's atlases as a viewer has them: the name of the region under the cross-hair."""

import numpy as np

from voxplain.report.viewer.volumes import file_name, write_volume
from voxplain.volumes.label_tables import read_names


def atlas_volumes(results, folder):
    """The study's atlases as `Volume`s of labels, whose names a viewer tells."""
    found = []
    for table in sorted((results.folder / "template").glob("*_atlas-*_dseg.tsv")):
        image = results.image(f"template/{table.stem}.nii.gz")
        name = table.stem.split("_atlas-")[1].removesuffix("_dseg")
        labels = np.asarray(image.dataobj), image.affine, "labels", f"atlas {name}", 1, read_names(table)
        found.append(write_volume(folder, file_name("atlas", name), *labels))
    return found


def in_their_space(results, image):
    """Whether ``image`` lies on the grid of the template, and so of the atlases."""
    template = results.template
    return (
        template is not None and image.shape == template.shape and np.allclose(image.affine, template.affine, atol=1e-3)
    )

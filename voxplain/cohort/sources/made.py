"""The made cohort: its archives are known from the settings before they exist."""

from importlib import import_module
from pathlib import Path

from voxplain.cohort.images import Image, id_in_name
from voxplain.cohort.sources.hcp import places


def find_images(cohort, study, rows):
    """One Image a made subject, in archives as the Human Connectome Project ships them."""
    # By name, as methods and networks are: the made cohort is built on top of this floor.
    names = import_module("voxplain.demo.names").archive_names(cohort["made"])
    folder = Path("data", study, "archives")
    return [
        Image(source_id, places=places([(str(folder / name), False)], source_id, cohort))
        for source_id, name in sorted((id_in_name(name), name) for name in names.values())
    ]

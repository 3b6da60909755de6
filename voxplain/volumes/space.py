"""What the space of a template is called in file names; read while a run is being planned."""

from pathlib import Path

OWN = "own"  # the space of volumes that were not registered: each scan's
ICBM_193 = (193, 229, 193)  # voxels of ICBM 2009c at 1 mm
REGISTERED = ("icbm_193",)  # recipes whose volumes lie in the template's space


def space_name(template):
    """Name of the template's space in file names: ``mni152``, or the letters and digits of its file's stem."""
    stem = Path(template["image"]).name.split(".")[0]
    return "".join(letter for letter in stem if letter.isalnum())


def space_of_input(settings, space):
    """Space of the volumes of an input, an entry of ``inputs``: ``space``, the template's, or `OWN`."""
    recipe = settings.get("recipe")
    return OWN if recipe and recipe not in REGISTERED else space

"""What the space of a template is called in file names; read while a run is being planned."""

from pathlib import Path


def space_name(template):
    """Name of the template's space in file names: ``mni152``, or the letters and digits of its file's stem."""
    stem = Path(template["image"]).name.split(".")[0]
    return "".join(letter for letter in stem if letter.isalnum())

"""A made twin's files, made while a run of it is planned: what is planned follows from its archives and tables."""

from voxplain.errors import SettingsError
from voxplain.settings.twins import twin_folder


def planned_twin(settings):
    """Make the files of the made twin ``settings``, unless they are there; a line that says so, or None.

    Raises SettingsError where a package that heads are made with is not beside Snakemake.
    """
    try:
        from voxplain.demo.twins.make import make_twin
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f'setting "made" is true, but made heads need {missing.name}, which is not installed beside Snakemake; '
            "install it there"
        ) from missing
    if not make_twin(settings):
        return None
    return f"{twin_folder(settings['study'])}: made data written, no scan of anybody, in the layout of the study's own"

"""Where images come from: one module a repository's layout, found by name so that a study imports only its own."""

from importlib import import_module

from voxplain.errors import SettingsError

SOURCES = {
    "made": "voxplain.cohort.sources.made",
    "hcp": "voxplain.cohort.sources.hcp",
    "adni": "voxplain.cohort.sources.adni",
    "bids": "voxplain.cohort.sources.bids_dataset",
    "table": "voxplain.cohort.sources.plain_table",
}


def find_images(cohort, study, rows):
    """Every Image that the study's files hold, without opening a volume.

    ``cohort`` is the section of the settings; ``rows`` are those of its table (None where it is not there yet).
    Raises InputError where there is nothing at all and SettingsError for a source that is not known.
    """
    if cohort["source"] not in SOURCES:
        raise SettingsError(f'cohort.source "{cohort["source"]}" is not known; use one of {", ".join(SOURCES)}')
    return import_module(SOURCES[cohort["source"]]).find_images(cohort, study, rows)

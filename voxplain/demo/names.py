"""Ids and archive names of the made cohort, from its settings alone; planning reads them before anything is made."""

FIRST_ID = 990001
NESTED_EVERY = 6


def scan_ids(made):
    """Source ids of the cohort that ``made`` describes, six digits as in HCP: ``["990001", "990002", ...]``."""
    return [str(FIRST_ID + number) for number in range(made["subjects"])]


def is_nested(source_id):
    """Whether this subject's archive is a zip inside a zip, as some of HCP's downloads are."""
    return (int(source_id) - FIRST_ID) % NESTED_EVERY == NESTED_EVERY - 1


def package_name(source_id):
    """File name of HCP's structural package of one subject."""
    return f"{source_id}_3T_Structural_preproc.zip"


def archive_names(made):
    """File name of every scan's archive, ``{"sub-990001": "990001_3T_Structural_preproc.zip", ...}``."""
    return {
        f"sub-{source_id}": f"{source_id}.zip" if is_nested(source_id) else package_name(source_id)
        for source_id in scan_ids(made)
    }

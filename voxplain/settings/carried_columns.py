"""Which columns the table of scans will have, as far as settings tell: what groups and features may be named by."""

from voxplain.errors import SettingsError

# What the table of scans always has, and what is asked for in the place of a column
OF_EVERY_TABLE = ("split", "mean", "site", "visit", "session", "brain_volume_ml")


def check_carried(where, columns, settings):
    """Raise SettingsError for the first of ``columns`` that the table of scans will not have; ``where`` names them.

    Where all columns of a table are carried along, nothing is known beforehand.
    """
    carried, labels = settings["cohort"]["covariates"], settings["cohort"]["labels"]
    if carried is None:
        return
    known = {
        *carried,
        *OF_EVERY_TABLE,
        *(one["column"] for one in labels.values()),
        *(f"label_{name}" for name in labels),
    }
    measures = tuple(f"_{name}" for name in settings["inputs"])
    for column in columns:
        if column not in known and not column.endswith(measures):
            raise SettingsError(
                f'setting "{where}" names {column}, which is not carried along; add it to cohort.covariates'
            )

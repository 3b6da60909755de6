"""Which columns of the table of scans say how old somebody is, of which sex, and where and how they were scanned."""

import pandas as pd

# As tables of HCP, ADNI and BIDS call them, whatever the case, spaces and signs in the name
USUAL = {
    "age": ("age", "ageinyrs", "ageinyears", "ageyears", "ageatscan", "ageatvisit"),
    "sex": ("gender", "sex", "ptgender"),
    "site": ("site", "siteid", "centre", "center"),
    "scanner": (
        *("scanner", "scannermodel", "manufacturer", "manufacturersmodelname", "mfgmodel", "model"),
        *("magneticfieldstrength", "fieldstrength", "deviceserialnumber", "stationname"),
    ),
    "release": ("release",),
}
SEVERAL = ("scanner",)  # of which every column that there is counts


def confound_columns(scans, confound, named=None):
    """Names of the columns of ``scans`` that hold a confound of USUAL; none where there is no such column with a value.

    ``named``: the column, or a list of some, that the study says it is, which is then used and no other.
    """
    named = [named] if isinstance(named, str) else named
    wanted = [letters(one) for one in named] if named else USUAL[confound]
    spelled = {letters(str(column).removesuffix("_text")): column for column in scans if scans[column].notna().any()}
    found = [spelled[one] for one in wanted if one in spelled]
    return found if named or confound in SEVERAL else found[:1]


def column_values(scans, columns, confound):
    """The cells of ``columns`` by scan: an age is a number where all of them are, everything else a category."""
    found = scans.set_index("scan")[columns]
    numbers = found.apply(pd.to_numeric, errors="coerce")
    if confound == "age" and (numbers.notna() == found.notna()).all(axis=None):
        return numbers.astype(float)
    return found.astype(object).where(found.isna(), found.astype(str))


def is_category(column):
    """Whether a column holds no amounts, whatever its cells look like: sites, scanners, releases and sexes."""
    plain = letters(str(column).removesuffix("_text"))
    return any(plain in USUAL[one] for one in ("sex", "site", "scanner", "release"))


def letters(name):
    """A column's name without what tables write differently: case, spaces and signs."""
    return "".join(filter(str.isalnum, str(name))).casefold()

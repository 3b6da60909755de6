"""The section ``folds``: its scheme, and what does not go together in it."""

from voxplain.errors import SettingsError


def agree_on_folds(folds):
    """Raise SettingsError where ``folds`` names a split by half or twice, or a match that cannot be."""
    given = {role for role, path in (folds["given"] or {}).items() if path}
    if given and not {"train", "test"} <= given:
        raise SettingsError('setting "folds.given" needs files for train and test; validation is drawn without one')
    if folds["scheme"] == "given" and not given:
        raise SettingsError('setting "folds.scheme" is given, but folds.given names no files; name them, or use kfold')
    if folds["scheme"].startswith("leave_one") and given:
        raise SettingsError(
            f'setting "folds.scheme" is {folds["scheme"]}, but folds.given names a split; keep one of them'
        )
    agree_on_match("folds.match", folds["match"])


def agree_on_match(setting, wanted):
    """Raise SettingsError for a column of ``wanted`` that is matched neither exactly nor to within a number."""
    for column, limit in wanted.items():
        if limit != "exact" and (isinstance(limit, str) or limit <= 0):
            shown = f'"{limit}"' if isinstance(limit, str) else limit
            raise SettingsError(
                f'setting "{setting}.{column}" is {shown}; use exact, or the greatest difference, a number above 0'
            )


def scheme_of(folds):
    """The scheme of the section ``folds``: files of a split say by themselves that it is given."""
    given = any((folds.get("given") or {}).values())
    return "given" if given else folds.get("scheme", "kfold")

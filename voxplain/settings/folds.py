"""The section ``folds``: its scheme, and what does not go together in it."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion


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
    for where, one in {"folds": folds, **_of_labels(folds)}.items():
        if one["scheme"] == "hold_out" and not one["hold_out"]:
            raise SettingsError(
                f'setting "{where}.hold_out" is empty; scheme hold_out needs the number of subjects of each class'
            )
    agree_on_match("folds.match", folds["match"])


def agree_on_labels_of_folds(settings):
    """Raise SettingsError for folds of a label that no experiment tells."""
    told = sorted({one["labels"] for one in settings["experiments"].values()})
    for label in settings["folds"]["labels"]:
        if label not in told:
            raise SettingsError(
                f'setting "folds.labels" has "{label}", which no experiment tells; {suggestion(label, told)}'
            )


def folds_of_label(folds, label=None):
    """The section ``folds`` as it is for ``label``, or for labels of which nothing else is said.

    A label with a scheme of its own has no part in a split that is ``given``.
    """
    own = folds.get("labels", {}).get(label, {})
    common = {key: value for key, value in folds.items() if key != "labels"}
    return common | ({"given": None} if "scheme" in own else {}) | own


def _of_labels(folds):
    return {f"folds.labels.{label}": folds_of_label(folds, label) for label in folds["labels"]}


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

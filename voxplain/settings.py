"""The user's settings over the documented defaults, checked before any work begins."""

from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path

import yaml

from voxplain.errors import SettingsError

CONFIG = Path(__file__).parent.parent / "config"
REPLACED_WHOLE = ("inputs", "experiments", "methods")
ONE_INPUT = {"transform": "affine", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 600}
ONE_EXPERIMENT = {"mask": "none", "labels": None, "network": {"name": "mrinet"}, "training": {}, "augmentation": {}}
ONE_METHOD = {"target": "predicted", "score": None, "options": {}}


def merged_settings(user, networks, methods, defaults=CONFIG / "config.yaml", schema=CONFIG / "settings.schema.yaml"):
    """``user`` laid over the file ``defaults``, complete and checked; ``networks`` and ``methods`` are the known names.

    ``inputs``, ``experiments`` and ``methods`` replace the defaults whole; other sections merge key by key.
    Raises SettingsError with one line for an unknown, ill-typed or contradictory setting.
    """
    settings = yaml.safe_load(Path(defaults).read_text())
    for key, value in deepcopy(dict(user)).items():
        both = isinstance(value, dict) and isinstance(settings.get(key), dict)
        settings[key] = _over(settings[key], value) if both and key not in REPLACED_WHOLE else value
    if "classes" in (user.get("cohort") or {}):
        settings["cohort"]["classes"] = user["cohort"]["classes"]
    _check(settings, yaml.safe_load(Path(schema).read_text()))
    settings["inputs"] = {name: ONE_INPUT | one for name, one in settings["inputs"].items()}
    settings["experiments"] = {name: ONE_EXPERIMENT | one for name, one in settings["experiments"].items()}
    settings["methods"] = [ONE_METHOD | one for one in settings["methods"]]
    _agree(settings, networks, methods)
    return settings


def experiment_settings(settings, name):
    """All that decides how the experiment ``name`` is trained: its own section, ``training`` overlaid."""
    one = settings["experiments"][name]
    return one | {"training": settings["training"] | one["training"], "device": settings["device"]}


def method_settings(settings, name):
    """The entry of ``methods`` called ``name``."""
    return next(one for one in settings["methods"] if one["name"] == name)


def split_names(folds):
    """Names of all splits, ``r1f1`` being the first fold of the first repeat."""
    return [f"r{repeat + 1}f{fold + 1}" for repeat in range(folds["repeats"]) for fold in range(folds["k"])]


def _over(below, above):
    return below | {
        key: _over(below[key], value)
        if isinstance(value, dict) and isinstance(below.get(key), dict)
        else _as_typed(value, below.get(key))
        for key, value in above.items()
    }


def _as_typed(value, default):
    # --config "report={maps: true}" hands every nested value over as text.
    return yaml.safe_load(value) if isinstance(value, str) and isinstance(default, bool | int | float) else value


def _check(settings, schema):
    from jsonschema import Draft202012Validator

    faults = list(Draft202012Validator(schema).iter_errors(settings))
    if faults:
        raise SettingsError(_sentence(min(faults, key=lambda fault: (len(fault.absolute_path), str(fault.message)))))


def _sentence(fault):
    where = ".".join(str(step) for step in fault.absolute_path)
    if fault.validator == "additionalProperties" and isinstance(fault.instance, dict):
        known = list(fault.schema.get("properties", ()))
        unknown = next(key for key in fault.instance if key not in known)
        return f'unknown setting "{_joined(where, unknown)}"; {_suggestion(unknown, known)}'
    if fault.validator == "required":
        missing = next(key for key in fault.validator_value if key not in fault.instance)
        return f'setting "{_joined(where, missing)}" is missing; add it'
    if fault.validator == "pattern":
        return f'setting "{where}" has the name {fault.instance!r}; use letters and digits only'
    return f'setting "{where}" is {fault.instance!r}, but should be {_expected(fault)}'


def _joined(where, key):
    return f"{where}.{key}" if where else str(key)


def _suggestion(unknown, known):
    near = get_close_matches(str(unknown), known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"


def _expected(fault):
    value = fault.validator_value
    kinds = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
    kinds |= {"object": "a section", "array": "a list", "null": "null"}
    if fault.validator == "type":
        return " or ".join(kinds[kind] for kind in ([value] if isinstance(value, str) else value))
    words = {
        "enum": lambda: "one of " + ", ".join("null" if item is None else str(item) for item in value),
        "minimum": lambda: f"at least {value}",
        "maximum": lambda: f"at most {value}",
        "exclusiveMinimum": lambda: f"more than {value}",
        "exclusiveMaximum": lambda: f"less than {value}",
        "minItems": lambda: f"a list of at least {value}",
        "minProperties": lambda: f"a section with at least {value} entries",
        "minLength": lambda: "text that is not empty",
        "uniqueItems": lambda: "a list without repetition",
    }
    return words.get(fault.validator, lambda: fault.message)()


def _agree(settings, networks, methods):
    """Settings that are right one by one but do not fit together."""
    cohort = settings["cohort"]
    for name, one in settings["experiments"].items():
        if one["input"] not in settings["inputs"]:
            hint = _suggestion(one["input"], list(settings["inputs"]))
            raise SettingsError(f'setting "experiments.{name}.input" is "{one["input"]}", which is no input; {hint}')
        if one["network"]["name"] not in networks:
            hint = _suggestion(one["network"]["name"], networks)
            raise SettingsError(f'setting "experiments.{name}.network.name" is "{one["network"]["name"]}"; {hint}')
        if one["labels"] not in (None, cohort["label_column"]):
            raise SettingsError(
                f'setting "experiments.{name}.labels" is "{one["labels"]}", but the study is labelled by '
                f'cohort.label_column "{cohort["label_column"]}"; use one study for each label'
            )
    names = [one["name"] for one in settings["methods"]]
    for one in settings["methods"]:
        if names.count(one["name"]) > 1:
            raise SettingsError(f'setting "methods" has two entries called "{one["name"]}"; give each its own name')
        if one["method"] not in methods:
            raise SettingsError(
                f'setting "methods": unknown method "{one["method"]}"; {_suggestion(one["method"], methods)}'
            )
        if one["target"] not in ("predicted", 0, 1):
            raise SettingsError(
                f'setting "methods": target of "{one["name"]}" is {one["target"]!r}; use predicted, 0 or 1'
            )
    if set(cohort["classes"].values()) != {0, 1}:
        raise SettingsError(
            f'setting "cohort.classes" is {cohort["classes"]}; it needs values for both classes, 0 and 1'
        )
    for key in ("archives", "table"):
        if cohort["source"] != "made" and not cohort[key]:
            raise SettingsError(f'setting "cohort.{key}" is empty; cohort.source {cohort["source"]} needs its path')
    if settings["template"]["image"] != "mni152" and not settings["template"]["mask"]:
        raise SettingsError('setting "template.mask" is empty; a template of your own needs its brain mask')
    for name, one in settings["inputs"].items():
        if name == "source":
            raise SettingsError(
                'setting "inputs" has an input called "source", which the extracted volumes are called; rename it'
            )
        if one["strip"] == "archive" and not cohort["members"]["mask"]:
            raise SettingsError(f'setting "inputs.{name}.strip" is archive, but cohort.members.mask is empty; use ants')

"""The user's settings over the documented defaults, checked before any work begins."""

from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path

import yaml

from voxplain.errors import SettingsError

CONFIG = Path(__file__).parent.parent / "config"
REPLACED_WHOLE = ("inputs", "experiments", "methods")
NEEDED_OF = {
    "made": [],
    "hcp": ["archives", "table"],
    "adni": ["archives", "table"],
    "bids": ["archives"],
    "table": ["table"],
}
MASK_EMPTY = "cohort.members.mask is empty"
ONE_INPUT = {"transform": "fast", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 600}
ONE_INPUT |= {"recipe": None, "channels": ["intensity"]}
ONE_INPUT |= {"engine": "ants", "strip_weights": None, "denoise": False}
OWN_STRIPPERS = "hd-bet", "synthstrip"
WITHOUT_WARP = "none", "rigid", "similarity", "affine"
# Channels of shape, and the transforms that leave nothing in them.
EMPTY_AFTER = {"log_jacobian": ("none", "rigid"), "log_jacobian_nonlinear": WITHOUT_WARP}
ONE_EXPERIMENT = {"mask": "none", "labels": None, "network": {"name": "mrinet"}, "training": {}, "augmentation": {}}
ONE_EXPERIMENT |= {"normalisation": "none", "normalisation_scans": None}
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
    own = user.get("cohort") or {}
    settings["cohort"] |= {key: deepcopy(own[key]) for key in ("labels", "where", "columns") if key in own}
    _check(settings, yaml.safe_load(Path(schema).read_text()))
    settings["inputs"] = {name: _complete_input(name, one, recipes()) for name, one in settings["inputs"].items()}
    settings["experiments"] = {name: ONE_EXPERIMENT | one for name, one in settings["experiments"].items()}
    settings["methods"] = [ONE_METHOD | one for one in settings["methods"]]
    _agree(settings, networks, methods)
    _label(settings, own, ready_labels())
    return settings


def ready_labels():
    """The settings of the labels that come with voxplain, by name."""
    return yaml.safe_load((CONFIG / "labels.yaml").read_text(encoding="utf-8"))


def recipes():
    """The settings that belong to each recipe of an input, by its name."""
    return yaml.safe_load((CONFIG / "recipes.yaml").read_text(encoding="utf-8"))


def experiment_settings(settings, name):
    """All that decides how the experiment ``name`` is trained: its own section, ``training`` overlaid."""
    one = settings["experiments"][name]
    return one | {"training": settings["training"] | one["training"], "device": settings["device"]}


def method_settings(settings, name):
    """The entry of ``methods`` called ``name``."""
    return next(one for one in settings["methods"] if one["name"] == name)


def split_names(folds):
    """Names of all splits, ``r1f1`` being the first fold of the first repeat, and the only one where they are given."""
    if folds["given"]:
        return ["r1f1"]
    return [f"r{repeat + 1}f{fold + 1}" for repeat in range(folds["repeats"]) for fold in range(folds["k"])]


def _label(settings, own, ready):
    """Give every experiment its label, one of the study's or a ready one; a study of one label need not name it."""
    cohort, labels = settings["cohort"], settings["cohort"]["labels"]
    if cohort["source"] not in ("made", "hcp") and "labels" not in own:
        labels = cohort["labels"] = {}  # The demo's label is a column of HCP's table.
    for name, one in settings["experiments"].items():
        asked = one["labels"]
        if asked is None and len(labels) != 1:
            told = (
                f"cohort.labels has {', '.join(labels)}" if labels else "cohort.labels says of no column what it means"
            )
            raise SettingsError(f'setting "experiments.{name}.labels" is missing: {told}; name one there')
        if asked is not None and asked not in labels and asked not in ready:
            hint = _suggestion(asked, [*labels, *ready])
            raise SettingsError(f'setting "experiments.{name}.labels" is "{asked}", which is no label; {hint}')
        one["labels"] = asked or next(iter(labels))
    named = [one["labels"] for one in settings["experiments"].values()]
    cohort["labels"] = labels | {name: ready[name] for name in named if name not in labels}


def _complete_input(name, own, known):
    """The entry ``own`` of ``inputs`` over what its recipe, one of ``known``, and the defaults say."""
    recipe = own.get("recipe")
    if recipe and recipe not in known:
        hint = _suggestion(recipe, list(known))
        raise SettingsError(f'setting "inputs.{name}.recipe" is "{recipe}", which is no recipe; {hint}')
    one = ONE_INPUT | known.get(recipe, {}) | own
    if recipe and known[recipe]["transform"] == "none" != one["transform"]:
        raise SettingsError(
            f'setting "inputs.{name}.transform" is {one["transform"]}, but recipe {recipe} does not register; '
            "leave out one of the two"
        )
    if recipe and one["transform"] == "none" and one["strip"] in ("none", "template"):
        raise SettingsError(
            f'setting "inputs.{name}.strip" is {one["strip"]}, which finds the brain by registration, but recipe '
            f"{recipe} does not register; use archive or ants"
        )
    for channel in one["channels"]:
        if one["transform"] in EMPTY_AFTER.get(channel, ()):
            raise SettingsError(
                f'setting "inputs.{name}.channels" has {channel}, which is empty after transform '
                f"{one['transform']}; leave it out or set another transform"
            )
    return one


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
    for key in NEEDED_OF[cohort["source"]]:
        if not cohort[key]:
            raise SettingsError(f'setting "cohort.{key}" is empty; cohort.source {cohort["source"]} needs its path')
    given = {role for role, path in (settings["folds"]["given"] or {}).items() if path}
    if given and not {"train", "test"} <= given:
        raise SettingsError('setting "folds.given" needs files for train and test; validation is drawn without one')
    if settings["template"]["image"] != "mni152" and not settings["template"]["mask"]:
        raise SettingsError('setting "template.mask" is empty; a template of your own needs its brain mask')
    for name, one in settings["inputs"].items():
        if name == "source":
            raise SettingsError(
                'setting "inputs" has an input called "source", which the extracted volumes are called; rename it'
            )
        masks = {"adni": False, "hcp": cohort["members"]["mask"], "made": cohort["members"]["mask"]}
        if one["strip"] == "archive" and not masks.get(cohort["source"], True):
            why = f"cohort.source {cohort['source']} has none" if cohort["source"] == "adni" else MASK_EMPTY
            raise SettingsError(
                f'setting "inputs.{name}.strip" is archive, which takes its brain mask, but {why}; use ants'
            )
    _agree_on_engines(settings["inputs"])
    atlases = [one["name"] for one in settings["template"]["atlases"]]
    for name in atlases:
        if atlases.count(name) > 1:
            raise SettingsError(f'setting "template.atlases" has two called "{name}"; give each its own name')


def _agree_on_engines(inputs):
    """Tools that the user installs are used only where all that they need is named."""
    weights = {}
    for name, one in inputs.items():
        strip, given = one["strip"], one["strip_weights"]
        if strip in OWN_STRIPPERS and not given:
            raise SettingsError(
                f'setting "inputs.{name}.strip_weights" is empty; {strip} needs the path of its weights, which are '
                "never fetched"
            )
        if strip in OWN_STRIPPERS and weights.setdefault(strip, given) != given:
            raise SettingsError(
                f'setting "inputs.{name}.strip_weights" is {given}, but another input\'s is {weights[strip]}; '
                f"use one {strip} in a study"
            )
        if one["engine"] == "fireants" and one["transform"] in WITHOUT_WARP:
            raise SettingsError(
                f'setting "inputs.{name}.engine" is fireants, which fits warps, but transform is {one["transform"]}; '
                "set transform to syn, or engine to ants"
            )
        if one["engine"] == "fireants" and strip in ("none", "template"):
            raise SettingsError(
                f'setting "inputs.{name}.engine" is fireants, which registers brains, but strip is {strip}; '
                "set strip to ants, or engine to ants"
            )

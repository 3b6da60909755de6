"""Settings of one's own network and scan, which need no study: read while a run is planned."""

import os
import re

import yaml

from voxplain.errors import SettingsError
from voxplain.mine.places import files_in, is_file, parts_of, source_of
from voxplain.settings.known import CONFIG, default_settings
from voxplain.settings.method_options import NEEDED
from voxplain.settings.wording import fault_sentence, suggestion

SUFFIXES = re.compile(r"(\.nii)?(\.gz|\.[A-Za-z]+)$")
POWER = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")  # 1e-3, which YAML takes for text
TYPED = "model_options", "options", "intensity", "target"


def own_settings(user, methods):
    """What ``user`` says of a network and a scan of their own, over the defaults of ``config/mine.yaml``, and checked.

    ``methods`` is ``{name: names of its options}``. Settings of a study may stand beside them, and count for nothing.
    Without a ``model`` and a ``volume`` nothing of one's own is asked for: both are None. Raises SettingsError, in one
    line, for a setting that is unknown, wrong or missing, and for a file that is not there.
    """
    settings = _defaults()
    if not {"model", "volume"} & set(user):
        return settings | {"name": "none"}
    study = default_settings()
    for key, value in user.items():
        if key not in settings and key not in study:
            raise SettingsError(f'unknown setting "{key}"; {suggestion(key, list(settings))}')
        if key in settings:
            settings[key] = _typed(value) if key in TYPED else value
    _name_layers(settings)
    for key in ("model", "volume"):
        if not settings[key]:
            raise SettingsError(f'setting "{key}" is missing; one\'s own scan takes both, model and volume')
    _check(settings)
    if settings["method"] not in methods:
        hint = suggestion(settings["method"], list(methods))
        raise SettingsError(f'setting "method" is "{settings["method"]}", which is no method; {hint}')
    _check_options(settings["method"], settings["options"], methods[settings["method"]])
    for key, path in _named(settings):
        if not os.path.isfile(path):
            raise SettingsError(f'setting "{key}" names {path}, but there is no such file from {os.getcwd()}')
    return settings | {"name": settings["name"] or _name(settings)}


def own_inputs(settings):
    """Paths of every file that decides on the map, by what it is: volume, weights, model, and those of options."""
    source = source_of(settings["model"])
    return {
        "volume": settings["volume"],
        "weights": [settings["weights"]] if settings["weights"] else [],
        "model": [source] if source else [],
        "options": files_in(settings["options"]),
    }


def _defaults():
    return yaml.safe_load((CONFIG / "mine.yaml").read_text(encoding="utf-8"))


def _check(settings):
    from jsonschema import Draft202012Validator

    schema = yaml.safe_load((CONFIG / "mine.schema.yaml").read_text(encoding="utf-8"))
    fault = next(Draft202012Validator(schema).iter_errors(settings), None)
    if fault:
        raise SettingsError(fault_sentence(fault))


def _check_options(method, options, known):
    for option in options:
        if option not in known:
            hint = suggestion(option, list(known)) if known else "it has none"
            raise SettingsError(f'setting "options.{option}": {method} has no such option; {hint}')
    needed = NEEDED.get(method)
    if needed and options.get(needed) is None:
        raise SettingsError(f'setting "options.{needed}" is missing; name the file that {method} takes it from')


def _named(settings):
    """Setting and path of every file that must be there."""
    module, _ = parts_of(settings["model"])
    yield "volume", settings["volume"]
    if settings["weights"]:
        yield "weights", settings["weights"]
    if is_file(module):
        yield "model", module
    for path in files_in(settings["options"]):
        yield "options", path


def _typed(value):
    # --config "options={size: 8}" hands every nested value over as text
    if isinstance(value, dict):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_typed(one) for one in value]
    if isinstance(value, str) and POWER.fullmatch(value):
        return float(value)
    read = yaml.safe_load(value) if isinstance(value, str) and value.strip() else value
    return read if isinstance(read, bool | int | float | None) else value


def _name_layers(settings):
    """Layers are called by text, also one that is called 1."""
    options, target = settings["options"], settings["target"]
    if isinstance(options, dict) and options.get("layer") is not None:
        named = options["layer"]
        options["layer"] = [str(one) for one in named] if isinstance(named, list) else str(named)
    if isinstance(target, list) and target:
        settings["target"] = [str(target[0]), *target[1:]]


def _name(settings):
    stem = SUFFIXES.sub("", os.path.basename(settings["volume"]))
    return re.sub(r"[^A-Za-z0-9_-]+", "-", f"{stem}_{settings['method']}").strip("-")

"""Options of methods, checked while a study is planned and not when the first network has been trained."""

import re

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_count
from voxplain.settings.methods import spaces_of_their_own
from voxplain.settings.wording import fault_sentence, suggestion

# Options that name atlases of the study, and methods that cannot do without an option
ATLAS_OPTIONS = "labels", "segments"
NEEDED = {"expected_gradients": "references", "region_occlusion": "labels"}
HINTS = {
    "references": "give {training: 20}, for 20 training scans",
    "labels": "give the name of one of template.atlases",
}


def agree_on_method_options(settings, methods, schema):
    """Raise SettingsError for the first option that its method has not, of a wrong kind, or that names what is not.

    ``methods`` is ``{name: names of its options}``; ``schema`` what config/options.schema.yaml says of their values.
    """
    for one in settings["methods"]:
        where = f"methods.{one['name']}.options"
        _check_options(one["method"], one["options"], where, methods, schema)
        needed = NEEDED.get(one["method"])
        if needed and one["options"].get(needed) is None:
            raise SettingsError(f'setting "{where}.{needed}" is missing; {HINTS[needed]}')
        _check_atlases(settings, one, where)
        for group in _groups(one["options"]):
            _check_group(settings, group, where)


def atlases_named(methods):
    """Names of the atlases that options of ``methods``, entries of the settings, name: each once, in order."""
    named = [one["options"].get(option) or [] for one in methods for option in ATLAS_OPTIONS]
    return list(dict.fromkeys(name for one in named for name in ([one] if isinstance(one, str) else one)))


def _check_options(method, options, where, methods, schema):
    known = methods[method]
    for option, value in options.items():
        if option not in known:
            raise SettingsError(
                f'setting "{where}.{option}": {method} has no such option; {suggestion(option, list(known))}'
                if known
                else f'setting "{where}.{option}": {method} has no options; leave it out'
            )
        _check_value(f"{where}.{option}", value, option_schema(schema, method, option), schema)
    if method == "smoothgrad":
        _check_options(options.get("of", "gradient"), options.get("options") or {}, f"{where}.options", methods, schema)
    if method == "occlusion" and _largest(options.get("stride", 1)) > _largest(options.get("size", 8)):
        raise SettingsError(
            f'setting "{where}.stride" is {options["stride"]}, more than the size, so windows would leave gaps; '
            "use a smaller one"
        )


def option_schema(schema, method, option):
    """What the option of a method may be, a JSON schema; None where nothing is said of it."""
    return schema["methods"].get(method, {}).get(option, schema["common"].get(option))


def _check_value(where, value, wanted, schema):
    from jsonschema import Draft202012Validator

    if wanted is None:
        return
    whole = {"$defs": schema["$defs"], "properties": {where: wanted}}
    fault = next(Draft202012Validator(whole).iter_errors({where: value}), None)
    if fault is None:
        return
    while "$ref" in wanted and "words" not in wanted:
        wanted = schema["$defs"][wanted["$ref"].rsplit("/", 1)[1]]
    if "words" in wanted:
        raise SettingsError(f'setting "{where}" is {value!r}; give {wanted["words"]}')
    raise SettingsError(fault_sentence(fault))


def _check_atlases(settings, one, where):
    atlases = [atlas["name"] for atlas in settings["template"]["atlases"]]
    named = atlases_named([one])
    for name in named:
        if name not in atlases:
            hint = suggestion(name, atlases) if atlases else "name its files there"
            raise SettingsError(f'setting "{where}" names atlas "{name}", which is none of template.atlases; {hint}')
    if named and (alone := spaces_of_their_own(settings)):
        raise SettingsError(
            f'setting "{where}" names atlas "{named[0]}", but input {alone[0]} is not registered to the template; '
            "leave out one of the two"
        )


def _check_group(settings, group, where):
    found = re.fullmatch(r"class(\d+)", group)
    if not found:
        return
    for one in settings["experiments"].values():
        count = class_count(settings["cohort"]["labels"][one["labels"]])
        if count is None or int(found[1]) >= count:
            told = "is an amount" if count is None else f"has classes 0 to {count - 1}"
            raise SettingsError(f'setting "{where}" takes training scans of {group}, but label {one["labels"]} {told}')


def _groups(value):
    """The groups of training scans that are named anywhere in ``value``."""
    if isinstance(value, dict):
        if {"training", "training_mean"} & set(value):
            yield value.get("of", "all")
        for part in value.values():
            yield from _groups(part)
    elif isinstance(value, list):
        for part in value:
            yield from _groups(part)


def _largest(value):
    return max(value) if isinstance(value, list) else value

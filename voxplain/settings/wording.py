"""What is said of a setting that is wrong: one line with its name, what was found and what to do."""

from difflib import get_close_matches


def fault_sentence(fault):
    """What a fault that jsonschema found means for the person who wrote the setting, in one line."""
    where = ".".join(str(step) for step in fault.absolute_path)
    inside = [one for one in fault.context or () if len(one.absolute_path) > len(fault.absolute_path)]
    if inside:  # of several forms that a setting may have, the one that was meant is wrong further in
        return fault_sentence(max(inside, key=lambda one: len(one.absolute_path)))
    if fault.validator == "additionalProperties" and isinstance(fault.instance, dict):
        known = list(fault.schema.get("properties", ()))
        unknown = next(key for key in fault.instance if key not in known)
        return f'unknown setting "{_joined(where, unknown)}"; {suggestion(unknown, known)}'
    if fault.validator == "required":
        missing = next(key for key in fault.validator_value if key not in fault.instance)
        return f'setting "{_joined(where, missing)}" is missing; add it'
    if fault.validator == "pattern":
        return f'setting "{where}" has the name {fault.instance!r}; use letters and digits only'
    return f'setting "{where}" is {fault.instance!r}, but should be {_expected(fault)}'


def suggestion(unknown, known):
    """The one of ``known`` that was probably meant by ``unknown``, as a question, or all of them."""
    near = get_close_matches(str(unknown), known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"


def _joined(where, key):
    return f"{where}.{key}" if where else str(key)


def _expected(fault):
    value = fault.validator_value
    if fault.context:
        return " or ".join(dict.fromkeys(_expected(one) for one in fault.context))
    kinds = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
    kinds |= {"object": "a section", "array": "a list", "null": "null"}
    if fault.validator == "type":
        return " or ".join(kinds[kind] for kind in ([value] if isinstance(value, str) else value))
    words = {
        "const": lambda: str(value),
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

"""Options that a user names for a network or a method, checked against what its function takes."""

from difflib import get_close_matches
from inspect import Parameter, signature

from voxplain.errors import SettingsError


def check_options(name, function, options):
    """Raise SettingsError about ``name`` when ``function`` has no keyword-only argument for one of ``options``."""
    known = [key for key, one in signature(function).parameters.items() if one.kind is Parameter.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            near = get_close_matches(option, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known options: {', '.join(known) or 'none'}"
            raise SettingsError(f'unknown option "{option}" of {name}; {hint}')


def check_choice(option, value, choices):
    """Raise SettingsError when ``value`` is not among ``choices``."""
    if value not in choices:
        raise SettingsError(f"{option} is {value!r}; use one of {', '.join(map(str, choices))}")


def whole_number(option, value, least=1):
    """``value`` as an int; SettingsError when it is not a whole number of at least ``least``."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        raise SettingsError(f"{option} is {value!r}; give a whole number of at least {least}")
    return value.__index__()


def share(option, value):
    """``value`` as a float; SettingsError when it is not a number from 0 up to, but not including, 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise SettingsError(f"{option} is {value!r}; give a number from 0 to below 1")
    return float(value)

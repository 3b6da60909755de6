"""Whose masks held-out scans are shown through, as the section ``sanity.masked_input`` says."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion


def masking_methods(settings):
    """Names of the entries of ``methods`` whose masks are tried, in their order."""
    names, asked = [one["name"] for one in settings["methods"]], settings["sanity"]["masked_input"]["methods"]
    if asked in ("first", "all"):
        return names[:1] if asked == "first" else names
    return [name for name in names if name in asked]


def agree_on_masking(settings):
    """Raise SettingsError for a method in ``sanity.masked_input.methods`` that the study has not."""
    names, asked = [one["name"] for one in settings["methods"]], settings["sanity"]["masked_input"]["methods"]
    for name in [] if isinstance(asked, str) else asked:
        if name not in names:
            hint = suggestion(name, names)
            raise SettingsError(f'setting "sanity.masked_input.methods" names {name}, which is no method; {hint}')

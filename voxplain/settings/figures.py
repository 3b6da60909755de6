"""What ``report`` names, held against the methods, groups and inputs that a study has."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion

# The group that is drawn where no other is named: localisation is scored on the same maps
LEADING = "correct"


def agree_on_figures(settings):
    """Name the group that figures show where none is named; raise SettingsError for a method or group there is not."""
    asked = settings["report"]["figures"] = dict(settings["report"]["figures"])
    groups, methods = settings["relevance"]["groups"], [one["name"] for one in settings["methods"]]
    if asked["groups"] is None:
        asked["groups"] = [LEADING] if LEADING in groups else groups[:1]
    named = asked["methods"] if isinstance(asked["methods"], list) else []
    for key, names, known, what in (
        ("methods", named, methods, "name of an entry of methods"),
        ("groups", asked["groups"], groups, "group of relevance.groups"),
    ):
        _refuse_unknown(f"figures.{key}", names, known, what)
    _refuse_unknown("defaced", settings["report"]["defaced"], list(settings["inputs"]), "name of an entry of inputs")


def _refuse_unknown(key, names, known, what):
    for name in names:
        if name not in known:
            raise SettingsError(f'setting "report.{key}" has "{name}", which is no {what}; {suggestion(name, known)}')

"""What the section ``insight`` asks of networks: words made sections, and what does not go together."""

from copy import deepcopy


def complete_insight(settings, own, known):
    """Make every part of the section a section with ``run``, where a user's section ``own`` has a word.

    true, or a section that does not say ``run``, runs the part; false and null do not. ``known`` are the defaults.
    """
    for name, defaults in known.items():
        asked = settings["insight"][name]
        if not isinstance(asked, dict):
            settings["insight"][name] = deepcopy(defaults) | {"run": bool(asked)}
        elif isinstance(own.get(name), dict):
            settings["insight"][name] = asked | {"run": "run" not in own[name] or asked["run"]}


def options_of_part(settings, part):
    """What the section says of one part, whether it runs or not: a rule is given no more than it uses."""
    return {key: value for key, value in settings["insight"][part].items() if key != "run"}

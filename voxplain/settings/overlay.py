"""Settings laid over a section by dotted names."""


def laid_over(section, changes):
    """``section`` with the values of ``changes``, whose names are dotted: ``training.batch``. Neither changes."""
    for name, value in changes.items():
        first, _, rest = name.partition(".")
        below = section.get(first) or {}
        section = section | {first: laid_over(below, {rest: value}) if rest else value}
    return section

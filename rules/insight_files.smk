"""What is looked at inside the networks, and what it leaves: the functions that say so to the rules."""

from voxplain.settings.insight import options_of_part

# What each part of the section `insight` leaves of an experiment, below results/{study}/insight/{experiment}
LEFT_INSIDE = {
    "weights": ["weights.npz", "filters.tsv"],
}


def inside_asked():
    """All that the parts leave that run."""
    asked = [part for part in LEFT_INSIDE if SETTINGS["insight"][part]["run"]]
    files = [f"results/{STUDY}/insight/{{experiment}}/{name}" for part in asked for name in LEFT_INSIDE[part]]
    return [path for pattern in files for path in of_every_experiment(pattern)]


def looking_inside(part):
    """The settings of one part, those of a part that does not run too: its files may be asked for by name."""
    return options_of_part(SETTINGS, part)

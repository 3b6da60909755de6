"""Which planted effects the volumes of an experiment still hold, so that its maps can be held against them.

The regional effect stays under every transform: a warp that undoes its shape leaves its darkening. A larger brain stays
larger where the transform keeps sizes. What lies outside the brain stays where the network is shown the outside.
"""

# The column of the made table that tells the planted groups
PLANTED = "Gender"
EFFECTS = ("region", "scale", "outside")
KEEP_SIZE = ("none", "rigid")
WITHOUT_OUTSIDE = ("template",)  # masks that are laid over the volume itself
STRIPPED = "_brain."
HEADS = ("head_58",)  # recipes that leave the skull on


def kept_effects(settings, experiment):
    """Names of the effects of `cohort.made` that ``experiment`` still holds, in the order of EFFECTS.

    Only those are named whose truth is rendered (`cohort.made.twins`) and whose strength is not 0; none for a cohort
    that is not made, and none for an experiment whose label is another column than the planted groups.
    """
    cohort, one = settings["cohort"], settings["experiments"][experiment]
    if cohort["source"] != "made" or not tells_planted(settings, experiment):
        return []
    held = {"region": True, "scale": _keeps_size(settings, one), "outside": shows_outside(settings, experiment)}
    made = cohort["made"]
    return [effect for effect in EFFECTS if held[effect] and effect in made["twins"] and made[effect]]


def tells_planted(settings, experiment):
    """Whether ``experiment`` tells the groups between which something was planted."""
    return settings["experiments"][experiment]["labels"] in planted_labels(settings)


def planted_labels(settings):
    """The labels that are the planted groups."""
    return [
        name for name, one in settings["cohort"]["labels"].items() if one.get("column") == PLANTED and "classes" in one
    ]


def shows_outside(settings, experiment):
    """Whether the networks of ``experiment`` are shown more of a head than its brain."""
    one, member = settings["experiments"][experiment], settings["cohort"].get("members", {}).get("volume", "")
    given = settings["inputs"][one["input"]]
    stripped = given.get("strip") in WITHOUT_OUTSIDE or given.get("recipe") not in (None, *HEADS)
    return one["mask"] == "none" and not stripped and STRIPPED not in member


def _keeps_size(settings, experiment):
    return settings["inputs"][experiment["input"]]["transform"] in KEEP_SIZE

"""Where maps of real heads are expected to lie, as the section ``sanity.localisation`` says."""

from voxplain.errors import SettingsError
from voxplain.settings.grouping import MADE_ATLAS
from voxplain.settings.wording import suggestion

# What is planted in a made cohort is told by these names
PLANTED_NAMES = ("region", "scale", "outside")


def agree_on_localising(settings):
    """Raise SettingsError for expected anatomy called as a planted effect is, or of an atlas that is not there."""
    atlases = [one["name"] for one in settings["template"]["atlases"]]
    atlases += [MADE_ATLAS] if settings["cohort"]["source"] == "made" else []
    for name, one in settings["sanity"]["localisation"]["expected"].items():
        if name in PLANTED_NAMES:
            raise SettingsError(
                f'setting "sanity.localisation.expected" has "{name}", which is what a planted effect is called; '
                "rename it"
            )
        if one["atlas"] not in atlases:
            hint = suggestion(one["atlas"], atlases) if atlases else "template.atlases is empty, so name one there"
            raise SettingsError(
                f'setting "sanity.localisation.expected.{name}.atlas" is "{one["atlas"]}", which is no atlas of the '
                f"study; {hint}"
            )

"""What the section ``sanity.faithfulness`` asks for, held against the study's atlases and the verdict."""

from voxplain.errors import SettingsError
from voxplain.settings.grouping import MADE_ATLAS
from voxplain.settings.methods import spaces_of_their_own
from voxplain.settings.wording import suggestion


def agree_on_faithfulness(settings):
    """Raise SettingsError for regions of an atlas that is not there or does not fit, and for a verdict on no fill."""
    sanity, atlases = settings["sanity"], [one["name"] for one in settings["template"]["atlases"]]
    atlases += [MADE_ATLAS] if settings["cohort"]["source"] == "made" else []
    sections = {"sanity.faithfulness": sanity["faithfulness"]}
    sections |= {
        f"sanity.methods.{name}.faithfulness": one["faithfulness"]
        for name, one in sanity["methods"].items()
        if "faithfulness" in one
    }
    for where, section in sections.items():
        regions = section.get("regions")
        if isinstance(regions, str) and regions not in atlases:
            hint = suggestion(regions, atlases) if atlases else "template.atlases is empty, so give a side"
            raise SettingsError(
                f'setting "{where}.regions" is "{regions}", which is neither the side of blocks in mm nor an atlas of '
                f"the study; {hint}"
            )
        if isinstance(regions, str) and (alone := spaces_of_their_own(settings)):
            raise SettingsError(
                f'setting "{where}.regions" is an atlas, but scans of input {alone[0]} are not registered to it; give '
                "the side of blocks in mm"
            )
        fill = sanity["verdict"]["fill"]
        if fill not in section.get("fills", [fill]):
            raise SettingsError(
                f'setting "sanity.verdict.fill" is {fill}, which "{where}.fills" leaves out; name it in both'
            )

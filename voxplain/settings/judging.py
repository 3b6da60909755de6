"""What the section ``sanity.verdict`` asks of methods, held against itself."""

from voxplain.errors import SettingsError

OF_FAITHFULNESS = ("deletion", "insertion", "road")


def agree_on_verdict(settings):
    """Raise SettingsError for a criterion that is needed and never judged."""
    verdict = settings["sanity"]["verdict"]
    for name in verdict["needed"]:
        if name in OF_FAITHFULNESS and name not in verdict["faithfulness"]:
            raise SettingsError(
                f'setting "sanity.verdict.needed" has {name}, which "sanity.verdict.faithfulness" leaves out; '
                "name it in both or in neither"
            )
    if "data_randomisation" in verdict["needed"] and not settings["sanity"]["permutations"]:
        raise SettingsError(
            'setting "sanity.verdict.needed" has data_randomisation, but "sanity.permutations" is 0; use 5 or more'
        )

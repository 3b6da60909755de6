"""Options of networks, checked while a study is planned and not when the first of them is trained."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion


def agree_on_options(experiments, options):
    """Raise SettingsError for an option that its network has not, and for covariates that it does not take.

    ``options`` are the names of each network's options; a network that is not among its keys is not checked.
    """
    for name, one in experiments.items():
        network = one["network"]["name"]
        known = options.get(network)
        if known is None:
            continue
        for option in one["network"]:
            if option != "name" and option not in known:
                raise SettingsError(
                    f'setting "experiments.{name}.network.{option}": {network} has no such option; '
                    f"{suggestion(option, list(known))}"
                )
        if one.get("covariates") and "covariates" not in known:
            takers = ", ".join(sorted(each for each, names in options.items() if "covariates" in names)) or "none"
            raise SettingsError(
                f'setting "experiments.{name}.covariates" is not empty, but {network} takes none; networks that do: '
                f"{takers}"
            )

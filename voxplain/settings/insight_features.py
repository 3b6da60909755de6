"""Features and networks that some parts of the section ``insight`` ask for: what there is not, and what cannot be."""

from voxplain.errors import SettingsError
from voxplain.settings.carried_columns import check_carried
from voxplain.settings.grouping import MADE_ATLAS
from voxplain.settings.wording import suggestion

OF_FEATURES = ("surrogates", "concepts")
REGIONS, MEASURES, COVARIATES = "regions", "measures", "covariates"
VAE = "vae_age"


def agree_on_features(settings):
    """Raise SettingsError for an atlas, a column or a kind of network that a part which runs asks for in vain."""
    for part in OF_FEATURES:
        if settings["insight"][part]["run"]:
            _check_features(settings, f"insight.{part}", settings["insight"][part])
    asked = settings["insight"]["surrogates"]
    labels = [settings["cohort"]["labels"][one["labels"]] for one in settings["experiments"].values()]
    if asked["run"] and asked["kinds"] == ["logistic"] and any(one.get("regression") for one in labels):
        raise SettingsError(
            'setting "insight.surrogates.kinds" is logistic alone, but an experiment tells an amount; add linear or '
            "tree"
        )
    if settings["insight"]["latents"]["run"] and not experiments_of_part(settings, "latents"):
        raise SettingsError(
            f'setting "insight.latents" decodes codes of {VAE}, but no experiment has that network; leave it out'
        )


def experiments_of_part(settings, part):
    """Names of the experiments whose networks a part looks into: of ``latents``, variational autoencoders alone."""
    experiments = settings["experiments"]
    return [name for name, one in experiments.items() if part != "latents" or one["network"]["name"] == VAE]


def atlas_of_part(settings, part):
    """Name of the atlas whose regions a part asks for, the study's first where it names none; None without regions."""
    asked = settings["insight"][part]
    if REGIONS not in asked["features"]:
        return None
    return asked["atlas"] or next(iter(_atlases(settings)), None)


def _check_features(settings, where, asked):
    known = _atlases(settings)
    if asked["atlas"] and asked["atlas"] not in known:
        hint = suggestion(asked["atlas"], known) if known else "template.atlases is empty; name it there"
        raise SettingsError(f'setting "{where}.atlas" is "{asked["atlas"]}", which is no atlas; {hint}')
    if REGIONS in asked["features"] and not known:
        raise SettingsError(
            f'setting "{where}.features" has regions, but template.atlases is empty; name an atlas there, or other '
            "features"
        )
    if MEASURES in asked["features"] and not settings["cohort"]["features"]:
        raise SettingsError(
            f'setting "{where}.features" has measures, but cohort.features names no table of them; name one there'
        )
    if not settings["cohort"]["features"]:
        columns = [one for one in asked["features"] if one not in (REGIONS, MEASURES, COVARIATES)]
        check_carried(f"{where}.features", columns, settings)


def _atlases(settings):
    made = settings["cohort"]["source"] == "made"
    return [one["name"] for one in settings["template"]["atlases"]] + [MADE_ATLAS] * made

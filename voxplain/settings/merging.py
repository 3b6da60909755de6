"""The user's settings laid over the defaults."""

from copy import deepcopy

import yaml

from voxplain.errors import SettingsError
from voxplain.settings.agreement import agree
from voxplain.settings.augmentation import agree_on_augmentation
from voxplain.settings.baselines import agree_on_baselines
from voxplain.settings.explaining import agree_on_explaining
from voxplain.settings.faithfulness import agree_on_faithfulness
from voxplain.settings.figures import agree_on_figures
from voxplain.settings.folds import agree_on_labels_of_folds
from voxplain.settings.grids import agree_on_search, candidates
from voxplain.settings.grouping import agree_on_groups
from voxplain.settings.inputs import complete_input
from voxplain.settings.insight import complete_insight
from voxplain.settings.insight_features import agree_on_features
from voxplain.settings.judging import agree_on_verdict
from voxplain.settings.known import (
    default_settings,
    known_methods,
    known_options,
    ready_labels,
    recipes,
    settings_schema,
    trainings,
)
from voxplain.settings.localising import agree_on_localising
from voxplain.settings.looking_inside import agree_on_looking_inside
from voxplain.settings.masking import agree_on_masking
from voxplain.settings.method_options import agree_on_method_options
from voxplain.settings.methods import agree_on_networks, complete_methods
from voxplain.settings.other_cohorts import agree_on_other_cohorts
from voxplain.settings.overlay import laid_over
from voxplain.settings.published import agree_on_published, complete_published
from voxplain.settings.side_by_side import agree_on_side_by_side
from voxplain.settings.trainings import agree_on_trainings, complete_trainings
from voxplain.settings.twins import twin_settings
from voxplain.settings.wording import fault_sentence, suggestion

REPLACED_WHOLE = ("inputs", "experiments", "methods")
ONE_EXPERIMENT = {"mask": "none", "labels": None, "network": {"name": "mrinet"}, "training": {}, "augmentation": {}}
ONE_EXPERIMENT |= {"normalisation": "none", "normalisation_scans": None, "search": {}, "covariates": {}, "pretrain": {}}


def merged_settings(user, networks, methods):
    """``user`` laid over the documented defaults, complete and checked; ``networks``, ``methods`` are the known names.

    Both may be ``{name: names of its options}``, so that these are checked too.
    ``inputs``, ``experiments`` and ``methods`` replace the defaults whole; other sections merge key by key. Where
    ``user`` asks for the study's made twin, these are the twin's.
    Raises SettingsError with one line for an unknown, ill-typed or contradictory setting.
    """
    settings, schema = default_settings(), settings_schema()
    user = twin_settings(user) if _as_typed(user.get("made"), settings["made"]) is True else user
    for key, value in deepcopy(dict(user)).items():
        both = isinstance(value, dict) and isinstance(settings.get(key), dict)
        settings[key] = (
            _over(settings[key], value) if both and key not in REPLACED_WHOLE else _as_typed(value, settings.get(key))
        )
    own = user.get("cohort") or {}
    settings["cohort"] |= {key: deepcopy(own[key]) for key in ("labels", "where", "columns") if key in own}
    _check(settings, schema)
    settings["inputs"] = {name: complete_input(name, one, recipes()) for name, one in settings["inputs"].items()}
    settings["experiments"] = {name: ONE_EXPERIMENT | one for name, one in settings["experiments"].items()}
    complete_methods(settings, known_methods(), list(methods))
    complete_trainings(settings, user.get("training") or {}, trainings())
    complete_published(settings)
    complete_insight(settings, user.get("insight") or {}, default_settings()["insight"])
    agree(settings, networks, methods)
    _label(settings, own, ready_labels())
    agree_on_labels_of_folds(settings)
    agree_on_trainings(settings)
    agree_on_augmentation(settings)
    agree_on_explaining(settings)
    agree_on_networks(settings, known_methods())
    if isinstance(methods, dict):
        agree_on_method_options(settings, methods, known_options())
    agree_on_baselines(settings)
    agree_on_side_by_side(settings)
    agree_on_groups(settings)
    agree_on_features(settings)
    agree_on_faithfulness(settings)
    agree_on_verdict(settings)
    agree_on_masking(settings)
    agree_on_localising(settings)
    agree_on_looking_inside(settings)
    agree_on_other_cohorts(settings)
    agree_on_figures(settings)
    agree_on_published(settings)
    _agree_on_searches(settings, schema)
    return settings


def _label(settings, own, ready):
    """Give every experiment its label, one of the study's or a ready one; a study of one label need not name it."""
    cohort, labels = settings["cohort"], settings["cohort"]["labels"]
    if cohort["source"] not in ("made", "hcp") and "labels" not in own:
        labels = cohort["labels"] = {}  # The demo's label is a column of HCP's table.
    for name, one in settings["experiments"].items():
        asked = one["labels"]
        if asked is None and len(labels) != 1:
            told = (
                f"cohort.labels has {', '.join(labels)}" if labels else "cohort.labels says of no column what it means"
            )
            raise SettingsError(f'setting "experiments.{name}.labels" is missing: {told}; name one there')
        if asked is not None and asked not in labels and asked not in ready:
            hint = suggestion(asked, [*labels, *ready])
            raise SettingsError(f'setting "experiments.{name}.labels" is "{asked}", which is no label; {hint}')
        one["labels"] = asked or next(iter(labels))
    named = [one["labels"] for one in settings["experiments"].values()]
    cohort["labels"] = labels | {name: ready[name] for name in named if name not in labels}


def _agree_on_searches(settings, schema):
    """Hold every combination that is searched to what holds for settings that somebody writes."""
    for name, one in settings["experiments"].items():
        agree_on_search(name, one, settings["training"] | one["training"])
        for candidate in candidates(one["search"]):
            tried = {"experiments": {name: laid_over(one, candidate)}}
            _check(tried, schema | {"required": []})
            agree_on_trainings(settings | tried)
            agree_on_augmentation(settings | tried)


def _over(below, above):
    return below | {
        key: _over(below[key], value)
        if isinstance(value, dict) and isinstance(below.get(key), dict)
        else _as_typed(value, below.get(key))
        for key, value in above.items()
    }


def _as_typed(value, default):
    # --config "report={maps: true}" hands every nested value over as text, as does --config made=true.
    return yaml.safe_load(value) if isinstance(value, str) and isinstance(default, bool | int | float | dict) else value


def _check(settings, schema):
    from jsonschema import Draft202012Validator

    faults = list(Draft202012Validator(schema).iter_errors(settings))
    if faults:
        raise SettingsError(
            fault_sentence(min(faults, key=lambda fault: (len(fault.absolute_path), str(fault.message))))
        )

"""What an experiment is made of, and what it leaves: the functions that say so to the rules."""

from voxplain.attribution.table import method_module
from voxplain.cohort.tables.labels import Label
from voxplain.networks.table import network_module
from voxplain.sanity.effects import kept_effects, planted_labels
from voxplain.settings.method_options import atlases_named
from voxplain.settings.sections import (
    experiment_settings,
    faithfulness_asked,
    figure_settings,
    method_settings,
    spaces_of_maps,
)

MAPS_IN = {"template": "", "native": "_space-T1w"}
# regions of atlases where the literature expects a difference, by name
EXPECTED = SETTINGS["sanity"]["localisation"]["expected"]
LOCALISED = MADE or bool(EXPECTED)


wildcard_constraints:
    anatomy=one_of(EXPECTED),


def label_of(experiment):
    """The label of an experiment."""
    return SETTINGS["experiments"][experiment]["labels"]


def class_names(wildcards):
    """What the classes of an experiment's label are called, by number."""
    name = label_of(wildcards.experiment)
    return Label(name, COHORT["labels"][name]).names


def of_experiment(wildcards):
    """All that decides how an experiment is trained, whole."""
    return experiment_settings(SETTINGS, wildcards.experiment)


def of_method(wildcards):
    """One entry of `methods`."""
    return method_settings(SETTINGS, wildcards.method)


def atlases_of(methods):
    """The atlases that options of some entries of `methods` name, on the study's grid; none of most methods."""
    return [f"{ATLAS.format(name)}.nii.gz" for name in atlases_named(methods)]


def sanity_of(names, parts=None):
    """The section `sanity` with what it says of some methods alone, so that what it says of others reruns nothing.

    With `parts`, of its settings only these.
    """
    sanity = SETTINGS["sanity"]
    sanity = sanity if parts is None else {name: sanity[name] for name in parts}
    return sanity | {"methods": {name: one for name, one in SETTINGS["sanity"]["methods"].items() if name in names}}


def regions_of_faithfulness(wildcards):
    """The regions that are taken out whole to score a method's faithfulness, as options are that name an atlas."""
    regions = faithfulness_asked(SETTINGS["sanity"], of_method(wildcards))["regions"]
    return {"options": {"labels": regions if isinstance(regions, str) else None}}


def packed(wildcards):
    """The packed store of an experiment's input."""
    return f"results/{wildcards.study}/packed/{SETTINGS['experiments'][wildcards.experiment]['input']}.h5"


def folds_of(wildcards):
    """The folds of an experiment's label."""
    return f"results/{wildcards.study}/cohort/label-{label_of(wildcards.experiment)}_folds.tsv"


def covariate_table(wildcards):
    """The table of all scans, for an experiment whose network is told covariates; none for another."""
    told = SETTINGS["experiments"][wildcards.experiment].get("covariates")
    return f"results/{wildcards.study}/cohort/scans.tsv" if told else []


def every_split(pattern, **others):
    """Input function: `pattern` for every split and seed of the experiment that is asked for, and all of `others`."""

    def paths(wildcards):
        return expand(
            pattern, **others, split=splits_of(label_of(wildcards.experiment)), seed=SEEDS, **dict(wildcards.items())
        )

    return paths


def of_every_experiment(pattern, methods=METHODS):
    """`pattern` for every experiment and, where it names them, each of `methods`, and its splits and seeds."""
    paths = set()
    for name, one in SETTINGS["experiments"].items():
        each = {"method": methods, "split": splits_of(one["labels"]), "seed": SEEDS}
        paths.update(expand(pattern, experiment=name, **each, allow_missing=True))
    return sorted(paths)


def maps_of_every_method():
    """Input function: the maps of every method in turn, each in the order of the splits."""
    return every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5", method=METHODS)


def maps_asked():
    """The lists of per-scan map files, in each of the spaces that `report.maps` asks for."""
    pattern = f"results/{STUDY}/explain/{{experiment}}/{{method}}/maps/split-{{split}}_seed-{{seed}}{{space}}.tsv"
    asked = spaces_of_maps(SETTINGS["report"]["maps"])
    return [path for space in asked for path in of_every_experiment(pattern.replace("{space}", MAPS_IN[space]))]


def statuses_of_experiment(wildcards):
    """What became of every scan in an experiment's input."""
    return statuses(SETTINGS["experiments"][wildcards.experiment]["input"])


def effects_of(wildcards):
    """The planted effects that an experiment's volumes still hold and whose truth is rendered."""
    return kept_effects(SETTINGS, wildcards.experiment)


def truths_of_experiment(wildcards):
    """What was planted, each effect by itself, in the space of an experiment's input."""
    name = SETTINGS["experiments"][wildcards.experiment]["input"]
    pattern = f"results/{wildcards.study}/sanity/truth/{name}_effect-{{effect}}.nii.gz"
    return expand(pattern, effect=effects_of(wildcards))


def places_of(wildcards):
    """All that an experiment's maps are held against: what was planted, and anatomy that is expected, by name."""
    return [*(effects_of(wildcards) if MADE else []), *EXPECTED]


def images_of_places(wildcards):
    """The images of `places_of`, in their order."""
    pattern = f"results/{wildcards.study}/sanity/expected/{{anatomy}}.nii.gz"
    return [*(truths_of_experiment(wildcards) if MADE else []), *expand(pattern, anatomy=EXPECTED)]


def label_planted():
    """The label that tells the groups between which something was planted, or the first one."""
    return next(iter([*planted_labels(SETTINGS), *LABELS]))


def network_code(script):
    """Code of `script` and of the network that its experiment names."""
    return lambda wildcards: lineage.code_of(script, network_module(of_experiment(wildcards)["network"]["name"]))


def method_code(script):
    """Code of `script` and of the network and the method that its experiment and method name."""
    return lambda wildcards: lineage.code_of(
        script,
        network_module(of_experiment(wildcards)["network"]["name"]),
        method_module(of_method(wildcards)["method"]),
    )


def gpus_asked(wildcards):
    """A GPU is asked for only by the setting `gpu`: a job that always asks would queue behind none."""
    return 1 if SETTINGS["device"] == "gpu" else 0

"""What is trained and asked beside the main job, where a study asks for it: the functions that say so to the rules."""

from voxplain.settings.grids import candidates
from voxplain.settings.masking import masking_methods
from voxplain.training.arm_table import arm_names

ARMS = arm_names(SETTINGS["sanity"]["permutations"])
SIZE_CHANGE = 0.05


def encoder_of(wildcards):
    """What a network's first layers start from; nothing for an experiment that does not pretrain them."""
    path = "results/{study}/train/{experiment}/encoder/{split}_seed-{seed}.pt"
    asked = SETTINGS["experiments"][wildcards.experiment]["pretrain"]
    return path.format(**dict(wildcards.items())) if asked else []


def of_encoder(wildcards):
    """What decides on an encoder of all that an experiment is: nothing that concerns labels or what is tried later."""
    left_out = "search", "augmentation", "labels"
    return {key: value for key, value in of_experiment(wildcards).items() if key not in left_out}


def search_of(wildcards):
    """The settings that an experiment searches; none without a search."""
    return SETTINGS["experiments"][wildcards.experiment]["search"]


def every_candidate(wildcards):
    """What came of each combination of the settings that an experiment searches, for one split and seed."""
    pattern = "results/{study}/train/{experiment}/search/{split}_seed-{seed}/candidate-{candidate}.tsv"
    numbers = range(1, len(candidates(search_of(wildcards))) + 1)
    return expand(pattern, candidate=numbers, **dict(wildcards.items()))


def choice_of(wildcards):
    """The table that says which settings a split and seed trains with; none for an experiment without a search."""
    path = "results/{study}/train/{experiment}/search/{split}_seed-{seed}.tsv"
    return path.format(**dict(wildcards.items())) if search_of(wildcards) else []


def unsearched(wildcards):
    """An experiment without its grid: a candidate is not tried again because another one joins it."""
    return {key: value for key, value in of_experiment(wildcards).items() if key != "search"}


def searches_asked():
    """The tables of all searches of the study."""
    pattern = f"results/{STUDY}/train/{{experiment}}/search/{{split}}_seed-{{seed}}.tsv"
    searched = tuple(f"results/{STUDY}/train/{name}/" for name, one in SETTINGS["experiments"].items() if one["search"])
    return [path for path in of_every_experiment(pattern) if path.startswith(searched)]


def every_arm(pattern):
    """Input function: `pattern` for every arm and split, with the first seed."""

    def paths(wildcards):
        splits = splits_of(label_of(wildcards.experiment))
        return expand(pattern, arm=ARMS, split=splits, seed=SEEDS[:1], **dict(wildcards.items()))

    return paths


def arms_asked():
    """The tables of the arms of every experiment, where `sanity.permutations` asks for them."""
    return of_every_experiment(f"results/{STUDY}/train/{{experiment}}/arms.tsv") if ARMS else []


def size_change(experiment):
    """The share of their length by which scans of an experiment are made larger and smaller; 0 where none is."""
    asked = SETTINGS["sanity"]["size_change"]
    scaled = SETTINGS["experiments"][experiment]["augmentation"].get("optimal_scaling")
    return (SIZE_CHANGE if scaled else 0) if asked is None else asked


def sizes_probed():
    """The tables of the experiments whose answers are held against size."""
    probed = [name for name in SETTINGS["experiments"] if size_change(name)]
    return [f"results/{STUDY}/predict/{name}/size.tsv" for name in probed]


def masked_inputs():
    """The tables of held-out scans seen through masks, of the methods that `sanity.masked_input` names."""
    named = masking_methods(SETTINGS)
    pattern = f"results/{STUDY}/sanity/{{experiment}}/{{method}}/masked_input.tsv"
    return of_every_experiment(pattern, named) if named else []


def shortcuts_asked():
    """The tables of what networks may go by that is no sign of their label."""
    asked = SETTINGS["sanity"]["shortcuts"]["find"]
    return [f"results/{STUDY}/sanity/{name}/shortcuts.tsv" for name in SETTINGS["experiments"] if asked]


def checks_of_methods(check, methods=METHODS):
    """The tables that one check left of each of `methods` in an experiment."""
    pattern = f"results/{{study}}/sanity/{{experiment}}/{{method}}/{check}.tsv"
    return expand(pattern, method=methods, allow_missing=True)


def figures_asked():
    """The folders of figures for papers of every experiment, where `report.figures` asks for any."""
    asked = SETTINGS["report"]["figures"]["draw"]
    return [f"results/{STUDY}/figures/{name}" for name in SETTINGS["experiments"] if asked]


def volumes_defaced():
    """The tables of volumes without faces, of the inputs that `report.defaced` names."""
    return [f"results/{STUDY}/shared/{name}/defaced.tsv" for name in SETTINGS["report"]["defaced"]]


def study_asked():
    """All that a study leaves: its report, what lies about its volumes, and what the settings ask for besides."""
    described = f"results/{STUDY}/volumes/dataset_description.json"
    return [report_page(), described, features_asked(), maps_asked(), cohort_maps(), volumes_defaced()]

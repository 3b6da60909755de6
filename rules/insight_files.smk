"""What is looked at inside the networks, and what it leaves: the functions that say so to the rules."""

from voxplain.settings.insight import options_of_part
from voxplain.settings.insight_features import COVARIATES, REGIONS, atlas_of_part, experiments_of_part
from voxplain.settings.pretraining import pairs

# What an embedding leaves
EMBEDDED = "points", "scores", "columns"
# What each part of the section `insight` leaves of an experiment, below results/{study}/insight/{experiment}
LEFT_INSIDE = {
    "weights": ["weights.npz", "filters.tsv"],
    "activation_maximisation": [f"ideal_inputs/{{split}}_seed-{{seed}}{end}.tsv" for end in ("", "_steps")],
    "first_layer": ["first_layer.tsv", "first_layer_groups.tsv"],
    "features": ["features/{split}_seed-{seed}.npz"],
    "examples": ["examples.tsv", "prototypes.tsv", "neighbours.tsv"],
    "influence": ["influence/{split}_seed-{seed}_held_out.tsv", "influence/{split}_seed-{seed}_training.tsv"],
    "embeddings": [f"embedding_{name}.tsv" for name in EMBEDDED],
    "surrogates": [f"surrogates{end}" for end in ("_fidelity.tsv", "_terms.tsv", "_answers.tsv", ".json")],
    "concepts": ["concepts.tsv", "concepts_scans.tsv", "concepts.json"],
    "latents": ["latents/{split}_seed-{seed}.json"],
}


def inside_asked():
    """All that the parts leave that run."""
    asked = [part for part in LEFT_INSIDE if SETTINGS["insight"][part]["run"]]
    paths = [path for part in asked for path in _left_by(part)]
    of_table = COHORT["features"] and SETTINGS["insight"]["embeddings"]["run"]
    return paths + ([f"results/{STUDY}/insight/table_{name}.tsv" for name in EMBEDDED] if of_table else [])


def _left_by(part):
    folders = tuple(f"results/{STUDY}/insight/{name}/" for name in experiments_of_part(SETTINGS, part))
    files = [f"results/{STUDY}/insight/{{experiment}}/{name}" for name in LEFT_INSIDE[part]]
    return [path for pattern in files for path in of_every_experiment(pattern) if path.startswith(folders)]


def pretraining_compared():
    """The tables of pretrained experiments beside those that differ from them in nothing else."""
    pattern = f"results/{STUDY}/insight/{{}}/transfer-{{}}_scores.tsv"
    return [pattern.format(*pair) for pair in pairs(SETTINGS["experiments"])]


def looking_inside(part):
    """The settings of one part, those of a part that does not run too: its files may be asked for by name."""
    return options_of_part(SETTINGS, part)


def features_of_networks():
    """Input function: the features by every network of an experiment."""
    return every_split("results/{study}/insight/{experiment}/features/{split}_seed-{seed}.npz")


def classes_of(labels):
    """What the classes of each of `labels` are called, by number."""
    return {name: Label(name, COHORT["labels"][name]).names for name in labels}


def measures_inside(part):
    """The table of measures, where the study has one and a part asks for columns."""
    own = set(SETTINGS["insight"][part]["features"]) - {REGIONS, COVARIATES}
    return measures_table() if own else []


def atlas_inside(part):
    """Labels and names of the atlas whose regions a part asks for; nothing where it asks for none."""
    named = atlas_of_part(SETTINGS, part)
    return [atlas_file(end, named) for end in ("nii.gz", "tsv")] if named else []

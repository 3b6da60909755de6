"""What is held against the networks, by name, and what it leaves: the functions that say so to the rules."""

from voxplain.settings.baselines import baseline_names

BASELINES = SETTINGS["baselines"]
CONFOUNDS, VOXELS, TABULAR = (baseline_names(BASELINES, kind) for kind in ("confounds", "voxels", "tabular"))


def baseline_file(end, name="{baseline}"):
    """The predictions (`tsv`) or the card (`card.json`) of a baseline, of the wildcard's where none is named."""
    return f"results/{{study}}/predict/{{experiment}}/baselines/{name}.{end}"


def baseline_files(end, names):
    """The same of each of `names`."""
    return [baseline_file(end, name) for name in names]


def baselines_of(end):
    """Input function: the same of every baseline that tells the label of an experiment."""

    def paths(wildcards):
        label = label_of(wildcards.experiment)
        tables = [name for name in TABULAR if label in BASELINES["tabular"][name]["labels"]]
        return expand(baseline_files(end, [*CONFOUNDS, *VOXELS, *tables]), **dict(wildcards.items()))

    return paths


def label_column(wildcards):
    """The column of the table that the label of an experiment is made from."""
    return COHORT["labels"][label_of(wildcards.experiment)]["column"]


def asked_of_baselines(*names):
    """Some keys of the section `baselines`: a rule is given no more than it uses."""
    return {name: BASELINES[name] for name in names}


def models_compared():
    """The tables of every model and baseline, of every experiment."""
    return of_every_experiment("results/{study}/predict/{experiment}/models.tsv")

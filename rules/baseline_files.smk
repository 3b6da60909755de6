"""What is held against the networks, by name, and what it leaves: the functions that say so to the rules."""

from voxplain.cohort.selection import USUAL_COVARIATES
from voxplain.settings.baselines import baseline_names
from voxplain.settings.published import own_places
from voxplain.settings.side_by_side import is_adjusted

BASELINES = SETTINGS["baselines"]
CONFOUNDS, VOXELS, TABULAR = (baseline_names(BASELINES, kind) for kind in ("confounds", "voxels", "tabular"))
OWN_PLACES = own_places(SETTINGS)
PUBLISHED_TABLES = list(dict.fromkeys(place["table"] for place in OWN_PLACES if place))


def baseline_file(end, name="{baseline}"):
    """The predictions (`tsv`) or the card (`card.json`) of a baseline, of the wildcard's where none is named."""
    return f"results/{{study}}/predict/{{experiment}}/baselines/{name}.{end}"


def baseline_files(end, names):
    """The same of each of `names`."""
    return [baseline_file(end, name) for name in names]


TABULAR_FILES = {"predictions": baseline_file("tsv"), "card": baseline_file("card.json")} | {
    table: f"results/{{study}}/predict/{{experiment}}/tabular/{{baseline}}_{table}.tsv"
    for table in ("scores", "grid", "importances", "features", "correlations")
}


def fitted_for(experiment):
    """The experiment whose models of tables are fitted for all that have its label: they know nothing of networks."""
    return next(first for first in SETTINGS["experiments"] if label_of(first) == label_of(experiment))


FITTED = list(dict.fromkeys(map(fitted_for, SETTINGS["experiments"])))
SHARING = [experiment for experiment in SETTINGS["experiments"] if experiment not in FITTED]


def fitted_files():
    """Input functions: the same files of the experiment whose models are fitted, by their names."""

    def path_of(pattern):
        return lambda wildcards: pattern.format_map(
            dict(wildcards.items()) | {"experiment": fitted_for(wildcards.experiment)}
        )

    return {name: path_of(pattern) for name, pattern in TABULAR_FILES.items()}


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


def covariates_carried():
    """The columns that the word covariates stands for."""
    return USUAL_COVARIATES[COHORT["source"]] if COHORT["covariates"] is None else COHORT["covariates"]


def measures_table():
    """The table of measures, where `cohort.features` names one; nothing where it does not."""
    return next(iter(features_asked()), [])


def asked_of_baselines(*names):
    """Some keys of the section `baselines`: a rule is given no more than it uses."""
    return {name: BASELINES[name] for name in names}


def models_compared():
    """The tables of every model and baseline, of every experiment."""
    return of_every_experiment("results/{study}/predict/{experiment}/models.tsv")


def experiments_compared():
    """The tables of the experiments that are put side by side; none where none are."""
    ends = ("experiments", "experiments_methods") if BASELINES["side_by_side"] else ()
    return [f"results/{STUDY}/predict/{end}.tsv" for end in ends]


def scores_adjusted():
    """The tables of scores with and without adjustment, of every experiment, where one is asked for."""
    pattern = f"results/{STUDY}/predict/{{experiment}}/adjusted.tsv"
    return of_every_experiment(pattern) if is_adjusted(BASELINES) else []


def published_asked():
    """The table of published figures beside the study's own, where a study of real people names some."""
    return [f"results/{STUDY}/predict/published.tsv"] if SETTINGS["published"] and not MADE else []

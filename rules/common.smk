"""Settings, names of things, and the few functions that say what depends on what."""

import os
import sys
import time
from functools import cache

from snakemake.io import contains_wildcard

from voxplain.attribution.table import method_module, methods
from voxplain.cohort.files.checksums import stated_md5
from voxplain.cohort.files.containers import fingerprint
from voxplain.cohort.ratings import rated_out
from voxplain.cohort.scans import find_scans
from voxplain.cohort.sources.bids_tables import session_tables
from voxplain.cohort.tables.labels import Label
from voxplain.errors import VoxplainError
from voxplain.lineage import code_of
from voxplain.networks.table import network_module, networks
from voxplain.settings import experiment_settings, merged_settings, method_settings, split_names
from voxplain.volumes.space import REGISTERED, space_name

try:
    SETTINGS = merged_settings(config, networks(), methods())
    IMAGES, FOUND = find_scans(SETTINGS)
    RATINGS = SETTINGS["cohort"]["ratings"]
    RATED_OUT = rated_out(RATINGS, [scan.scan for scan in FOUND]) if RATINGS else {}
except VoxplainError as error:
    sys.exit(str(error))

STUDY = SETTINGS["study"]
COHORT = SETTINGS["cohort"]
MADE = COHORT["source"] == "made"
SPACE = space_name(SETTINGS["template"])
SCANS = {scan.scan: scan for scan in FOUND if not scan.stage}
LABELS = list(COHORT["labels"])
LABELS_TOLD = sorted({one["labels"] for one in SETTINGS["experiments"].values()})
NEEDS_MASK = any(one["strip"] == "archive" for one in SETTINGS["inputs"].values())
TEMPLATE = {part: f"results/{{study}}/template/{SPACE}_{part}.nii.gz" for part in ("T1w", "mask")}
SPLITS = split_names(SETTINGS["folds"])
SEEDS = SETTINGS["folds"]["seeds"]
METHODS = [one["name"] for one in SETTINGS["methods"]]


wildcard_constraints:
    study=STUDY,
    folder=r"sub-[A-Za-z0-9]+(/ses-[A-Za-z0-9]+)?",
    scan=r"sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?",
    input="|".join(SETTINGS["inputs"]),
    experiment="|".join(SETTINGS["experiments"]),
    method="|".join(METHODS),
    split=r"r\d+f\d+",
    seed=r"\d+",
    label="|".join(LABELS),


def per_scan(pattern):
    """`pattern` for every scan of the study, in the order of their names."""
    scans = sorted(SCANS)
    folders = [scan.replace("_", "/") for scan in scans]
    return expand(pattern, zip, folder=folders, scan=scans, allow_missing=True)


def statuses(name):
    """What became of every scan in the input `name`."""
    return per_scan(f"results/{{study}}/volumes/{{folder}}/anat/{{scan}}_desc-{name}_status.json")


def status_of(scan, name):
    """What became of one scan in the input `name`."""
    return f"results/{STUDY}/volumes/{scan.replace('_', '/')}/anat/{scan}_desc-{name}_status.json"


def every_status():
    """What became of every scan in every input."""
    return [status for name in SETTINGS["inputs"] for status in statuses(name)]


def no_pattern(path):
    """`path`, unless Snakemake would read it as a pattern and ask for what it means."""
    if contains_wildcard(path):
        sys.exit(f"{path}: a name in braces, which Snakemake takes for a wildcard; rename that file or folder")
    return path


def table_of_study():
    """The table that says who is who."""
    if MADE:
        return f"data/{STUDY}/behavioural.csv"
    return no_pattern(f"{COHORT['archives']}/participants.tsv" if COHORT["source"] == "bids" else COHORT["table"])


def lists_of_study():
    """Further tables and lists of ids that the settings name, or that a BIDS dataset has."""
    left_out = [COHORT["leave_out"]] if isinstance(COHORT["leave_out"], str) else []
    sessions = session_tables(COHORT["archives"]) if COHORT["source"] == "bids" else []
    tables = [one["path"] for one in COHORT["tables"]]
    return [no_pattern(str(path)) for path in (*tables, *sessions, *left_out, *given_files())]


def given_files():
    """Files of the ids of a split that the study gives."""
    return [no_pattern(path) for path in (SETTINGS["folds"]["given"] or {}).values() if path]


def settings_of_tables():
    """All that decides which scans are used, without what only makes or prepares them."""
    elsewhere = ("made", "members", "form", "verify_md5", "features", "ratings")
    return {
        "cohort": {key: value for key, value in COHORT.items() if key not in elsewhere},
        "experiments": {name: {"labels": one["labels"]} for name, one in SETTINGS["experiments"].items()},
        "folds": {"given": SETTINGS["folds"]["given"]},
    }


def planned_of_label(label):
    """The scans that are to be used and have a class in a label; None of a made cohort, which has no table yet.

    Those that somebody rated `exclude` are not among them.

    Folds follow from these alone and not from the table of all scans, so that changing one label leaves the folds, and
    with them the networks, of the others.
    """
    columns = ("scan", "subject", "source_id", "train", "judge")
    scans = [SCANS[name] for name in sorted(SCANS) if label in SCANS[name].labels and name not in RATED_OUT]
    rows = [{column: getattr(scan, column) for column in columns} | {"label": scan.labels[label]} for scan in scans]
    return None if MADE else rows


def scans_of_label(wildcards):
    """What tells which scans of a label are used: what became of each in every input, or a made cohort's table."""
    if MADE:
        return {"scans": f"results/{STUDY}/cohort/scans.tsv"}
    scans = [row["scan"] for row in planned_of_label(wildcards.label)]
    return {"statuses": [status_of(scan, name) for name in SETTINGS["inputs"] for scan in scans]}


def class_names(wildcards):
    """What the classes of an experiment's label are called, by number."""
    name = SETTINGS["experiments"][wildcards.experiment]["labels"]
    return Label(name, COHORT["labels"][name]).names


def sources_of(wildcards):
    """Archives and files of a scan. The user's are `ancient`: hashing a terabyte to see that nothing changed is no option.

    Made ones are not, because Snakemake does not rerun what takes an `ancient` file that was just made anew. Names that
    Snakemake would read as patterns are not given to it: what tells it of a change is `state_of` anyway.
    """
    candidates = [one for candidates in SCANS[wildcards.scan].places.values() for one in candidates]
    if MADE:
        return [container for container, _ in candidates]
    inside = [os.path.join(container, name) for container, name in candidates]
    found = [one if os.path.exists(one) else container for one, (container, _) in zip(inside, candidates)]
    return ancient([path for path in dict.fromkeys(found) if not contains_wildcard(path)])


@cache
def state_of(scan):
    """What a scan's files are, as far as names and lists of contents tell: a terabyte is not opened to plan a run."""
    if MADE:
        return {"made": COHORT["made"], "code": code_of("make_cohort.py")}
    if SCANS[scan].state:
        return SCANS[scan].state
    wanted = {}
    for candidates in SCANS[scan].places.values():
        for container, name in candidates:
            wanted.setdefault(container, []).append(name)
    stated = [stated_md5(container) for container in wanted if COHORT["verify_md5"]]
    return [fingerprint(container, names) for container, names in wanted.items()] + list(filter(None, stated))


def one_of(scans):
    """A pattern that matches the names of `scans` and no others."""
    return "|".join(scans) or "(?!)"


def stripped_by(engine):
    """All that is the same in the inputs whose `strip` is `engine`, of which a study has one set of weights."""
    return [one for one in SETTINGS["inputs"].values() if one["strip"] == engine]


def made_mask(wildcards):
    """What the tool that an input names found of a scan; nothing for an input that names none."""
    engine = SETTINGS["inputs"][wildcards.input]["strip"]
    path = f"results/{wildcards.study}/strip/{engine.replace('-', '')}/{wildcards.scan}_status.json"
    return path if engine in ("hd-bet", "synthstrip") else []


def engine_modules(wildcards):
    """Code that only the inputs run which ask for FireANTs."""
    return [] if SETTINGS["inputs"][wildcards.input]["engine"] == "ants" else ["voxplain.volumes.fireants"]


def prepare_mb(wildcards):
    """Megabytes one scan may need: libraries and a head of 30 million voxels, and ANTs' warps on the template's grid.

    Measured as the peak of the preparing process on made heads: 417 for a head and a template of 3 mm; 23 to 33 more
    for each million voxels of the head; of the template, 37 for an affine or voxplain's warps, 210 for those of ANTs;
    300 for the grid of a recipe in the template's space, next to nothing for the others.
    """
    on_a_grid = 400 if SETTINGS["inputs"][wildcards.input]["recipe"] in REGISTERED else 0
    return 1700 + on_a_grid + round(1800 / SETTINGS["template"]["spacing"] ** 3)


def every_split(pattern):
    """Input function: `pattern` for every split and seed."""
    return expand(pattern, split=SPLITS, seed=SEEDS, allow_missing=True)


def folds_of(wildcards):
    """The folds of an experiment's label."""
    label = SETTINGS["experiments"][wildcards.experiment]["labels"]
    return f"results/{wildcards.study}/cohort/label-{label}_folds.tsv"


def packed(wildcards):
    """The packed store of an experiment's input."""
    return f"results/{wildcards.study}/packed/{SETTINGS['experiments'][wildcards.experiment]['input']}.h5"


def of_experiment(wildcards):
    """All that decides how an experiment is trained, whole."""
    return experiment_settings(SETTINGS, wildcards.experiment)


def of_method(wildcards):
    """One entry of `methods`."""
    return method_settings(SETTINGS, wildcards.method)


def network_code(script):
    """Code of `script` and of the network that its experiment names."""
    return lambda wildcards: code_of(script, network_module(of_experiment(wildcards)["network"]["name"]))


def method_code(script):
    """Code of `script` and of the network and the method that its experiment and method name."""
    return lambda wildcards: code_of(
        script,
        network_module(of_experiment(wildcards)["network"]["name"]),
        method_module(of_method(wildcards)["method"]),
    )


def gpus_asked(wildcards):
    """A GPU is asked for only by the setting `gpu`: a job that always asks would queue behind none."""
    return 1 if SETTINGS["device"] == "gpu" else 0


def of_every_experiment(pattern):
    """`pattern` for every experiment and, where it names one, every method of the study."""
    return sorted(set(expand(pattern, experiment=SETTINGS["experiments"], method=METHODS, allow_missing=True)))


def truth_of_experiment(wildcards):
    """What was planted, in the space of an experiment's input."""
    name = SETTINGS["experiments"][wildcards.experiment]["input"]
    return f"results/{wildcards.study}/sanity/truth/{name}_effect-region.nii.gz"


def maps_of_every_method():
    """The maps of every method in turn, each in the order of the splits."""
    pattern = "results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"
    return [path for name in METHODS for path in expand(every_split(pattern), method=name, allow_missing=True)]


def report_page():
    """The report of the study."""
    return f"results/{STUDY}/report/index.html"


def features_asked():
    """The features of the scans, where `cohort.features` names a table."""
    return [f"results/{STUDY}/cohort/features.tsv"] if COHORT["features"] else []


def maps_asked():
    """The lists of per-scan map files, where `report.maps` asks for them."""
    pattern = f"results/{STUDY}/explain/{{experiment}}/{{method}}/maps/split-{{split}}_seed-{{seed}}.tsv"
    return of_every_experiment(every_split(pattern)) if SETTINGS["report"]["maps"] else []

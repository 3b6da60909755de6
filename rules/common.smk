"""Settings, names of things, and the few functions that say what depends on what before there is an experiment."""

import os
import sys
import time
from functools import cache

from snakemake.io import contains_wildcard
from snakemake.logging import logger

from voxplain import lineage
from voxplain.attribution.table import method_options, methods
from voxplain.cohort import planning
from voxplain.cohort.other_cohorts import find_other_cohorts
from voxplain.cohort.ratings import rated_out
from voxplain.cohort.scans import find_scans
from voxplain.cohort.shards import planned_shards
from voxplain.demo.twins.planned import planned_twin
from voxplain.cohort.tables.refused_features import refuse_asked
from voxplain.errors import VoxplainError
from voxplain.mine.settings import own_inputs, own_settings
from voxplain.networks.table import network_options, networks
from voxplain.settings.merging import merged_settings
from voxplain.settings.resources import disk, grown, megabytes, minutes, scans_of_job, work_of
from voxplain.volumes.space import space_name

try:
    OPTIONS = {name: method_options(name) for name in methods()}
    MINE = own_settings(config, OPTIONS)
    # beside one's own scan no study is planned, so that none of its archives and tables need be there
    SETTINGS = merged_settings(
        {} if MINE["model"] else config, {name: network_options(name) for name in networks()}, OPTIONS
    )
    refuse_asked(SETTINGS)
    # before anything is looked for: a dry run of a made twin plans from its files too
    if SETTINGS["made"] and (told := planned_twin(SETTINGS)):
        logger.info(told)
    IMAGES, FOUND = find_scans(SETTINGS)
    RATINGS = SETTINGS["cohort"]["ratings"]
    RATED_OUT = rated_out(RATINGS, [scan.scan for scan in FOUND]) if RATINGS else {}
    TO_BE_USED = [scan for scan in FOUND if not scan.stage and scan.scan not in RATED_OUT]
    SPLITS = {
        one["labels"]: planning.planned_splits(SETTINGS, TO_BE_USED, one["labels"])
        for one in SETTINGS["experiments"].values()
    }
    COHORTS = find_other_cohorts(SETTINGS, FOUND)
    SHARDS = planned_shards(SETTINGS, [scan for scan in FOUND if not scan.stage])
except VoxplainError as error:
    sys.exit(str(error))

STUDY = SETTINGS["study"]
COHORT = SETTINGS["cohort"]
MADE = COHORT["source"] == "made"
SPACE = space_name(SETTINGS["template"])
SCANS = {scan.scan: scan for scan in FOUND if not scan.stage}
OF_COHORTS = {scan: (one, cohort) for cohort in COHORTS.values() for scan, one in cohort.used.items()}
EVERY_SCAN = SCANS | {scan: one for scan, (one, _) in OF_COHORTS.items()}
LABELS = list(COHORT["labels"])
LABELS_TOLD = sorted({one["labels"] for one in SETTINGS["experiments"].values()})
NEEDS_MASK = any(one["strip"] == "archive" for one in SETTINGS["inputs"].values())
TEMPLATE = {part: f"results/{{study}}/template/{SPACE}_{part}.nii.gz" for part in ("T1w", "mask")}
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
    cohort="|".join(COHORTS) or "(?!)",
    shard="|".join(SHARDS) or "(?!)",


def code_of(script, *modules):
    """What changes with the code of a script, found out for planned jobs alone: on a cluster every job reads all rules."""
    return lambda wildcards: lineage.code_of(script, *modules)


def section_of(scan):
    """The section `cohort` that a scan comes from: the study's, or that of a test cohort."""
    return OF_COHORTS[scan][1].settings["cohort"] if scan in OF_COHORTS else COHORT


def per_scan(pattern, scans=SCANS):
    """`pattern` for every scan of the study, or for all of `scans`, in the order of their names."""
    scans = sorted(scans)
    folders = [scan.replace("_", "/") for scan in scans]
    return expand(pattern, zip, folder=folders, scan=scans, allow_missing=True)


def statuses(name):
    """What became of every scan in the input `name`: a file a scan, or a list of such files a shard."""
    if SHARDS:
        return [f"results/{{study}}/volumes/shards/{name}_shard-{shard}.json" for shard in SHARDS]
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
    return no_pattern(planning.table_path(SETTINGS))


def lists_of_study():
    """Further tables and lists of ids that the settings name, or that a BIDS dataset has."""
    return [no_pattern(path) for path in planning.further_files(SETTINGS)]


def given_files():
    """Files of the ids of a split that the study gives."""
    return [no_pattern(path) for path in planning.given_paths(SETTINGS["folds"])]


def settings_of_tables():
    """All that decides which scans are used, without what only makes or prepares them."""
    return planning.settings_of_tables(SETTINGS)


def planned_of_label(label):
    """The scans that are to be used and have a class in a label; None of a made cohort, which has no table yet."""
    return None if MADE else planning.planned_rows(SETTINGS, TO_BE_USED, label)


def held_out_of_label(label):
    """The groups or sites that the splits of a label hold out one after the other; none where folds are drawn."""
    return planning.held_out_of_label(SETTINGS, TO_BE_USED, label)


def is_regression(label):
    """Whether a label is a number and no class."""
    return bool(COHORT["labels"][label].get("regression"))


def splits_of(label):
    """Names of the splits of a label that experiments tell."""
    return SPLITS[label]


def scans_of_label(wildcards):
    """What tells which scans of a label are used: what became of each in every input, or a made cohort's table."""
    if MADE:
        return {"scans": f"results/{STUDY}/cohort/scans.tsv"}
    if SHARDS:
        return {"statuses": every_status()}
    scans = [row["scan"] for row in planned_of_label(wildcards.label)]
    return {"statuses": [status_of(scan, name) for name in SETTINGS["inputs"] for scan in scans]}


def sources_of(wildcards):
    """Archives and files of a scan. The user's are `ancient`: hashing a terabyte to see that nothing changed is no option.

    Made ones are not, because Snakemake does not rerun what takes an `ancient` file that was just made anew. Names that
    Snakemake would read as patterns are not given to it: what tells it of a change is `state_of` anyway.
    """
    candidates = [one for candidates in EVERY_SCAN[wildcards.scan].places.values() for one in candidates]
    if section_of(wildcards.scan)["source"] == "made":
        return [container for container, _ in candidates]
    inside = [os.path.join(container, name) for container, name in candidates]
    found = [one if os.path.exists(one) else container for one, (container, _) in zip(inside, candidates)]
    paths = dict.fromkeys(path.removeprefix("./") for path in found)
    return ancient([path for path in paths if not contains_wildcard(path)])


def sources_of_shard(wildcards):
    """Made archives of a shard's scans; those of a user are named by the job itself where one is not there."""
    if not MADE:
        return []
    places = (one for scan in SHARDS[wildcards.shard] for one in SCANS[scan].places.values())
    return sorted({container for candidates in places for container, _ in candidates})


@cache
def state_of(scan):
    """What a scan's files are, as far as names and lists of contents tell: a terabyte is not opened to plan a run."""
    section, one = section_of(scan), EVERY_SCAN[scan]
    if section["source"] == "made":
        return {"made": section["made"], "code": lineage.code_of("make_cohort.py")}
    return one.state or planning.files_state(one.places, section["verify_md5"])


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


@cache
def work_of_job(scans, name, experiment, arm):
    """How much a job has to do that sees so many scans of an input or in an experiment, or trains an arm of it."""
    return work_of(SETTINGS, scans, name, experiment, arm)


def work_asked(wildcards):
    """How much a job has to do: on one scan, on those of its shard or cohort, that its split holds out, or on all."""
    named = dict(wildcards.items())
    cohorts = {name: cohort.used for name, cohort in COHORTS.items()}
    scans = scans_of_job(named, SCANS, SHARDS, cohorts, SETTINGS["folds"]["k"])
    return work_of_job(scans, named.get("input"), named.get("experiment"), named.get("arm"))


def memory_of(rule):
    """Megabytes that a job of `rule` asks for, twice as many at each further attempt."""
    return lambda wildcards, attempt: grown(megabytes(rule, work_asked(wildcards)), attempt)


def minutes_of(rule):
    """Minutes that a job of `rule` asks for, twice as many at each further attempt."""
    return lambda wildcards, attempt: grown(minutes(rule, work_asked(wildcards)), attempt)


def disk_of(rule):
    """Megabytes of disk that a job of `rule` writes."""
    return lambda wildcards: disk(rule, work_asked(wildcards))


def report_page():
    """The report of the study."""
    return f"results/{STUDY}/report/index.html"


def features_asked():
    """The features of the scans, where `cohort.features` names a table."""
    return [f"results/{STUDY}/cohort/features.tsv"] if COHORT["features"] else []


def own_files(kind):
    """Input function: the files of one kind that decide on the map of one's own scan."""

    def paths(wildcards):
        if not MINE["model"]:
            sys.exit(
                'setting "model" is missing; explain_mine takes --config model=file.py:function volume=scan.nii.gz'
            )
        found = own_inputs(MINE)[kind]
        return no_pattern(found) if isinstance(found, str) else [no_pattern(path) for path in found]

    return paths

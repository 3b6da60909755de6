"""Settings, names of things, and the few functions that say what depends on what."""

import sys
from functools import cache

from voxplain.attribution.table import method_module, methods
from voxplain.cohort.archives import fingerprint
from voxplain.cohort.scans import find_scans
from voxplain.errors import VoxplainError
from voxplain.lineage import code_of
from voxplain.networks.table import network_module, networks
from voxplain.settings import experiment_settings, merged_settings, method_settings, split_names
from voxplain.volumes.space import space_name

try:
    SETTINGS = merged_settings(config, networks(), methods())
    SCANS = {scan.scan: scan for scan in find_scans(SETTINGS["cohort"], SETTINGS["study"])}
except VoxplainError as error:
    sys.exit(str(error))

STUDY = SETTINGS["study"]
COHORT = SETTINGS["cohort"]
MADE = COHORT["source"] == "made"
SPACE = space_name(SETTINGS["template"])
TABLE = f"data/{STUDY}/behavioural.csv" if MADE else COHORT["table"]
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


def scan_folder(scan):
    """Folder of a scan below `volumes/`, as in BIDS."""
    return scan.replace("_", "/") + "/anat"


def per_scan(pattern):
    """Input function: `pattern` for every scan of the study, in the order of their names."""
    return [pattern.replace("{folder}/anat", scan_folder(scan)).replace("{scan}", scan) for scan in sorted(SCANS)]


def every_split(pattern):
    """Input function: `pattern` for every split and seed."""
    return expand(pattern, split=SPLITS, seed=SEEDS, allow_missing=True)


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

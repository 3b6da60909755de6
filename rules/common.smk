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


def per_scan(pattern):
    """`pattern` for every scan of the study, in the order of their names."""
    scans = sorted(SCANS)
    folders = [scan.replace("_", "/") for scan in scans]
    return expand(pattern, zip, folder=folders, scan=scans, allow_missing=True)


def statuses(name):
    """What became of every scan in the input `name`."""
    return per_scan(f"results/{{study}}/volumes/{{folder}}/anat/{{scan}}_desc-{name}_status.json")


def every_status():
    """What became of every scan in every input."""
    return [status for name in SETTINGS["inputs"] for status in statuses(name)]


def archives_of(wildcards):
    """Archives of a scan. The user's are `ancient`: hashing a terabyte to see that nothing changed is not an option.

    Made ones are not, because Snakemake does not rerun what takes an `ancient` file that was just made anew.
    """
    archives = [str(archive) for archive in SCANS[wildcards.scan].archives]
    return archives if MADE else ancient(archives)


@cache
def archive_state(scan):
    """What an archive holds, as far as its directory tells: opening a terabyte to read one member is not an option."""
    if MADE:
        return {"made": COHORT["made"], "code": code_of("make_cohort.py")}
    return [fingerprint(archive, COHORT) for archive in SCANS[scan].archives]


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


def maps_asked():
    """The lists of per-scan map files, where `report.maps` asks for them."""
    pattern = f"results/{STUDY}/explain/{{experiment}}/{{method}}/maps/split-{{split}}_seed-{{seed}}.tsv"
    return of_every_experiment(every_split(pattern)) if SETTINGS["report"]["maps"] else []

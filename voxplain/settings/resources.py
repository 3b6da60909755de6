"""What a job of each rule asks of a cluster: memory, minutes and disk, by voxels, scans and batches.

Read while a run is planned, so it is arithmetic alone. The figures are 1.5 times and more what was measured, with what
Snakemake itself takes inside a job on a cluster; docs/cluster/resources.md holds them against measured ones. A job that
fails is given twice as much when the profile tries it again, see `grown`.
"""

from dataclasses import dataclass
from math import prod

# Two of Snakemake's own processes hold a job on a cluster
SNAKEMAKE_MB = 300
# Voxels of the networks' volumes by recipe, in millions; the others have the template's grid
RECIPES = {"mrinet_58": 58**3, "head_58": 58**3, "brain_58": 58**3, "voxcnn_110": 110**3}
RECIPES |= {"hcp_age_128_crop": 128**3, "hcp_age_128_pad": 128**3, "icbm_193": 193 * 229 * 193}
# mm: the box of the brain of ICBM 2009a, and its whole grid; other templates are taken for as large
BRAIN, WHOLE = (144, 183, 150), (198, 234, 192)


@dataclass(frozen=True)
class Work:
    """To do: scans of the job, million voxels of a volume, volumes in a batch, epochs, MB that may hold volumes."""

    scans: int
    voxels: float
    batch: int = 1
    epochs: int = 1
    held_mb: float = 0
    on_gpu: bool = False


@dataclass(frozen=True)
class Need:
    """What a job needs: by itself; for a million voxels of one volume, of a batch, and of every scan; for a scan."""

    mb: int
    mb_voxels: float = 0
    mb_batch: float = 0
    mb_scan: float = 0
    mb_pairs: float = 0
    minutes: int = 15
    minutes_scan: float = 0
    minutes_voxels: float = 0
    disk: int = 10
    disk_scan: float = 0
    disk_voxels: float = 0


_TABLE = Need(700, mb_scan=0.03, minutes=30, minutes_scan=0.01, disk_scan=0.01)
_MODELS = Need(1200, mb_scan=0.05, minutes=120, minutes_scan=0.1, disk_scan=0.01)
_TRAINING = Need(900, mb_batch=600, minutes=60, minutes_voxels=0.03, disk=500)
_NETWORK = Need(1500, mb_batch=600, minutes=120, minutes_voxels=0.5, disk=100, disk_scan=0.05)
# methods that see many variants of a scan take as many at a time as fit 2 GB, unless an option says otherwise
_EXPLAINING = Need(2900, mb_batch=600, minutes=120, minutes_voxels=5, disk=50, disk_voxels=5)
_INSIGHT = Need(3000, mb_batch=900, minutes=240, minutes_voxels=1, disk=500, disk_scan=0.1)
_GROUPS = Need(1000, mb_voxels=2000, mb_scan=0.05, minutes=60, minutes_voxels=0.1, disk=50, disk_scan=0.01)
_SCAN = Need(500, minutes=30, disk=60)

NEEDS = {
    # archives, tables, folds
    "make_cohort": Need(1500, mb_voxels=500, minutes=30, minutes_voxels=1, disk_voxels=20),
    "extract_scan": _SCAN,
    "convert_scan": Need(1000, minutes=30, disk=200),
    "describe_volumes": Need(500, minutes=10, minutes_scan=0.001),
    "check_cohort": Need(1000, mb_scan=0.05, minutes=60, minutes_scan=0.02),
    "tabulate_scans": _TABLE,
    "tabulate_features": _TABLE,
    "tabulate_quality": _TABLE,
    "make_folds": _TABLE,
    "balance_folds": _TABLE,
    "tabulate_cohort": _TABLE,
    "deal_cohort": _TABLE,
    # volumes; shards are of their own number of scans
    "prepare_template": Need(1200, mb_voxels=600, minutes=30, disk_voxels=0),
    "prepare_scan": Need(2000, mb_voxels=440, disk=40),
    "prepare_scan_by_fireants": Need(8000, mb_voxels=440, disk=40),
    "extract_shard": Need(500, minutes=30, minutes_scan=1, disk_scan=30),
    "convert_shard": Need(1000, minutes=30, minutes_scan=1, disk_scan=30),
    "prepare_shard": Need(2000, mb_voxels=440, minutes=30, minutes_scan=4, disk_voxels=4, disk_scan=1),
    "run_hd_bet": Need(16000, minutes=15, disk_scan=2),
    "run_synthstrip": Need(16000, minutes=15, disk=40),
    "pack_input": Need(700, mb_voxels=300, mb_scan=0.02, minutes=30, minutes_voxels=0.2, disk_voxels=4),
    "index_shards": Need(700, mb_scan=0.02, minutes=30),
    # networks
    "train_fold": _TRAINING,
    "train_arm": _TRAINING,
    "try_candidate": _TRAINING,
    "pretrain_encoder": _TRAINING,
    "choose_candidate": _TABLE,
    "tabulate_arms": _TABLE,
    "compare_pretraining": _MODELS,
    "predict_experiment": _NETWORK,
    "predict_cohort": _NETWORK,
    "probe_size": _NETWORK,
    "describe_experiment": _NETWORK,
    "compare_models": _MODELS,
    "compare_cohort": _MODELS,
    "compare_experiments": _MODELS,
    "compare_published": _TABLE,
    "adjust_scores": _MODELS,
    "predict_confounds": _MODELS,
    "fit_tabular": Need(2000, mb_scan=0.1, minutes=720, minutes_scan=0.5),
    "share_tabular": _TABLE,
    "fit_voxels": Need(2500, mb_pairs=16e-6, minutes=240, minutes_voxels=0.5),
    # maps and their checks
    "explain_split": _EXPLAINING,
    "explain_mine": Need(8000, minutes=1440),
    "write_maps": Need(700, mb_voxels=100, minutes=60, minutes_voxels=0.1, disk_voxels=4),
    "write_native_maps": Need(3000, minutes=60, minutes_scan=0.1, disk_scan=30),
    "randomise_model": _NETWORK,
    "randomise_data": Need(1000, mb_batch=600, minutes=240, minutes_voxels=2, disk=100),
    "score_faithfulness": _NETWORK,
    "mask_inputs": _NETWORK,
    "find_shortcuts": _NETWORK,
    "judge_methods": _TABLE,
    # groups
    "average_maps": Need(1000, mb_voxels=1500, mb_scan=0.05, minutes=60, minutes_voxels=0.2, disk=50),
    "make_atlas": Need(800, mb_voxels=200),
    "carry_truth": Need(800, mb_voxels=500, minutes=60, minutes_voxels=0.5),
    "mark_anatomy": Need(800, mb_voxels=200),
    "localise_maps": Need(1000, mb_voxels=2000, mb_scan=2, minutes=60, minutes_voxels=0.5),
    "rank_regions": _GROUPS,
    "agree_maps": _GROUPS,
    "find_subtypes": _GROUPS,
    "measure_stability": _GROUPS,
    "compare_outside": _GROUPS,
    "compare_groups": Need(2000, mb_voxels=3000, mb_scan=1, minutes=240, minutes_voxels=1, disk=200, disk_voxels=4),
    # looking inside
    "look_at_weights": _NETWORK,
    "study_first_layer": _INSIGHT,
    "maximise_activation": Need(3000, mb_batch=900, minutes=1440),
    "extract_features": _INSIGHT,
    "choose_examples": Need(2500, mb_voxels=100, minutes=120, disk=200),
    "rank_influence": Need(3000, mb_batch=900, mb_scan=1, minutes=1440),
    "embed_features": Need(2500, mb_scan=0.2, minutes=240, minutes_scan=0.02),
    "embed_table": Need(2500, mb_scan=0.2, minutes=240, minutes_scan=0.02),
    "fit_surrogates": _INSIGHT,
    "score_concepts": _INSIGHT,
    "decode_latents": _INSIGHT,
    # pages
    "draw_figures": Need(2000, mb_voxels=500, mb_scan=0.05, minutes=120, disk=200),
    "deface_volumes": Need(700, mb_voxels=100, minutes=30, minutes_scan=0.1, disk_voxels=4),
    "write_report": Need(2000, mb_voxels=500, mb_scan=0.7, minutes=60, minutes_scan=0.05, disk=200, disk_scan=1),
}


def megavoxels(settings, name):
    """Million voxels of one volume of the input ``name``, all its channels."""
    one = settings["inputs"][name]
    grid = RECIPES[one["recipe"]] / 1e6 if one["recipe"] else template_megavoxels(settings["template"])
    return grid * len(one["channels"])


def template_megavoxels(template):
    """Million voxels of the study's grid, as far as settings tell it."""
    if template["shape"]:
        return prod(template["shape"]) / 1e6
    margin = template["margin"]
    box = WHOLE if margin is None or template["image"] != "mni152" else [side + 2 * margin for side in BRAIN]
    return min(prod(box), prod(WHOLE)) / 1e6 / template["spacing"] ** 3


def work_of(settings, scans, name=None, experiment=None, arm=None):
    """The `Work` of a job on so many ``scans`` of an experiment, of an input, or of the largest input there is.

    An ``arm`` of the data-randomisation test trains as `sanity.permuted_training` says.
    """
    on_gpu = settings["device"] == "gpu"
    if experiment:
        one = settings["experiments"][experiment]
        training = settings["training"] | one["training"] | (settings["sanity"]["permuted_training"] if arm else {})
        voxels = megavoxels(settings, one["input"])
        held_mb = 1000 * training["max_memory_gb"]
        return Work(scans, voxels, training["batch"], training["epochs"], held_mb, on_gpu)
    # whatever its recipe, a scan is registered on the template's grid
    voxels = [megavoxels(settings, one) for one in ([name] if name else settings["inputs"])]
    return Work(scans, max(*voxels, template_megavoxels(settings["template"])), on_gpu=on_gpu)


def scans_of_job(named, scans, shards, cohorts, k):
    """How many of the study's ``scans`` a job has to do with, by ``named``, the values of its wildcards.

    ``shards`` and ``cohorts`` hold by name the scans of each. Maps of one split are of a ``k``-th of the scans, those
    of a test cohort of all of its own, whatever the split.
    """
    if "scan" in named:
        return 1
    for kind, members in (("shard", shards), ("cohort", cohorts)):
        if kind in named:
            return len(members[named[kind]])
    return -(-len(scans) // k) if {"split", "method"} <= set(named) else len(scans)


def megabytes(rule, work):
    """Memory of a job of ``rule``, in MB, to the next hundred."""
    need = NEEDS[rule]
    batch = need.mb_batch * work.voxels * work.batch
    asked = need.mb + need.mb_voxels * work.voxels + batch + need.mb_scan * work.scans + need.mb_pairs * work.scans**2
    # trainings hold the volumes of their split where they may, 4 bytes a voxel
    held = min(4 * work.scans * work.voxels, work.held_mb) if need is _TRAINING else 0
    return _up(SNAKEMAKE_MB + asked + held)


def minutes(rule, work):
    """Minutes after which a job of ``rule`` is taken for lost; a tenth of what grows with the scans on a GPU."""
    need = NEEDS[rule]
    shown = work.scans * work.voxels * (work.epochs if need is _TRAINING else 1)
    faster = 10 if work.on_gpu and need.mb_batch else 1
    return round(need.minutes + need.minutes_scan * work.scans + need.minutes_voxels * shown / faster)


def disk(rule, work):
    """What a job of ``rule`` writes, scratch with it, in MB, to the next hundred."""
    need = NEEDS[rule]
    return _up(need.disk + need.disk_scan * work.scans + need.disk_voxels * work.scans * work.voxels)


def grown(amount, attempt):
    """``amount`` at the first attempt, twice as much at each further one."""
    return amount * 2 ** (attempt - 1)


def _up(amount):
    return -int(-amount // 100) * 100

"""A small finished study, made from a seed: six scans on a grid of 20 x 24 x 18 voxels, two of them left out."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pandas
from scipy.ndimage import gaussian_filter

from voxplain.attribution.maps import write_maps
from voxplain.sanity.criteria import criteria_table, criterion, not_tested
from voxplain.sanity.verdict import verdicts
from voxplain.volumes.outliers import quality_table

SHAPE = (20, 24, 18)
AFFINE = np.array([[8.0, 0, 0, -76], [0, 8, 0, -108], [0, 0, 8, -60], [0, 0, 0, 1]])
SCANS = [f"sub-99000{number}" for number in range(1, 7)]
CORRELATIONS = [0.97, 0.31, 0.95, 0.94, 0.93, None]
GROUPS = ["all", "correct", "class0", "class1", "class0correct", "class1correct"]
OTHER_MEASURES = ("average_precision", "mass", "rank_accuracy", "pointing")
LAYERS = ["classifier", "features.3", "features.0"]
SETTINGS = {
    "study": "tiny",
    "cohort": {
        "source": "made",
        "labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}},
        "covariates": ["Age", "Release"],
    },
    "template": {"image": "mni152", "spacing": 8.0},
    "inputs": {"affine": {"transform": "affine"}},
    "experiments": {
        "head": {"input": "affine", "mask": "none", "labels": "sex"},
        "brain": {"input": "affine", "mask": "brain", "labels": "sex"},
    },
    "methods": [
        {"name": "gradient", "method": "gradient", "target": 1},
        {"name": "gradCam", "method": "grad_cam", "target": 1},
    ],
    "folds": {"k": 2, "repeats": 1, "seeds": [1]},
}


def make_results(root, seed=0):
    """Write the files of a finished study below ``root`` and return it; its settings are ``SETTINGS``."""
    generator = np.random.default_rng(seed)
    _cohort(root, generator)
    brain = _volumes(root, generator)
    for experiment in SETTINGS["experiments"]:
        _training(root / "train" / experiment, generator)
        _scores(root / "predict" / experiment, generator)
        for method in ("gradient", "gradCam"):
            _relevance(root / "relevance" / experiment / method, method, brain, generator)
            _regions(root / "relevance" / experiment / method, generator)
            _randomisation(root / "sanity" / experiment / method, method, generator)
        _localisation(root / "sanity" / experiment)
        _verdicts(root / "sanity" / experiment)
        _agreement(root / "relevance" / experiment)
        _maps(root / "explain" / experiment, brain, np.random.default_rng(seed))
    return root


def write_table(path, rows):
    """Write rows (dicts) as a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pandas.DataFrame(rows).to_csv(path, sep="\t", index=False)


def _cohort(root, generator):
    excluded = {
        SCANS[1]: ("prepare", "correlation 0.31 with the template, below 0.8"),
        SCANS[5]: ("archive", "truncated"),
    }
    ledger, scans, statuses = [], [], []
    for place, scan in enumerate(SCANS):
        stage, reason = excluded.get(scan, ("", ""))
        names = {"scan": scan, "source_id": scan[4:], "image_id": "", "visit": "", "archive": f"{scan[4:]}.zip"}
        ledger.append({**names, "status": "excluded" if stage else "used", "stage": stage, "reason": reason})
        measures = {"correlation": CORRELATIONS[place], "brain_volume_ml": 1300 + 60 * generator.normal()}
        measures["shear"] = 0.3 if place == 3 else 0.02 + 0.001 * place
        folder = root / f"volumes/{scan}/anat"
        folder.mkdir(parents=True)
        status = {
            "scan": scan,
            "input": "affine",
            "accepted": not stage,
            "stage": stage or None,
            "reason": reason or None,
        }
        status["measures"] = {} if stage == "archive" else measures
        (folder / f"{scan}_desc-affine_status.json").write_text(json.dumps(status))
        statuses.append(status)
        if not stage:
            scans.append(
                {**names, "subject": scan, "session": "", "label_sex": place // 2 % 2, "Gender": "FM"[place // 2 % 2]}
                | {"Age": 22 + place, "Release": f"S{place % 2}", "brain_volume_ml": measures["brain_volume_ml"]}
                | {"correlation_affine": measures["correlation"]}
            )
    write_table(root / "cohort/ledger.tsv", ledger)
    write_table(root / "cohort/scans.tsv", scans)
    write_table(root / "quality/qc.tsv", quality_table(statuses))


def _volumes(root, generator):
    grid = np.indices(SHAPE) - np.reshape(SHAPE, (3, 1, 1, 1)) / 2 + 0.5
    distance = np.sqrt(((grid / np.reshape([7, 9, 6], (3, 1, 1, 1))) ** 2).sum(axis=0))
    brain = distance < 1
    texture = gaussian_filter(generator.normal(size=SHAPE), 1)
    _image(root / "template/mni152_T1w.nii.gz", np.where(brain, 1 + texture, 0))
    _image(root / "template/mni152_mask.nii.gz", brain.astype(np.uint8))
    for place, scan in enumerate(SCANS[:5]):
        stem = f"{root}/volumes/{scan}/anat/{scan}_space-mni152_desc-affine"
        own = np.roll(brain, 3, 1) if place == 1 else brain
        head = np.where(own, 1 + texture, 0.4 * (distance < 1.2)) + generator.normal(0, 0.05, SHAPE)
        _image(f"{stem}_T1w.nii.gz", head)
        _image(f"{stem}_mask.nii.gz", own.astype(np.uint8))
    return brain


def _image(path, values):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    kind = values.dtype if values.dtype == np.uint8 else np.float32
    nibabel.save(nibabel.Nifti1Image(values.astype(kind), AFFINE), path)


def _training(folder, generator):
    for split in ("r1f1", "r1f2"):
        epochs = np.arange(1, 13)
        validation = 0.7 * np.exp(-epochs / 6) + 0.02 * np.maximum(epochs - 8, 0) + generator.normal(0, 0.01, 12)
        rows = [
            {"epoch": epoch, "train_loss": 0.7 * np.exp(-epoch / 4), "train_accuracy": min(1, 0.5 + epoch / 20)}
            | {"validation_loss": validation[epoch - 1], "validation_balanced_accuracy": min(0.9, 0.5 + epoch / 20)}
            | {"learning_rate": 3e-4, "best": int(epoch - 1 == validation.argmin())}
            for epoch in epochs
        ]
        write_table(folder / f"{split}_seed-1.history.tsv", rows)
        (folder / f"{split}_seed-1.card.json").write_text(json.dumps({"versions": {"torch": "9.8.7"}}))


def _scores(folder, generator):
    rows = []
    for model, level in (("network", 0.84), ("size", 0.55), ("native_size", 0.7), ("outside", 0.66)):
        for measure in ("accuracy", "balanced_accuracy", "roc_auc", "f1"):
            single = level + generator.normal(0, 0.03, 2)
            named = {"model": model, "measure": measure}
            rows += [{**named, "split": f"r1f{fold + 1}", "value": single[fold]} for fold in range(2)]
            rows.append(
                {**named, "split": "all", "value": single.mean(), "mean": single.mean(), "sd": single.std(ddof=1)}
                | {"low": single.mean() - 0.1, "high": single.mean() + 0.09, "n": 4}
            )
    write_table(folder / "scores.tsv", rows)
    used = [scan for scan in SCANS if scan not in (SCANS[1], SCANS[5])]
    predictions = [
        {
            "scan": scan,
            "subject": scan,
            "split": f"r1f{place % 2 + 1}",
            "seed": 1,
            "label": (int(scan[-1]) - 1) // 2 % 2,
        }
        | {"predicted": 1, "probability_0": 0.3, "probability_1": 0.7, "logit_0": 0.0, "logit_1": 0.85}
        for place, scan in enumerate(used)
    ]
    write_table(folder / "predictions.tsv", predictions)


def _maps(folder, brain, generator):
    for method in ("gradient", "gradCam"):
        for split, scans in (("r1f1", [SCANS[0], SCANS[3]]), ("r1f2", [SCANS[2], SCANS[4]])):
            maps = gaussian_filter(generator.normal(size=(2, *SHAPE)), (0, 1, 1, 1)) * brain
            maps = np.abs(maps) if method == "gradCam" else maps
            (folder / method).mkdir(parents=True, exist_ok=True)
            path, about = folder / method / f"{split}_seed-1.h5", {"method": method}
            write_maps(path, scans, scans, [0, 1], [1, 1], maps, AFFINE, about)


def _relevance(folder, method, brain, generator):
    rows = []
    for group in GROUPS:
        values = gaussian_filter(generator.normal(size=SHAPE), 1.5)
        values *= np.where(brain, 0.2, 1) if "head" in str(folder) else brain
        values = np.abs(values) if method == "gradCam" else values
        subjects = 0 if group == "class0correct" else 2
        _image(folder / f"group-{group}_mean.nii.gz", values * bool(subjects))
        row = {"group": group, "images": f"group-{group}", "scans": subjects, "subjects": subjects}
        rows.append(row | {"note": "" if subjects else "no subject"})
    write_table(folder / "groups.tsv", rows)


def _regions(folder, generator):
    rows = []
    for group in ("all", "correct"):
        shares = np.sort(generator.dirichlet(np.ones(8)))[::-1]
        for place, share in enumerate(shares):
            row = {"group": group, "index": place + 1, "region": f"left part {place}", "voxels": 90, "subjects": 4}
            row |= {"density": 0.1, "density_low": 0.05, "density_high": 0.2, "rank": place + 1.0}
            row |= {"share": share, "share_low": 0.8 * share, "share_high": 1.2 * share, "rank_low": 1, "rank_high": 8}
            rows.append(row | {"enrichment": 8 * share, "enrichment_low": 6 * share, "enrichment_high": 10 * share})
    write_table(folder / "atlas-made_regions.tsv", rows)


def _agreement(folder):
    pair = {"kind": "methods", "method": "", "first": "gradient", "second": "gradCam", "compared": 4}
    rows = [pair | {"spearman": 0.37, "dice": 0.21}]
    rows.append(pair | {"kind": "group means of methods", "compared": 1, "spearman": 0.62, "dice": 0.33})
    for first, second, value in (("class 0", "class 0", 0.5), ("class 0", "class 1", "undefined")):
        rows.append(pair | {"kind": "subjects", "method": "gradient", "first": first, "second": second})
        rows[-1] |= {"spearman": value, "dice": value}
    write_table(folder / "agreement.tsv", rows)


def _randomisation(folder, method, generator):
    rows = []
    for scan in SCANS[2:5]:
        for draw in (1, 2):
            named = {"split": "r1f1", "scan": scan, "draw": draw}
            for step, layer in enumerate(LAYERS, 1):
                value = np.nan if method == "gradCam" and step == 3 else 0.9 - 0.28 * step + generator.normal(0, 0.03)
                alike = {"spearman": value, "spearman_abs": value, "ssim": value}
                rows.append({**named, "step": step, "layer": layer, **alike, "kind": "cascade"})
            value = generator.normal(0.1, 0.04)
            alike = {"spearman": value, "spearman_abs": value, "ssim": value}
            rows.append({**named, "step": len(LAYERS), "layer": "", **alike, "kind": "unrelated"})
    write_table(folder / "randomisation.tsv", rows)


def _localisation(folder):
    rows, subjects = [], []
    for method, auc in (("gradient", 0.86), ("gradCam", 0.61)):
        for measure, chance in (("auc", 0.5), *((name, 0.05) for name in OTHER_MEASURES)):
            shift = auc if measure == "auc" else auc - 0.4
            about = {"method": method, "effect": "region", "measure": measure, "chance": chance}
            rows.append(about | _located("method", "method", shift, 0.05, np.nan))
            for name, other in (
                ("untrained", 0.52),
                ("random", 0.5),
                ("mask", 0.44),
                ("mean_t1", 0.6),
                ("edges", 0.57),
            ):
                other += 0.02 * (name in ("untrained", "random") and method == "gradCam") - auc + shift
                kind = "untrained" if name == "untrained" else "reference"
                rows.append(about | _located(name, kind, other, 0.03, shift - other))
            for place, subject in enumerate(SCANS[2:6]):
                untrained = 0.5 if place < 2 else np.nan
                value = {"subject": subject, "value": shift - 0.02 * place, "untrained": untrained}
                subjects.append({"method": method, "effect": "region", "measure": measure, **value})
    for row in rows:
        row["auc"] = row["value"] if row["measure"] == "auc" else ""
    write_table(folder / "localisation.tsv", rows)
    write_table(folder / "localisation_by_subject.tsv", subjects)


def _verdicts(folder):
    rows = {
        "gradient": [
            criterion("model_randomisation", "passed", "changes", value=0.1, low=0.05, high=0.15, threshold=0.3)
            | {"null": 0.1, "null_low": 0.0, "null_high": 0.2},
            criterion("deletion", "passed", "beats matched random maps", value=0.2, low=0.1, high=0.3, threshold=0.0),
            not_tested("data_randomisation"),
        ],
        "gradCam": [
            criterion("model_randomisation", "undefined", "constant maps"),
            criterion("deletion", "failed", "does not beat edges of the mean T1", value=-0.1, low=-0.2, high=0.0),
            not_tested("data_randomisation"),
        ],
    }
    criteria = criteria_table(rows)
    write_table(folder / "criteria.tsv", criteria.to_dict("records"))
    write_table(folder / "verdicts.tsv", verdicts(criteria, ["model_randomisation", "deletion"]).to_dict("records"))


def _located(name, kind, value, spread, difference):
    return {
        **{"map": name, "kind": kind, "subjects": 4},
        **{"value": value, "low": value - spread, "high": value + spread},
        **{"difference": difference, "difference_low": difference - 0.06, "difference_high": difference + 0.06},
        "closest": "mean_t1" if kind == "method" else "",
    }

"""What predictions of several classes and of ages leave, with all that a study may add: files made from a seed."""

import json

import numpy as np
import pandas

from tests.library.report.made_results import SETTINGS, write_table
from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.training.scores import score_predictions
from voxplain.training.scores.curves import curve_table

LABELS = {
    "diagnosis": {"column": "Group", "classes": {"CN": 0, "MCI": 1, "AD": 2}},
    "age": {"column": "Age", "regression": True},
}
SEARCH = {"training.learning_rate": [0.001, 0.0001]}
EXPERIMENTS = {
    "anew": {"input": "affine", "mask": "brain", "labels": "diagnosis", "pretrain": None, "search": SEARCH},
    "pretrained": {
        "input": "affine",
        "mask": "brain",
        "labels": "diagnosis",
        "pretrain": {"epochs": 3},
        "search": SEARCH,
    },
    "age": {"input": "affine", "mask": "brain", "labels": "age"},
}
TASKS = SETTINGS | {
    "cohort": SETTINGS["cohort"] | {"labels": LABELS, "source": "bids", "test_cohorts": {"three": {"source": "bids"}}},
    "experiments": EXPERIMENTS,
    "sanity": SETTINGS.get("sanity", {}) | {"permutations": 5, "size_change": 0.05},
}


def make_tasks(root, seed=0):
    """Write the tables of training and prediction of ``EXPERIMENTS`` below ``root`` and return it."""
    for place, name in enumerate(EXPERIMENTS):
        made = made_amounts if name == "age" else made_classes
        _training(root / "train" / name, name == "age", seed + place)
        _predictions(root / "predict" / name, "", made(60, seed=seed + place))
        _predictions(root / "predict" / name, "cohort-three_", made(30, seed=seed + 10 + place))
    shift = [
        {"kind": "covariate", "measure": "Age", "study": 70.5, "study_sd": 5.25, "study_n": 60, "difference": -0.8412},
        {"kind": "label", "measure": "label: AD", "study": 0.0, "study_sd": 0.0, "study_n": 60, "difference": np.inf},
        {
            "kind": "size",
            "measure": "brain_volume_ml",
            "study": 1200.5,
            "study_sd": 90.5,
            "study_n": 60,
            "difference": 0.05,
        },
    ]
    write_table(root / "predict/anew/cohort-three_shift.tsv", shift)
    judges = [{"scan": f"sub-{place:03d}_ses-three", "networks": 1 + 2 * (place > 4)} for place in range(30)]
    write_table(root / "predict/anew/cohort-three_mean.tsv", judges)
    moved = {"native_correlation": 0.5, "larger": 1.25, "smaller": -1.5}
    sizes = [
        {"class": "MCI", "n": 20, "correlation": 0.4321} | moved,
        {"class": "AD", "n": 19, "correlation": np.nan} | moved,
    ]
    write_table(root / "predict/anew/size.tsv", sizes)
    for split in ("r1f1", "r1f2", "r1f3"):
        rebuilt = [{"epoch": epoch, "train_loss": 0.9 / epoch} for epoch in (1, 2, 3)]
        write_table(root / f"train/pretrained/encoder/{split}_seed-1.history.tsv", rebuilt)
    for split in ("r1f1", "r1f2", "r1f3"):
        rows = [
            {
                "candidate": place,
                "training.learning_rate": rate,
                "validation_loss": 0.5 + place / 10,
                "chosen": int(one),
            }
            for place, (rate, one) in enumerate([(0.001, split != "r1f3"), (0.0001, split == "r1f3")])
        ]
        write_table(root / f"train/anew/search/{split}_seed-1.tsv", rows)
    arms = [
        {"split": f"r1f{fold}", "seed": 1, "arm": arm, "measure": "balanced_accuracy", "training": 0.97}
        | {"held_out": 0.8 if arm == "true" else 0.36 - 0.02 * fold, "training_scans": 40, "held_out_scans": 20}
        for arm in ("true", "permuted1", "permuted2")
        for fold in (1, 2, 3)
    ]
    write_table(root / "train/anew/arms.tsv", arms)
    return root


def _predictions(folder, stem, predictions):
    scores = [
        score_predictions(rows, model, bootstrap=60, permutations=199)
        for model, rows in (
            ("network", predictions),
            ("size", predictions.assign(label=predictions["label"].to_numpy()[::-1])),
        )
    ]
    write_table(folder / f"{stem}scores.tsv", pandas.concat(scores))
    write_table(folder / f"{stem}predictions.tsv", predictions)
    write_table(folder / f"{stem}curves.tsv", curve_table(predictions, bootstrap=60))


def _training(folder, amounts, seed):
    generator = np.random.default_rng(seed)
    for split in ("r1f1", "r1f2", "r1f3"):
        epochs = np.arange(1, 11)
        loss = 1.1 * np.exp(-epochs / 5) + 0.03 * np.maximum(epochs - 6, 0) + generator.normal(0, 0.01, 10)
        table = pandas.DataFrame({"epoch": epochs, "train_loss": 1.1 * np.exp(-epochs / 4), "validation_loss": loss})
        score = np.clip(1 - loss, -0.5, 0.9)
        named = {"validation_mae": 10 * loss, "validation_r2": score} if amounts else {"validation_roc_auc": score}
        table = table.assign(**named, best=(epochs == 1 + score.argmax()).astype(int))
        write_table(folder / f"{split}_seed-1.history.tsv", table)
        keep = "r2" if amounts else "roc_auc"
        (folder / f"{split}_seed-1.card.json").write_text(json.dumps({"training": {"keep": keep}, "versions": {}}))

"""Train one network on all folds but one, and keep the epoch with the best validation loss."""

import logging
from pathlib import Path

import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory, memory_format
from voxplain.training.loop import fit, history_table
from voxplain.training.normalisation import fitted, normalised
from voxplain.training.trained import built, write_trained

log = logging.getLogger("voxplain")


def train_fold(store, folds, split, seed, *, name, experiment, classes, code="", history=None, checkpoint=None):
    """Best weights, the scores of every epoch, the card and the normalisation of a network for ``split``.

    It never sees the scans that the split holds out, nor does what is fitted for its normalisation, which sees the
    training scans alone. Weights are None, with the reason on the card, when none of the held-out scans was packed.
    """
    folds, packed = read_folds(folds), Volumes(store)
    train, validation, test = ([scan for scan in scans if scan in packed.scans] for scans in folds.roles(split))
    card = {
        "experiment": name,
        "split": split,
        "seed": seed,
        **{key: experiment[key] for key in ("input", "mask", "network", "training", "augmentation")},
        "input_shape": packed.shape,
        "space": packed.space,
        "classes": list(classes),
        "scans": {"train": len(train), "validation": len(validation), "test": len(test)},
    }
    if packed.channels > 1:
        card |= {"channels": packed.channels, "channel_names": packed.channel_names}
    kind, most = experiment.get("normalisation", "none"), experiment.get("normalisation_scans")
    if kind != "none":
        card |= {"normalisation": kind, "normalisation_scans": most}
    if not test:
        return None, history_table([]), card | {"empty": "every scan that this split holds out was left out"}, {}
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    seen, unseen = (Volumes(store, scans, experiment["mask"]) for scans in (train, validation))
    normalisation = fitted(kind, seen, most, split.encode())
    torch.manual_seed(seed)
    weights, rows = fit(
        built(card),
        normalised(seen, kind, normalisation),
        [labels[scan] for scan in train],
        normalised(unseen, kind, normalisation),
        [labels[scan] for scan in validation],
        seed=seed,
        settings=experiment["training"],
        augmentation=experiment["augmentation"],
        device=chosen_device(experiment["device"]),
        memory_format=memory_format(experiment["network"]["name"]),
        checkpoint=checkpoint,
        history=history,
        code=code,
    )
    return weights, rows, card | {"best_epoch": int(rows.loc[rows["best"].eq(1), "epoch"].item())}, normalisation


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        checkpoint = Path(snakemake.output.weights).with_suffix(".checkpoint")
        weights, rows, card, normalisation = train_fold(
            snakemake.input.store,
            snakemake.input.folds,
            snakemake.wildcards.split,
            int(snakemake.wildcards.seed),
            name=snakemake.wildcards.experiment,
            experiment=snakemake.params.experiment,
            classes=snakemake.params.classes,
            code=snakemake.params.code,
            history=snakemake.output.history,
            checkpoint=checkpoint,
        )
        write_trained(snakemake.output.weights, snakemake.output.card, weights, card, normalisation)
        rows.to_csv(snakemake.output.history, sep="\t", index=False)
        checkpoint.unlink(missing_ok=True)

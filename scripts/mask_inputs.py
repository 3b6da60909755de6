"""Show held-out scans through masks of what a method calls relevant, made of scans that are not held out."""

import json
import logging

import pandas as pd
import torch

from voxplain.attribution.baselines import mean_volume
from voxplain.cohort.folds import read_folds
from voxplain.relevance.explanation import explained_classes, explained_maps, method_of_task
from voxplain.relevance.named_options import SplitOfStudy, named_volumes, training_scans
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.masked_input import masked_logits, masked_predictions, masked_table
from voxplain.sanity.references import mean_mask
from voxplain.sanity.region import seen_voxels
from voxplain.sanity.relevance_masks import drawn_of, mask_maps, masks_of
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_card, read_trained, shown_volumes

log = logging.getLogger("voxplain")


def mask_inputs(store, folds, weights, cards, *, experiment, method, sanity, scans=None, atlases=None):
    """The table of `masked_table` by the first seed of every split, and what made its masks, a dictionary by split.

    ``scans`` is the table of all scans, for networks that are told covariates; ``atlases`` the files, by name, of
    those that the options of ``method`` name.
    """
    folds, packed, asked = read_folds(folds), set(Volumes(store).scans), sanity["masked_input"]
    torch.set_num_threads(experiment["training"]["threads"])
    predictions, made, device = {}, {}, chosen_device(experiment["device"])
    first = {}
    for pair in zip(weights, cards, strict=True):
        first.setdefault(read_card(pair[1])["split"], pair)
    for split, (weights_path, card_path) in progress(first.items(), label=f"mask inputs by {method['name']}"):
        network, card = read_trained(weights_path, card_path)
        rows = folds.table[(folds.table["split"] == split) & folds.table["scan"].isin(packed)]
        if network is None or not (rows["role"] == "test").any():
            log.info("%s: nothing shown through masks, %s", split, card.get("empty", "it holds out no scan"))
            continue
        study = SplitOfStudy(store, folds, weights_path, card, experiment["mask"], atlases or {})
        seed = [sanity["seed"], *split.encode()]

        def shown(names, path=weights_path, card=card):
            return shown_volumes(store, names, experiment["mask"], path, card), covariates_of(card, scans, names)

        drawn = drawn_of(rows[rows["role"] != "test"], asked["scans"], [*seed, 0])
        maps = _maps(network, *shown(drawn["scan"].tolist()), method_of_task(method, card.get("task")), study, device)
        training = shown(training_scans(folds, split, packed))[0]
        brain = mean_mask(training.mask(place) for place in range(len(training))) > 0.5
        region = seen_voxels(network, training.shape, training.channels)
        region &= brain if experiment["mask"] == "brain" else True
        mean = mean_volume(training)
        intensity = mean[(training.intensities or [0])[0]].numpy()
        fill = mean if asked["fill"] == "mean" else torch.zeros_like(mean)
        values = mask_maps(maps, drawn["label"], card["classes"])
        held_out = drawn_of(rows[rows["role"] == "test"], asked["held_out"], [*seed, 1])
        volumes, told = shown(held_out["scan"].tolist())
        made[split] = {"weights": str(weights_path), "scans": drawn["scan"].tolist(), "voxels": {}}
        for share in asked["shares"]:
            masks = masks_of(values, intensity, region, share, random=asked["random"], seed=[*seed, 2])
            made[split]["voxels"][str(share)] = {name: int(mask.sum()) for name, mask in masks.items()}
            logits = masked_logits(network, volumes, masks, fill, covariates=told, device=device)
            for name, one in logits.items():
                predictions.setdefault((name, share), []).append(masked_predictions(volumes, held_out, one, card))
    tables = {key: pd.concat(parts) for key, parts in predictions.items()}
    return masked_table(tables, sanity["bootstrap"], sanity["seed"]), made


def _maps(network, volumes, covariates, method, study, device):
    logits = predicted_logits(network, volumes, device=device, covariates=covariates)
    classes = explained_classes(logits, method["target"])
    return explained_maps(network, volumes, classes, named_volumes(method, study), device, covariates)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        table, made = mask_inputs(
            given.store,
            given.folds,
            given.weights,
            given.cards,
            experiment=asked.experiment,
            method=asked.method,
            sanity=asked.sanity,
            scans=given.get("scans"),
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
        )
        with written_whole(snakemake.output.scores) as path:
            with_undefined(table).to_csv(path, sep="\t", index=False)
        with written_whole(snakemake.output.made) as path:
            path.write_text(json.dumps(made, indent=1) + "\n")

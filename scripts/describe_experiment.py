"""Say what an experiment comes to: scores on both sides of a split, size in its answers, where its relevance lies."""

import pandas as pd
import torch

from voxplain.attribution.maps import read_maps
from voxplain.baselines.written import read_predictions
from voxplain.cohort.folds import Folds, read_folds
from voxplain.networks.boxes import in_box
from voxplain.relevance.described import (
    described,
    held_out_scores,
    learned_scores,
    localisation_rows,
    outside_measures,
    size_rows,
)
from voxplain.relevance.outside_share import outside_rows
from voxplain.runtime import rule_log, written_whole
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.judging import predictions_of
from voxplain.training.trained import read_card


def describe_experiment(
    store, folds, scans, weights, cards, predictions, scores, maps, localisation=None, *, experiment, classes, **drawn
):
    """The table of `described`; ``maps`` is ``{method: files}``, ``drawn`` the ``resamples`` and the ``seed`` of
    intervals, ``localisation`` the table of a made study."""
    torch.set_num_threads(experiment["training"]["threads"])
    table = pd.read_csv(scans, sep="\t", dtype={"scan": str})
    folds = read_folds(folds).table
    learned = Folds(folds[folds["role"] == "train"].assign(role="test"))
    how = {"mask": experiment["mask"], "classes": classes, "device": chosen_device(experiment["device"])}
    rows = learned_scores(predictions_of(store, learned, weights, cards, table, **how))
    rows += held_out_scores(pd.read_csv(scores, sep="\t", dtype={"reason": str}))
    told = read_predictions(predictions)
    of_size = {"size": f"brain_volume_input_ml_{experiment['input']}", "native_size": "brain_volume_ml"}
    sizes = {f"{name}_correlation": table.set_index("scan")[column] for name, column in of_size.items()}
    rows += size_rows(told, sizes, **drawn)
    volumes, seen = Volumes(store), _seen(cards)
    for method, files in maps.items():
        rows += outside_measures(method, outside_rows(map(read_maps, files), volumes, seen), **drawn)
    if localisation is not None:
        rows += localisation_rows(pd.read_csv(localisation, sep="\t", na_values="undefined"))
    return described(rows)


def _seen(cards):
    """The voxels that the networks see, (x, y, z); None where no card says so."""
    card = next((card for card in map(read_card, cards) if card.get("seen")), None)
    return card and in_box(card["seen"], card["input_shape"])


if __name__ == "__main__":
    with rule_log(snakemake), written_whole(snakemake.output.table) as path:
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        files, count = list(given.maps), len(given.cards)
        maps = {method: files[place * count : (place + 1) * count] for place, method in enumerate(asked.methods)}
        describe_experiment(
            given.store,
            given.folds,
            given.scans,
            given.weights,
            given.cards,
            given.predictions,
            given.scores,
            maps,
            given.get("localisation") or None,
            experiment=asked.experiment,
            classes=asked.classes,
            resamples=asked.bootstrap,
            seed=asked.seed,
        ).to_csv(path, sep="\t", index=False)

"""Hold a network whose first layers were pretrained against the same one begun anew, on the same folds."""

from pathlib import Path

import pandas as pd

from voxplain.baselines.written import read_predictions
from voxplain.insight.transfer import learning_table, moved_weights, transfer_table
from voxplain.runtime import rule_log, written_whole
from voxplain.training.pretraining import read_encoder
from voxplain.training.trained import read_trained

MOVED = ["split", "seed", "weight", "values", "distance", "cosine"]


def compare_pretraining(predictions, histories, encoders, weights, cards, *, bootstrap, seed):
    """Tables by name: ``scores`` of both arms and their difference, how each learnt, and how far weights moved.

    predictions, histories: of the pretrained arm and of the other, a file and a list of files each.
    encoders: the state dicts from which the networks in ``weights``, with their ``cards``, began.
    """
    tables = [read_predictions(path) for path in predictions]
    epochs = [{_split_and_seed(path): pd.read_csv(path, sep="\t") for path in paths} for paths in histories]
    moved = [pd.DataFrame(columns=MOVED)]
    for encoder, path, card_path in zip(encoders, weights, cards, strict=True):
        network, card = read_trained(path, card_path)
        if network is not None:
            rows = moved_weights(read_encoder(encoder), network.state_dict())
            moved.append(rows.assign(split=card["split"], seed=card["seed"])[MOVED])
    return {
        "scores": transfer_table(*tables, bootstrap, seed),
        "learning": learning_table(*epochs),
        "moved": pd.concat(moved[1:] or moved, ignore_index=True),
    }


def _split_and_seed(path):
    return Path(path).name.removesuffix(".history.tsv")


if __name__ == "__main__":
    with rule_log(snakemake):
        given, left, drawn = snakemake.input, snakemake.output, snakemake.params.drawn
        files = given.predictions, (given.histories, given.histories_anew)
        tables = compare_pretraining(*files, given.encoders, given.weights, given.cards, **drawn)
        for name, table in tables.items():
            with written_whole(left[name]) as path:
                table.to_csv(path, sep="\t", index=False, na_rep="undefined")

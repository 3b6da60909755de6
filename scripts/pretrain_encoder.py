"""Train the encoder of an experiment's network to rebuild the training scans, before it learns any label."""

from pathlib import Path

import torch

from voxplain.runtime import rule_log, written_whole
from voxplain.training.devices import keep_freed_memory
from voxplain.training.own_gpu import own_gpu
from voxplain.training.pretraining import pretrained_encoder

if __name__ == "__main__":
    with rule_log(snakemake), own_gpu(snakemake.params.experiment["device"]):
        keep_freed_memory()
        given, left, asked = snakemake.input, snakemake.output, snakemake.params
        checkpoint = Path(left.weights).with_suffix(".checkpoint")
        weights, rows = pretrained_encoder(
            given.store,
            given.folds,
            snakemake.wildcards.split,
            int(snakemake.wildcards.seed),
            experiment=asked.experiment,
            classes=asked.classes,
            code=asked.code,
            checkpoint=checkpoint,
        )
        with written_whole(left.weights) as part:
            torch.save(weights, part)
        rows.to_csv(left.history, sep="\t", index=False)
        checkpoint.unlink(missing_ok=True)

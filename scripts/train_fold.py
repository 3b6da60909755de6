"""Train one network on all folds but one, and keep the epoch with the best validation score."""

from pathlib import Path

from voxplain.runtime import rule_log
from voxplain.training.devices import keep_freed_memory
from voxplain.training.one_split import train_split
from voxplain.training.own_gpu import own_gpu
from voxplain.training.pretraining import read_encoder
from voxplain.training.search import chosen_settings
from voxplain.training.trained import write_trained

if __name__ == "__main__":
    with rule_log(snakemake), own_gpu(snakemake.params.experiment["device"]):
        keep_freed_memory()
        given, left, asked = snakemake.input, snakemake.output, snakemake.params
        checkpoint = Path(left.weights).with_suffix(".checkpoint")
        trained = train_split(
            given.store,
            given.folds,
            snakemake.wildcards.split,
            int(snakemake.wildcards.seed),
            name=snakemake.wildcards.experiment,
            experiment=asked.experiment,
            classes=asked.classes,
            scans=given.get("scans"),
            start=read_encoder(given.get("start")),
            chosen=chosen_settings(given.get("choice"), asked.experiment["search"]),
            code=asked.code,
            history=left.history,
            checkpoint=checkpoint,
            kept=Path(left.weights).with_suffix(".epochs"),
        )
        write_trained(left.weights, left.card, trained.weights, trained.card, trained.fitted)
        trained.rows.to_csv(left.history, sep="\t", index=False)
        checkpoint.unlink(missing_ok=True)

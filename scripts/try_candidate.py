"""Train with one combination of the settings that are searched, and say how well it did on the validation scans."""

from pathlib import Path

from voxplain.runtime import rule_log
from voxplain.training.devices import keep_freed_memory
from voxplain.training.one_split import train_split
from voxplain.training.own_gpu import own_gpu
from voxplain.training.pretraining import read_encoder
from voxplain.training.search import tried_row

if __name__ == "__main__":
    with rule_log(snakemake), own_gpu(snakemake.params.experiment["device"]):
        keep_freed_memory()
        given, asked, names = snakemake.input, snakemake.params, snakemake.wildcards
        checkpoint = Path(snakemake.output.row).with_suffix(".checkpoint")
        one = train_split(
            given.store,
            given.folds,
            names.split,
            int(names.seed),
            name=names.experiment,
            experiment=asked.experiment,
            classes=asked.classes,
            scans=given.get("scans"),
            start=read_encoder(given.get("start")),
            chosen=asked.candidate,
            code=asked.code,
            checkpoint=checkpoint,
        )
        row = tried_row(int(names.candidate), asked.candidate, one.rows)
        row.to_csv(snakemake.output.row, sep="\t", index=False)
        checkpoint.unlink(missing_ok=True)

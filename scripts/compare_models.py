"""Set the network and every baseline of an experiment side by side, with paired differences, in one table."""

from voxplain.baselines.comparison import model_table
from voxplain.baselines.written import read_baseline, read_predictions
from voxplain.runtime import rule_log, written_whole


def compare_models(predictions, tables, cards, *, bootstrap, seed):
    """The table of all models: the network's predictions, and the tables and cards of baselines, in their order."""
    baselines = [read_baseline(table, card) for table, card in zip(tables, cards, strict=True)]
    return model_table(read_predictions(predictions), baselines, bootstrap, seed)


if __name__ == "__main__":
    with rule_log(snakemake):
        models = compare_models(
            snakemake.input.predictions,
            snakemake.input.tables,
            snakemake.input.cards,
            bootstrap=snakemake.params.baselines["bootstrap"],
            seed=snakemake.params.baselines["seed"],
        )
        with written_whole(snakemake.output.models) as path:
            models.to_csv(path, sep="\t", index=False)

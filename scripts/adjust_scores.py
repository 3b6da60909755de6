"""Score every model once more where a confound cannot help: on matched subjects, and with residuals."""

import pandas as pd

from voxplain.baselines.adjusted import adjusted_table
from voxplain.baselines.written import read_baseline, read_predictions
from voxplain.runtime import rule_log, written_whole


def adjust_scores(predictions, tables, cards, scans, *, matched, bootstrap, seed):
    """The table of `adjusted_table`: the network's predictions and those of baselines, whose cards say of residuals."""
    baselines = [read_baseline(table, card) for table, card in zip(tables, cards, strict=True)]
    models = {"network": ("network", read_predictions(predictions))}
    models |= {one.name: (one.kind, one.predictions) for one in baselines}
    residual = [one.name for one in baselines if one.settings.get("residualise")]
    scans = pd.read_csv(scans, sep="\t", dtype={"scan": str})
    return adjusted_table(models, scans, matched, bootstrap=bootstrap, seed=seed, residual=residual)


if __name__ == "__main__":
    with rule_log(snakemake), written_whole(snakemake.output.table) as path:
        given, asked = snakemake.input, snakemake.params.baselines
        found = adjust_scores(given.predictions, given.tables, given.cards, given.scans, **asked)
        found.to_csv(path, sep="\t", index=False)

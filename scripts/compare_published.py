"""Put published figures beside the study's own, with the difference and whether the two can be compared."""

from voxplain.baselines.published import published_table
from voxplain.runtime import rule_log, written_whole


def compare_published(figures, places, tables):
    """The table of the published ``figures``; ``places`` say where the study's own stand in ``tables``, by name."""
    return published_table(figures, places, tables)


if __name__ == "__main__":
    with rule_log(snakemake):
        names = snakemake.params.tables
        table = compare_published(
            snakemake.params.figures,
            snakemake.params.places,
            dict(zip(names, snakemake.input.tables, strict=True)),
        )
        with written_whole(snakemake.output.table) as path:
            table.to_csv(path, sep="\t", index=False)

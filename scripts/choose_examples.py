"""Choose typical and atypical subjects of every split, and the training scans that each held-out scan is most like."""

import pandas as pd

from voxplain.insight import examples
from voxplain.insight.feature_files import read_features
from voxplain.insight.neighbours import COLUMNS, nearest_training
from voxplain.runtime import progress, rule_log, written_whole


def choose_examples(features, *, count, neighbours, gamma=None):
    """Three tables over the files ``features`` of all splits and seeds, see docs/insight/examples.md.

    The examples; how well prototypes tell the class of held-out scans; the ``neighbours`` nearest of each of these.
    """
    chosen, told, near = [], [], []
    for path in progress(features, label="choose examples"):
        found = read_features(path)
        of = {"split": found.about["split"], "seed": found.about["seed"]}
        chosen.append(examples.choose_examples(found, count, gamma))
        told.append(examples.told_by_prototypes(found, chosen[-1]).assign(**of))
        near.append(nearest_training(found, neighbours).assign(**of))
    tables = (
        (chosen, examples.COLUMNS),
        (told, ["split", "seed", *examples.TOLD]),
        (near, ["split", "seed", *COLUMNS]),
    )
    return tuple(_together(parts, columns) for parts, columns in tables)


def _together(parts, columns):
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


if __name__ == "__main__":
    with rule_log(snakemake):
        left, asked = snakemake.output, snakemake.params.asked
        tables = choose_examples(snakemake.input.features, **asked)
        for table, output in zip(tables, (left.examples, left.prototypes, left.neighbours), strict=True):
            with written_whole(output) as path:
                table.to_csv(path, sep="\t", index=False)

"""Give an experiment the models of measures and covariates that were fitted for the first one of its label."""

import shutil

from voxplain.runtime import rule_log, written_whole


def share_tabular(fitted, shared):
    """Copy each of the files ``fitted`` to the path of the same name in ``shared``."""
    for name, path in shared.items():
        with written_whole(path) as part:
            shutil.copyfile(fitted[name], part)


if __name__ == "__main__":
    with rule_log(snakemake):
        share_tabular(dict(snakemake.input.items()), dict(snakemake.output.items()))

"""Say in the words of BIDS what the folder of the study's volumes is."""

from pathlib import Path

from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.sidecars import dataset_files


def describe_volumes(folder, study):
    """Write the files that make ``folder`` a derivative dataset: its description, what BIDS is to ignore, a README."""
    for name, text in dataset_files(study).items():
        with written_whole(Path(folder) / name) as path:
            path.write_text(text)


if __name__ == "__main__":
    with rule_log(snakemake):
        describe_volumes(Path(snakemake.output.description).parent, snakemake.wildcards.study)

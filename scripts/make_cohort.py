"""Make heads with planted effects, in archives as HCP ships them, and keep the truth beside them."""

from pathlib import Path

from voxplain.demo.cohort import make_cohort
from voxplain.runtime import rule_log

if __name__ == "__main__":
    with rule_log(snakemake):
        make_cohort(Path(snakemake.output.manifest).parent, snakemake.params.made, workers=snakemake.threads)

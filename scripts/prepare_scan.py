"""Register one scan by its brain to the template and carry head and mask along; a bad scan is named, not fatal."""

from pathlib import Path

from voxplain.runtime import rule_log, write_status
from voxplain.volumes.extracted import prepare_extracted
from voxplain.volumes.prepare import TemplateFiles

if __name__ == "__main__":
    with rule_log(snakemake):
        status = prepare_extracted(
            snakemake.input.source,
            TemplateFiles(snakemake.input.image, snakemake.input.mask, snakemake.params.space),
            snakemake.params.settings,
            Path(snakemake.output.status).parent,
            snakemake.wildcards.input,
            snakemake.params.form,
            snakemake.input.get("made_mask"),
            snakemake.params.device,
        )
        write_status(snakemake.output.status, status)

"""Register each scan of a shard to the template and carry head and mask along; a bad scan is named, not fatal."""

from pathlib import Path

from voxplain.cohort.shard_jobs import digest, status_in, status_paths, work_on_shard
from voxplain.runtime import rule_log, write_status
from voxplain.volumes.extracted import prepare_extracted
from voxplain.volumes.prepare import TemplateFiles


def prepare_shard(sources, template, settings, input_name, listing, *, code, form="refuse"):
    """Leave what prepare_scan does of each scan of the list ``sources``, and at ``listing`` where their statuses lie.

    A scan is prepared again only where its extraction, the template, the settings or ``code`` changed.
    """
    extracted = {Path(path).name.split("_desc-")[0]: Path(path) for path in status_paths([sources])}
    volumes = Path(listing).parents[1]
    statuses = {scan: status_in(volumes, scan, input_name) for scan in extracted}

    def prepare(scan):
        path = statuses[scan]
        write_status(path, prepare_extracted(extracted[scan], template, settings, path.parent, input_name, form))

    common = digest(Path(template.image), Path(template.mask), settings, form, code)
    keys = {scan: digest(common, path) for scan, path in extracted.items()}
    work_on_shard(statuses, keys, prepare, listing, "prepared")


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        prepare_shard(
            given.sources,
            TemplateFiles(given.image, given.mask, asked.space),
            asked.settings,
            snakemake.wildcards.input,
            snakemake.output.statuses,
            code=asked.code,
            form=asked.form,
        )

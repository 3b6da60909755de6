"""Find the brain of one scan by SynthStrip; a scan without a mask is named, not fatal."""

from pathlib import Path

from voxplain.disk_faults import refuse_to_judge_without_room
from voxplain.runtime import own_folder, rule_log
from voxplain.training.devices import chosen_device
from voxplain.volumes.engines import synthstrip_mask
from voxplain.volumes.masks import read_sources, write_mask


def mask_by_synthstrip(source, status, weights, *, threads, device, timeout, form):
    """Write the mask and the status of the scan that the file ``source`` describes; the status."""
    (scan,), volumes = read_sources([source])
    mask = None
    if volumes:
        with own_folder(Path(status).parent, Path(status).stem) as work:
            mask = synthstrip_mask(
                volumes[scan["scan"]],
                weights,
                work,
                threads=threads,
                device=str(device),
                timeout=timeout,
                form=form,
            )
            if isinstance(mask, str):
                refuse_to_judge_without_room(work)
    return write_mask(status, scan, mask)


if __name__ == "__main__":
    with rule_log(snakemake):
        mask_by_synthstrip(
            snakemake.input.source,
            snakemake.output.status,
            snakemake.params.weights,
            threads=snakemake.threads,
            device=chosen_device(snakemake.params.device),
            timeout=snakemake.params.timeout,
            form=snakemake.params.form,
        )

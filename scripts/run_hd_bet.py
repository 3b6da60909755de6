"""Find the brains of all scans of a study in one run of HD-BET; a scan without a mask is named, not fatal."""

from pathlib import Path

from voxplain.disk_faults import refuse_to_judge_without_room
from voxplain.runtime import own_folder, rule_log
from voxplain.training.devices import chosen_device
from voxplain.volumes.engines import hd_bet_masks
from voxplain.volumes.masks import read_sources, write_mask


def masks_by_hd_bet(sources, statuses, weights, *, threads, device, timeout, form):
    """Write the mask and the status of every scan that the files ``sources`` describe; ``statuses`` in their order."""
    scans, volumes = read_sources(sources)
    with own_folder(Path(statuses[0]).parent, Path(statuses[0]).stem) as work:
        masks = hd_bet_masks(volumes, weights, work, threads=threads, device=str(device), timeout=timeout, form=form)
        if any(isinstance(mask, str) for mask in masks.values()):
            refuse_to_judge_without_room(work)
    for scan, status in zip(scans, statuses, strict=True):
        write_mask(status, scan, masks.get(scan["scan"]))


if __name__ == "__main__":
    with rule_log(snakemake):
        masks_by_hd_bet(
            snakemake.input.sources,
            snakemake.output.statuses,
            snakemake.params.weights,
            threads=snakemake.threads,
            device=chosen_device(snakemake.params.device),
            timeout=snakemake.params.timeout,
            form=snakemake.params.form,
        )

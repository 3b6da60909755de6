"""The made cohort on disk: archives, behavioural table, truth and manifest."""

import json
import multiprocessing
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from voxplain.demo.anatomy import template_head
from voxplain.demo.archive import archive_bytes, nifti_bytes
from voxplain.demo.effects import EFFECTS
from voxplain.demo.names import archive_names, scan_ids
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture, individual_warp, log_jacobian, region_warp
from voxplain.demo.table import labels, write_table
from voxplain.demo.warps import jacobian_determinant
from voxplain.errors import SettingsError

__all__ = ["archive_names", "make_cohort", "scan_ids"]


def make_cohort(folder, made, workers=1):
    """Write the cohort that ``made`` describes into ``folder``, in place of any that was there.

    ``archives/`` holds one zip a subject, ``behavioural.csv`` the table, ``truth/`` for each effect in
    ``made["twins"]`` the absolute difference of the restored volume to that of the same person without the effect
    (``sub-<id>_effect-<name>.nii.gz``), and ``manifest.json``, written last, the settings and everybody's parameters.

    Raises SettingsError where ``twins`` names no effect or ``subjects`` is below 2.
    """
    _check(made)
    folder = Path(folder)
    for name in ("archives", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for stale in (folder / name).iterdir():
            stale.unlink()
    (folder / "manifest.json").unlink(missing_ok=True)
    template_head(made["spacing"])  # built before the fork, so that the workers share it
    people = zip(scan_ids(made), draw_people(made), strict=True)
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        measured = pool.starmap(partial(_make_subject, folder, made), people, chunksize=1)
    write_table(folder / "behavioural.csv", made)
    subjects = [{**row, "label": int(label)} for row, label in zip(measured, labels(made), strict=True)]
    versions = {package: version(package) for package in ("numpy", "scipy", "nibabel", "nilearn")}
    manifest = {"settings": made, "versions": versions, "subjects": subjects}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _check(made):
    if made["subjects"] < 2:
        raise SettingsError(
            f"cohort.made.subjects: {made['subjects']} found; at least 2, one of each class, are needed"
        )
    for effect in made["twins"]:
        if effect not in EFFECTS:
            raise SettingsError(f'cohort.made.twins: "{effect}" is no effect; choose from {", ".join(EFFECTS)}')


def _make_subject(folder, made, source_id, person):
    """Write one subject's archive and truth; its parameters and measures."""
    affine = template_head(made["spacing"]).grid.affine
    picture = draw_picture(made, person)
    archive = folder / "archives" / archive_names(made)[f"sub-{source_id}"]
    archive.write_bytes(archive_bytes(source_id, picture, affine))
    truth = folder / "truth"
    warps = individual_warp(made["seed"], person.number, made["warp"]), region_warp(person.effects["region"])
    smallest = min(float(jacobian_determinant(warp).min()) for warp in warps)
    if "region" in made["twins"]:
        path = truth / f"sub-{source_id}_jacobian-region.nii.gz"
        path.write_bytes(nifti_bytes(log_jacobian(made, person), affine))
    for effect in made["twins"]:
        difference = np.abs(picture.restored - draw_picture(made, person.without(effect)).restored)
        (truth / f"sub-{source_id}_effect-{effect}.nii.gz").write_bytes(nifti_bytes(difference, affine))
    return {
        "scan": f"sub-{source_id}",
        **asdict(person),
        "brain_ml": float(picture.mask.sum() * made["spacing"] ** 3 / 1000),
        "smallest_jacobian": smallest,
    }

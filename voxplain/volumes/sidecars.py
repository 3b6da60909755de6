"""What BIDS asks to be said about a study's volumes: the derivative dataset they form, and a sidecar for each of them.

Nothing but text and names: a run is planned, and archives are read, without the tools that read volumes.
"""

import json
from pathlib import Path

from voxplain import __version__
from voxplain.runtime import written_whole
from voxplain.volumes.space import OWN, space_of_input

BIDS_VERSION = "1.11.1"
# Results of single jobs, ANTs' transforms and maps of their size, for which BIDS has no names
IGNORED = "*_status.json", "*_xfm.mat", "*_warp.nii.gz", "*_logjacobian*.nii.gz", ".*.part/"
TEMPLATE = "template"  # name of the link to the folder of the study's template
INTENSITIES = {
    "brain_mean": "divided by their mean inside the brain",
    "max": "divided by their maximum",
    "none": "as they were",
}
OWN_WARPS = "fast", "accurate"
MASKS = {
    "archive": "the archive's own",
    "ants": "found by ANTs",
    "template": "the template's",
    "none": "the template's",
    "hd-bet": "found by HD-BET",
    "synthstrip": "found by SynthStrip",
}
README = """Volumes of the study {study}, written by voxplain {version}.

desc-source: a T1w volume and its brain mask as they came out of their archive.
space-*_desc-<input>: the same in the template's space, as the entry <input> of the study's `inputs` says. The *_mask is
the brain's; whether the *_T1w still has its skull is in its sidecar, as `SkullStripped`.
*_status.json says of every scan whether it was accepted, why not, and what was measured.
"""


def dataset_files(study, sources=()):
    """Text of each file that makes the folder of a study's volumes a BIDS derivative dataset, by file name."""
    return {
        "dataset_description.json": json.dumps(dataset_description(study, sources), indent=1) + "\n",
        ".bidsignore": "".join(f"{pattern}\n" for pattern in IGNORED),
        "README": README.format(study=study, version=__version__),
    }


def dataset_description(study, sources=()):
    """The dataset_description.json of a study's volumes; ``sources`` are the URLs of the datasets they come from."""
    described = {
        "Name": f"Volumes of the study {study}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "voxplain", "Version": __version__}],
        "DatasetLinks": {TEMPLATE: "../template"},
    }
    return described | ({"SourceDatasets": [{"URL": url} for url in sources]} if sources else {})


def source_sidecar(kind, stripped=False):
    """The sidecar of an extracted volume of the ``kind`` T1w or mask; ``stripped``: whether its archive's has no skull.

    It belongs beside ``{scan}_desc-source_{kind}.nii.gz``, with the suffix ``.json``.
    """
    if kind == "mask":
        return {"Description": "Brain mask, as it came out of its archive", "Type": "Brain", "SpatialReference": "orig"}
    return {
        "Description": "T1-weighted volume, as it came out of its archive",
        "SkullStripped": bool(stripped),
        "SpatialReference": "orig",
    }


def write_source_sidecars(folder, scan, files, sources):
    """Write a sidecar beside each source file of ``scan`` that lies in ``folder``, and remove those of earlier runs.

    ``files`` and ``sources`` are those of the status of its extraction.
    """
    for kind in ("T1w", "mask"):
        path = Path(folder) / f"{scan}_desc-source_{kind}.json"
        if "/" in files.get(kind, "/"):
            path.unlink(missing_ok=True)
            continue
        sidecar = source_sidecar(kind, stripped_by_name(sources[kind]["member"]))
        with written_whole(path) as part:
            part.write_text(json.dumps(sidecar, indent=1) + "\n")


def stripped_by_name(member):
    """Whether the name of a volume says that its skull is gone, as that of HCP's ``T1w_acpc_dc_restore_brain``."""
    stem = member.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0].lower()
    return "_desc-brain_" in stem or stem.endswith(("_brain", "_bet", "_stripped", "_skullstripped"))


def prepared_sidecars(scan, settings, sources, template_image, spacing, stripped):
    """The sidecars of a prepared volume and of its mask, by kind: volume and mask.

    ``settings`` is the entry of ``inputs``, ``sources`` the file names of the volume and, where it was given, the mask,
    as far as they lie beside the results, ``spacing`` the volume's in mm, ``stripped`` whether the skull
    is gone.
    """
    named = {"Sources": [f"bids::{scan.replace('_', '/')}/anat/{name}" for name in sources]} if sources else {}
    size = f"{' x '.join(f'{size:g}' for size in spacing)} mm"
    space, grid, how = "the template's space", "the template's grid", f"{settings['transform']}, by ANTs"
    if settings["transform"] in OWN_WARPS:
        how = f"{settings['transform']}: affine by ANTs, warp by voxplain {__version__}"
    if settings.get("engine") == "fireants":
        how = "affine by ANTs, warp by FireANTs"
    if settings["strip"] in ("template", "none"):
        how = f"{settings['transform']} of the whole head, by ANTs"
    if settings["transform"] == "none":
        how = "resampled without registration"
    if recipe := settings.get("recipe"):
        grid = f"the grid of the recipe {recipe}"
    own = space_of_input(settings, TEMPLATE) == OWN
    if own:
        space, how = "the scan's own space", f"as the recipe {recipe} makes it"
    placed = named | {
        "SpatialReference": "orig" if own else f"bids:{TEMPLATE}:{template_image}",
        "Resolution": f"{grid}, {size}",
    }
    volume = f"Head in {space} ({how}), intensities {INTENSITIES[settings['intensity']]}"
    made = MASKS[settings["strip"]]
    mask = f"Brain mask ({made}) in {space}"
    return {
        "volume": {"Description": volume, **placed, "SkullStripped": bool(stripped)},
        "mask": {"Description": mask, **placed, "Type": "Brain"},
    }

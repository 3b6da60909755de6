"""The wanted files of one scan, taken out of its archive; a bad archive ends as a status with the reason."""

from pathlib import Path

from voxplain.cohort.files.extraction import find_file, verify
from voxplain.errors import InputError
from voxplain.volumes.sidecars import write_source_sidecars

SUFFIXES = {"T1w": "desc-source_T1w", "mask": "desc-source_mask"}


def extract_scan(places, scan, folder, *, mask=False, verify_md5=True):
    """Bring the files of ``scan`` to ``folder``; the status that says whether and from where.

    ``places`` holds for T1w, mask and each segmentation the pairs of a container and a name where it may be. Files of
    an archive become ``{scan}_desc-source_{T1w,mask}.nii.gz`` and ``{scan}_seg-<name>_desc-source_dseg.nii.gz``; those
    that lie in a folder stay there. With ``mask`` a scan without one is refused. Nothing of a refused scan stays in
    the folder, also not from an earlier run.
    """
    folder, files, sources = Path(folder), {}, {}
    folder.mkdir(parents=True, exist_ok=True)
    status = {"scan": scan, "input": "source", "accepted": False, "stage": "archive", "reason": None, "measures": {}}
    wanted = dict(places) | ({"mask": ()} if mask and "mask" not in places else {})
    try:
        if verify_md5:
            verify([candidate for candidates in wanted.values() for candidate in candidates])
        status["stage"] = "extract"
        for kind, candidates in wanted.items():
            found = find_file(kind, candidates)
            stem = folder / f"{scan}_{SUFFIXES.get(kind, f'seg-{kind}_desc-source_dseg')}"
            path, sources[kind] = found.bring(stem)
            files[kind] = path.name if path.parent == folder else str(path)
        status |= {"accepted": True, "stage": None}
    except InputError as fault:
        status["reason"], files, sources = str(fault), {}, {}
    for path in folder.glob(f"{scan}_*desc-source_*.nii*"):
        if path.name not in files.values():
            path.unlink()
    write_source_sidecars(folder, scan, files, sources)
    archive = str(wanted["T1w"][0][0]) if wanted.get("T1w") else ""
    return status | {"files": files, "archive": archive, "sources": sources}

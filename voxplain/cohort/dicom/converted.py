"""One NIfTI volume of the DICOM series of one scan; a bad series ends as a status with the reason."""

import hashlib
from pathlib import Path

from voxplain.cohort.dicom.conversion import convert_series, series_files
from voxplain.cohort.wording import shown
from voxplain.disk_faults import refuse_to_judge_without_room
from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.volumes.sidecars import write_source_sidecars


def convert_scan(container, prefix, scan, folder, timeout=600):
    """Write ``{scan}_desc-source_T1w.nii.gz`` into ``folder``; the status that says whether and from where.

    ``prefix`` is the folder of the series inside ``container``, a zip or a folder; ``""`` is all of it. dcm2niix may
    take ``timeout`` seconds. Nothing of a refused scan stays in the folder, also not from an earlier run.
    Raises OSError for a bad series while the disk is all but full, see `refuse_to_judge_without_room`.
    """
    target = Path(folder) / f"{scan}_desc-source_T1w.nii.gz"
    status = {"scan": scan, "input": "source", "accepted": False, "stage": "convert", "reason": None, "measures": {}}
    files, sources = {}, {}
    try:
        with written_whole(target) as part:
            grid, others = _converted(container, prefix, part, timeout)
            sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
        files["T1w"] = target.name
        sources["T1w"] = {
            "member": prefix,
            "slices": len(grid.slices),
            "series": grid.slices[0].series_hash,
            "sha256": sha256,
            "notes": [left_aside(len(others))] if others else [],
        }
        status |= {"accepted": True, "stage": None}
    except InputError as fault:
        status["reason"] = str(fault)
        target.unlink(missing_ok=True)
    write_source_sidecars(folder, scan, files, sources)
    return status | {"files": files, "archive": str(container), "sources": sources}


def _converted(container, prefix, part, timeout):
    try:
        dicom = series_files(container, prefix, part.parent / "dicom")
        return convert_series(dicom, part, shown(prefix or Path(container).name), timeout)
    except InputError:
        # while its files still take the room that it may have lacked
        refuse_to_judge_without_room(part.parent)
        raise


def left_aside(count):
    """The note on files beside the series."""
    return f"{count} file{'s' * (count > 1)} that {'are' if count > 1 else 'is'} no DICOM image left aside"

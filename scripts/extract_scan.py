"""Take the wanted files of one scan out of its archive; a bad archive ends as a status with the reason."""

import json
import logging
from pathlib import Path

from voxplain.cohort.archives import Archive
from voxplain.errors import InputError
from voxplain.runtime import rule_log, written_whole

FILES = {"volume": "T1w", "mask": "mask"}


def extract_scan(archives, scan, source_id, members, folder):
    """Write ``{scan}_desc-source_{T1w,mask}.nii.gz`` into ``folder``; the status that says whether and from where.

    ``members`` names the wanted files below ``<source_id>/`` in the archive; the mask may be None. Nothing of a refused
    scan stays in the folder, also not from an earlier run.
    """
    folder, files, sources = Path(folder), {}, {}
    targets = {key: folder / f"{scan}_desc-source_{kind}.nii.gz" for key, kind in FILES.items()}
    status = {"scan": scan, "input": "source", "accepted": False, "stage": "archive", "reason": None, "measures": {}}
    try:
        if len(archives) > 1:
            names = ", ".join(Path(archive).name for archive in archives)
            raise InputError(f"{len(archives)} archives for {source_id} ({names}); keep one of them in the folder")
        with Archive(archives[0]) as archive:
            status["stage"] = "extract"
            for key in [key for key in FILES if members[key]]:
                member, sha256 = archive.extract(f"{source_id}/{members[key]}", targets[key])
                files[FILES[key]] = targets[key].name
                sources[FILES[key]] = {
                    "member": member.name,
                    "inside": member.inside,
                    "bytes": member.size,
                    "sha256": sha256,
                }
        status |= {"accepted": True, "stage": None}
    except InputError as fault:
        status["reason"], files, sources = str(fault), {}, {}
    for key, target in targets.items():
        if FILES[key] not in files:
            target.unlink(missing_ok=True)
    return status | {"files": files, "archive": str(archives[0]), "sources": sources}


if __name__ == "__main__":
    with rule_log(snakemake):
        status = extract_scan(
            list(snakemake.input.archives),
            snakemake.params.scan["scan"],
            snakemake.params.scan["source_id"],
            snakemake.params.members,
            Path(snakemake.output.status).parent,
        )
        if not status["accepted"]:
            logging.getLogger("voxplain").warning("%s left out: %s", status["scan"], status["reason"])
        with written_whole(snakemake.output.status) as path:
            path.write_text(json.dumps(status, indent=1))

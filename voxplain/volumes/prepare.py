"""One scan from its archive's volume to the template's space; a bad one ends as a status with the reason.

The work is done in a process of its own, because ANTs hangs on some volumes and cannot be interrupted from Python.
This module imports nothing heavy, so that the second process costs no second import of ANTs.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from voxplain.disk_faults import refuse_to_judge_without_room
from voxplain.errors import SettingsError, VoxplainError
from voxplain.runtime import own_folder, remove_left
from voxplain.volumes.space import space_of_input

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ["-P", "-m", "voxplain.volumes.prepare"]
NOT_JUDGED = 3  # exit status of the second process where the scan is not at fault, after a line that says what is


@dataclass(frozen=True)
class TemplateFiles:
    """The template as prepared for a study: paths of its ``image`` and ``mask``, and its ``space``."""

    image: Path
    mask: Path
    space: str


def prepare_scan(volume_path, mask_path, template, settings, folder, scan, input_name, *, form="refuse", device="cpu"):
    """The status of ``scan`` prepared as ``settings``, an entry of ``inputs``, say; its files are in ``folder``.

    Writes ``{scan}_space-{space}_desc-{input_name}_{T1w,mask}.nii.gz``, their sidecars and the transforms, and where
    ``settings`` ask for channels of shape ``..._logjacobian.nii.gz``; ``space`` is ``own`` after a recipe that does not
    register. ``template`` is a `TemplateFiles`; ``mask_path`` is needed for ``strip: archive``, hd-bet and synthstrip;
    ``form`` (refuse, sform or qform) as in `read_volume`; ``device`` (cpu, gpu, auto) counts for FireANTs. A bad
    scan, or one that takes longer than ``settings["timeout"]`` seconds, never raises: its status says why, and no file
    of this input is left.
    Raises SettingsError where the setting asks for a mask that no setting names, or for FireANTs where there is none,
    and OSError for a bad scan while the disk is all but full, see `refuse_to_judge_without_room`.
    """
    if settings["strip"] == "archive" and not mask_path:
        raise SettingsError("cohort.members.mask: none named, but strip is archive; name it or set strip to ants")
    if settings.get("engine") == "fireants" and not find_spec("fireants"):
        raise SettingsError("engine is fireants, which is not installed here; run with --sdm conda, or set it to ants")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _remove_earlier(folder, scan, input_name)
    with own_folder(folder, f"{scan}_desc-{input_name}") as work:
        job = {
            "volume": str(volume_path),
            "mask": mask_path and str(mask_path),
            "template": {"image": str(template.image), "mask": str(template.mask), "space": template.space},
            "settings": dict(settings),
            "form": form,
            "device": device,
            "scan": scan,
            "sources": [Path(path).name for path in _used(volume_path, mask_path, settings) if _lies_in(path, folder)],
            "names": _names(scan, input_name, template.space, space_of_input(settings, template.space)),
            "work": str(work),
        }
        found = _in_a_process(job, settings["timeout"])
        if not found["accepted"]:
            # while its files still take the room that it may have lacked
            refuse_to_judge_without_room(folder)
        for name in _flat(found["files"].values()):
            os.replace(work / name, folder / name)
    stage = None if found["accepted"] else "prepare"
    return {"scan": scan, "input": input_name, "accepted": found["accepted"], "stage": stage, **found}


def refuse_scan(folder, scan, input_name, stage, reason):
    """The status of a ``scan`` that an earlier ``stage`` refused; what an earlier run left of it is removed."""
    _remove_earlier(Path(folder), scan, input_name)
    remove_left(folder, f".{scan}_desc-{input_name}.*.part")
    return {"scan": scan, "input": input_name, "accepted": False, "stage": stage, **_refused(reason)}


def _remove_earlier(folder, scan, input_name):
    for pattern in (f"{scan}_desc-{input_name}_from-*", f"{scan}_space-*_desc-{input_name}_*"):
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)
    remove_left(folder, f".{scan}_desc-{input_name}_*.part")


def _names(scan, input_name, template, space):
    prepared, transform = f"{scan}_space-{space}_desc-{input_name}", f"{scan}_desc-{input_name}"
    return {
        "space": space,
        "log_jacobian": f"{prepared}_logjacobian.nii.gz",
        "log_jacobian_nonlinear": f"{prepared}_logjacobiannonlinear.nii.gz",
        "volume": f"{prepared}_T1w.nii.gz",
        "mask": f"{prepared}_mask.nii.gz",
        "linear": f"{transform}_from-T1w_to-{template}_xfm.mat",
        "warp": f"{transform}_from-T1w_to-{template}_warp.nii.gz",
        "unwarp": f"{transform}_from-{template}_to-T1w_warp.nii.gz",
        "sidecars": {"volume": f"{prepared}_T1w.json", "mask": f"{prepared}_mask.json"},
    }


def _used(volume_path, mask_path, settings):
    return [volume_path, mask_path] if settings["strip"] == "archive" else [volume_path]


def _lies_in(path, folder):
    return Path(path).resolve().parent == folder.resolve()


def _flat(names):
    return sorted({name for entry in names for name in ([entry] if isinstance(entry, str) else entry)})


def _in_a_process(job, timeout):
    """What `prepared_or_refused` found, or why it did not end.

    Raises VoxplainError where the scan could not be read for now, and RuntimeError where it is not at fault otherwise.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    try:
        ended = subprocess.run(
            [sys.executable, *COMMAND],
            input=json.dumps(job),
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return _refused(f"registration took longer than {timeout:g} s")
    if ended.returncode in (-signal.SIGABRT, -signal.SIGSEGV):
        return _refused(f"ANTs crashed ({signal.Signals(-ended.returncode).name}); look at the volume and its mask")
    if ended.returncode == NOT_JUDGED:
        raise VoxplainError(ended.stderr.strip().splitlines()[-1])
    if ended.returncode:
        raise RuntimeError(f"preparing ended with {ended.returncode}: {ended.stderr.strip()[-2000:]}")
    return json.loads((Path(job["work"]) / "found.json").read_text())


def _refused(reason):
    return {"accepted": False, "reason": reason, "measures": {}, "notes": [], "files": {}}


if __name__ == "__main__":
    from voxplain.volumes.one_scan import prepared_or_refused

    given = json.load(sys.stdin)
    try:
        found = prepared_or_refused(given)
    except VoxplainError as fault:
        sys.stderr.write(f"{fault}\n")
        sys.exit(NOT_JUDGED)
    (Path(given["work"]) / "found.json").write_text(json.dumps(found))

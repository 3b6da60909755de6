"""A scan as its extraction left it, prepared; one that was refused there is refused here for the same reason."""

import json
from pathlib import Path

from voxplain.volumes.masks import read_mask, still_there
from voxplain.volumes.prepare import prepare_scan, refuse_scan

# kinds of stripping by a mask that lies in a file
FROM_FILE = "archive", "hd-bet", "synthstrip"


def prepare_extracted(source, template, settings, folder, input_name, form="refuse", made_mask=None, device="cpu"):
    """The status of the scan whose extraction is described by the file ``source``, prepared into ``folder``.

    ``form`` says which of sform and qform to believe where they disagree; see read_volume. ``made_mask`` is the status
    of a mask that HD-BET or SynthStrip made, ``device`` where FireANTs works.
    Raises InputError for a file that was there and is gone, as all are on a node that lost a disk.
    """
    found = json.loads(Path(source).read_text())
    scan, files = found["scan"], found["files"]
    if not found["accepted"]:
        return refuse_scan(folder, scan, input_name, found["stage"], found["reason"])
    volume, mask = (Path(folder) / files[kind] if kind in files else None for kind in ("T1w", "mask"))
    if made_mask:
        made, mask = read_mask(made_mask)
        if not made["accepted"]:
            return refuse_scan(folder, scan, input_name, made["stage"], made["reason"])
    still_there(volume, source)
    if settings["strip"] in FROM_FILE and mask:
        still_there(mask, made_mask or source)
    return prepare_scan(volume, mask, template, settings, folder, scan, input_name, form=form, device=device)

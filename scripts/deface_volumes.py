"""Write an input's volumes once more without faces, with the mask that says what of them is brain, to be given away."""

import json
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from voxplain.cohort.shard_jobs import status_paths
from voxplain.errors import InputError
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.volumes.defacing import without_face
from voxplain.volumes.sidecars import dataset_files
from voxplain.volumes.volume import Volume, save_volume


def deface_volumes(statuses, folder, study, distance=10.0):
    """A row for each scan accepted in ``statuses``: scan, file, face_ml, and why there is no file where there is none.

    The volumes lie below ``folder`` as a BIDS derivative dataset, which is emptied first.
    """
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in dataset_files(study).items():
        with written_whole(folder / name) as path:
            path.write_text(text)
    accepted = [(Path(path).parent, status) for path in statuses if (status := _read(path))["accepted"]]
    rows = [_defaced(*one, folder, distance) for one in progress(accepted, label="without faces")]
    return pd.DataFrame(rows, columns=["scan", "file", "face_ml", "reason"])


def _defaced(source, status, folder, distance):
    scan, name = status["scan"], status["files"]["volume"]
    volume, mask = (_volume(source / status["files"][kind]) for kind in ("volume", "mask"))
    try:
        data, face = without_face(volume, mask, distance)
    except InputError as error:
        return scan, "", 0.0, str(error)
    target = folder / scan.replace("_", "/") / "anat" / name.replace("_T1w.nii.gz", "Defaced_T1w.nii.gz")
    save_volume(target, Volume(data, volume.affine))
    told = _read(source / name.replace(".nii.gz", ".json"))
    told["Description"] += f"; without the face, which is 0: quickshear, {distance:g} mm before the brain"
    with written_whole(str(target).replace(".nii.gz", ".json")) as path:
        path.write_text(json.dumps(told, indent=1) + "\n")
    return scan, str(target.relative_to(folder)), round(float(face.sum()) * volume.voxel_ml, 1), ""


def _volume(path):
    image = nibabel.load(path)
    return Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine)


def _read(path):
    return json.loads(Path(path).read_text())


if __name__ == "__main__":
    with rule_log(snakemake):
        done = Path(snakemake.output.table)
        table = deface_volumes(status_paths(snakemake.input.statuses), done.parent, snakemake.wildcards.study)
        with written_whole(done) as path:
            table.to_csv(path, sep="\t", index=False)

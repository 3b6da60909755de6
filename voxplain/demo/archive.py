"""One subject's archive as HCP ships its structural package, the same bytes whenever it is written."""

import gzip
import hashlib
import io
import zipfile

import nibabel as nib
import numpy as np

from voxplain.demo.names import is_nested, package_name

DATE = (2014, 6, 1, 0, 0, 0)
# FreeSurfer's labels of the left side for no tissue, CSF, grey and white matter; the right's are 39 higher.
RIBBON, RIGHT = np.array([0, 0, 3, 2], np.uint8), 39
NOTES = """Synthetic demonstration subject, grown from the MNI152 template. Not data of the Human Connectome Project.

T1w_acpc_dc                 as scanned: bias field and noise
T1w_acpc_dc_restore         bias field removed
T1w_acpc_dc_restore_brain   the same inside brainmask_fs
ribbon                      2, 3 left white and grey matter; 41, 42 right
"""


def nifti_bytes(data, affine):
    """Compressed NIfTI-1 of a RAS volume, stored as HCP does with its first axis from right to left."""
    affine = affine.copy()
    affine[0, 3] += affine[0, 0] * (data.shape[0] - 1)
    affine[0, 0] *= -1
    image = nib.Nifti1Image(np.ascontiguousarray(data[::-1]), affine)
    image.set_qform(affine, code=1)
    image.set_sform(affine, code=1)
    image.header.set_xyzt_units("mm", "sec")
    return gzip.compress(image.to_bytes(), compresslevel=1, mtime=0)


def _zipped(members):
    """A stored zip of ``members``, name to bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def package_bytes(source_id, picture, affine):
    """The zip of one subject's structural package."""
    ribbon = RIBBON[picture.tissue]
    ribbon[(ribbon > 0) & picture.right] += RIGHT
    folder = f"{source_id}/T1w/"
    return _zipped(
        {
            folder + "T1w_acpc_dc.nii.gz": nifti_bytes(picture.scanned, affine),
            folder + "T1w_acpc_dc_restore.nii.gz": nifti_bytes(picture.restored, affine),
            folder + "T1w_acpc_dc_restore_brain.nii.gz": nifti_bytes(picture.restored * picture.mask, affine),
            folder + "brainmask_fs.nii.gz": nifti_bytes(picture.mask.astype(np.float32), affine),
            folder + "ribbon.nii.gz": nifti_bytes(ribbon, affine),
            f"{source_id}/release-notes/Structural_preproc.txt": NOTES.encode(),
        }
    )


def archive_bytes(source_id, picture, affine):
    """The zip of one subject; of some, that zip within another beside its checksum."""
    package = package_bytes(source_id, picture, affine)
    if not is_nested(source_id):
        return package
    name = package_name(source_id)
    told = hashlib.md5(package, usedforsecurity=False).hexdigest()
    return _zipped({name: package, name + ".md5": f"{told}  {name}\n".encode()})

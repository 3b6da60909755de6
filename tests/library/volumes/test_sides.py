"""A bright cube on the right side of a head is followed from archives of every storage order to the template."""

from zipfile import ZipFile

import nibabel
import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tests.library.volumes.made_head import made_head
from voxplain.cohort.files.containers import opened
from voxplain.volumes.prepare import TemplateFiles, prepare_scan
from voxplain.volumes.volume import save_volume

CUBE = np.array([79.0, -30.0, 22.0])  # mm, in the scalp above the right ear
RIGID = {"transform": "rigid", "strip": "archive", "bias": False, "intensity": "none", "timeout": 100}
STORED = ["RAS", "LAS", "LPS", "PIR", "oblique", "scaled"]
CODES = {"T1w": np.float32, "mask": np.uint8}


@pytest.fixture(scope="module")
def marked():
    """A head where the template is, in LAS, with the cube; and its brain mask."""
    head, mask = made_head(np.eye(4))
    where = np.linalg.solve(head.affine, [*CUBE, 1])[:3].round().astype(int)
    box = tuple(slice(index - 1, index + 2) for index in where)
    assert not mask.data[box].any()
    head.data[box] = 6000
    return head, mask


@pytest.fixture(scope="module")
def files(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    save_volume(folder / "T1w.nii.gz", template.image)
    save_volume(folder / "mask.nii.gz", template.mask, np.uint8)
    return TemplateFiles(folder / "T1w.nii.gz", folder / "mask.nii.gz", "mni152")


def stored(volume, how, dtype):
    """``volume`` as an image of another storage order, tilted, or as big-endian scaled integers."""
    image = nibabel.Nifti1Image(volume.data.astype(dtype), volume.affine)
    if how == "oblique":
        tilted = np.eye(4)
        tilted[:3, :3] = Rotation.from_euler("xyz", [20, -15, 10], degrees=True).as_matrix()
        affine = tilted @ volume.affine
        data = ndimage.affine_transform(volume.data, np.linalg.solve(volume.affine, affine), order=1)
        image = nibabel.Nifti1Image((data > 0.5).astype(dtype) if dtype == np.uint8 else data, affine)
    elif how == "scaled":
        # Raw values centred at -20000: read as they are stored, the brightest voxels would be the darkest
        raw = (np.round(volume.data / -0.2) if dtype == np.float32 else volume.data * -20000) + 20000
        header = nibabel.Nifti1Header(endianness=">")
        header.set_data_dtype(np.int16)
        image = nibabel.Nifti1Image(raw.astype(np.int16), volume.affine, header)
        slope = -0.2 if dtype == np.float32 else -1 / 20000
        image.header.set_slope_inter(slope, -20000 * slope)
    else:
        orders = (nibabel.io_orientation(volume.affine), nibabel.orientations.axcodes2ornt(how))
        image = image.as_reoriented(nibabel.orientations.ornt_transform(*orders))
        assert nibabel.aff2axcodes(image.affine) == tuple(how)
    image.set_sform(image.affine, 1)
    image.set_qform(image.affine, 1)
    return image


@pytest.mark.parametrize("how", STORED)
def test_what_is_right_in_the_archive_is_right_in_the_template(marked, files, tmp_path, here, how):
    with ZipFile(tmp_path / "100307.zip", "w") as archive:
        for volume, (kind, dtype) in zip(marked, CODES.items(), strict=True):
            archive.writestr(f"100307/T1w/{kind}.nii", stored(volume, how, dtype).to_bytes())
    paths = [tmp_path / f"sub-1_desc-source_{kind}.nii.gz" for kind in CODES]
    with opened(tmp_path / "100307.zip") as archive:
        for kind, path in zip(CODES, paths, strict=True):
            archive.extract(f"100307/T1w/{kind}.nii", path)
    status = prepare_scan(*paths, files, RIGID, tmp_path, "sub-1", "rigid")
    assert status["accepted"], status["reason"]
    assert status["notes"] == ["named .nii.gz but not gzip", "mask: named .nii.gz but not gzip"]
    prepared = nibabel.load(tmp_path / status["files"]["volume"])
    bright = np.argwhere(prepared.get_fdata() > 3000)
    centre = nibabel.affines.apply_affine(prepared.affine, bright).mean(axis=0)
    assert len(bright) and centre[0] > 0
    np.testing.assert_allclose(centre, CUBE, atol=4.0)

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from voxplain.errors import InputError, SettingsError
from voxplain.mine.image import read_image
from voxplain.mine.intensity import as_shown


def saved(data, name="scan.nii.gz", affine=None, dtype=np.float32):
    image = nibabel.Nifti1Image(np.asarray(data, dtype), np.eye(4) if affine is None else affine)
    nibabel.save(image, name)
    return name


def photo(values, name="photo.png", **options):
    Pillow.fromarray(values).save(name, **options)
    return name


def test_a_volume_is_read_as_it_stands_also_a_thin_one(mine):
    image = read_image("scan.nii.gz")
    np.testing.assert_array_equal(image.data[0], mine.scan)
    assert image.shape == mine.scan.shape
    assert read_image(saved(np.arange(12).reshape(4, 3, 1))).shape == (4, 3, 1)
    assert read_image(saved(np.arange(24).reshape(4, 3, 2, 1))).shape == (4, 3, 2)


def test_background_of_nan_is_zero_and_noted(mine):
    data = np.random.default_rng(3).random((6, 7, 8))
    data[0] = np.nan
    image = read_image(saved(data))
    assert not image.data[0, 0].any() and image.notes == ["NaN background set to 0 (56 voxels)"]


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: "none.nii.gz", "none.nii.gz: there is no such file; correct the path of the volume"),
        (lambda: saved(np.ones((4, 5, 6, 3))), "scan.nii.gz: 4-D with 3 volumes found; give one 3-D volume"),
        (lambda: saved(np.ones((4, 5))), "scan.nii.gz: 2-D found; give one 3-D volume"),
        (lambda: saved(np.ones((4, 5, 6))), "scan.nii.gz: every voxel is 1; fetch or convert it again"),
        (lambda: saved(np.pad([[[np.nan]]], 2, constant_values=1)), "scan.nii.gz: 1 NaN and 0 infinite voxels"),
        (lambda: saved(np.pad([[[np.inf]]], 2)), "scan.nii.gz: 0 NaN and 1 infinite voxels; mend or replace"),
        (lambda: _text("scan.nii.gz"), "scan.nii.gz: "),
        (lambda: _text("notes.txt"), "notes.txt: "),
        (lambda: _text("photo.png"), "photo.png: no picture found in it; give a PNG, JPEG, TIFF, BMP or WebP file"),
        (lambda: _cut("scan.nii.gz"), "scan.nii.gz: cannot be read in full"),
        (lambda: _cut("photo.png"), "photo.png: cannot be read in full"),
        (lambda: photo(np.full((4, 5), 7, np.uint8)), "photo.png: every pixel is the same; fetch or save it again"),
        (lambda: photo(_see_through()), "photo.png: transparent in places, where no colour is known"),
        (lambda: photo(np.full((4, 5), np.nan, np.float32), "photo.tif"), "photo.tif: 20 values are NaN or infinite"),
        (lambda: _frames("photo.tif"), "photo.tif: 2 frames found; save one of them by itself"),
        (lambda: _renamed("scan.nii.gz", "scan.png"), "scan.png: no picture found in it"),
        (lambda: _renamed("photo.png", "photo.nii"), "photo.nii: "),
    ],
)
def test_a_file_that_will_not_do_is_named_in_one_line(mine, make, line):
    with pytest.raises(InputError) as caught:
        read_image(make())
    assert line in str(caught.value) and "\n" not in str(caught.value)
    assert "; " in str(caught.value)


def _text(name):
    content = b"a letter\n" * 100
    Path(name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return name


def _cut(name):
    content = Path(name).read_bytes()
    Path(name).write_bytes(content[: len(content) // 2])
    return name


def _see_through():
    values = np.random.default_rng(1).integers(0, 255, (4, 5, 4), dtype=np.uint8)
    values[0, 0, 3] = 12
    return values


def _frames(name):
    frames = [Pillow.fromarray(np.arange(20, dtype=np.uint8).reshape(4, 5) + one) for one in range(2)]
    frames[0].save(name, save_all=True, append_images=frames[1:])
    return name


def _renamed(name, other):
    Path(other).write_bytes(Path(name).read_bytes())
    return other


def test_pictures_of_every_kind_have_values_from_0_to_1(mine):
    grey = np.random.default_rng(4).integers(0, 256, (6, 9), dtype=np.uint8)
    np.testing.assert_allclose(read_image(photo(grey)).data, grey[None] / 255, rtol=1e-6)
    deep = grey.astype(np.uint16) * 200
    np.testing.assert_allclose(read_image(photo(deep)).data, deep[None] / 65535, rtol=1e-6)
    colours = np.random.default_rng(5).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    for name in ("photo.png", "photo.bmp", "photo.tif"):
        np.testing.assert_allclose(read_image(photo(colours, name)).data, colours.transpose(2, 0, 1) / 255, rtol=1e-6)
    opaque = np.dstack([colours, np.full((6, 9), 255, np.uint8)])
    np.testing.assert_allclose(read_image(photo(opaque)).data, colours.transpose(2, 0, 1) / 255, rtol=1e-6)
    Pillow.fromarray(grey).convert("P").save("photo.png")
    assert read_image("photo.png").data.shape == (3, 6, 9)
    own = np.random.default_rng(6).normal(size=(6, 9)).astype(np.float32) * 50
    np.testing.assert_array_equal(read_image(photo(own, "photo.tiff")).data, own[None])


def test_channels_make_a_picture_grey_or_coloured(mine):
    grey = np.random.default_rng(4).integers(0, 256, (6, 9), dtype=np.uint8)
    coloured = read_image(photo(grey), channels=3).data
    assert coloured.shape == (3, 6, 9) and (coloured == coloured[0]).all()
    deep = read_image(photo(grey.astype(np.uint16) * 3), channels=3).data
    assert deep.shape == (3, 6, 9) and (deep == deep[0]).all()
    assert read_image(photo(mine.photo), channels=1).data.shape == (1, 18, 23)
    with pytest.raises(SettingsError, match="channels is 2; use 1 for grey, 3 for"):
        read_image("photo.png", channels=2)
    with pytest.raises(SettingsError, match=r"channels is 1, but scan.nii.gz is a volume and no picture; leave it out"):
        read_image("scan.nii.gz", channels=1)


def test_a_photograph_on_its_side_is_turned_upright(mine):
    values = np.zeros((16, 32), np.uint8)
    values[:, :16] = 250
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to look at it
    image = read_image(photo(values, "photo.jpg", exif=exif))
    assert image.shape == (32, 16) and image.data[0, :12].min() > 0.9 and image.notes
    assert image.data[0, 20:].max() < 0.1


def test_axes_that_are_none_or_cannot_be_told_are_refused(mine):
    for axes in ("RAX", "RL", "RLS", "ras", 7):
        with pytest.raises(SettingsError, match="give three letters"):
            read_image("scan.nii.gz").turned(mine.scan[None], axes)
    with pytest.raises(SettingsError, match="is a picture, which has none"):
        read_image("photo.png").turned(mine.scan[None], "RAS")
    nibabel.save(nibabel.Nifti1Image(mine.scan, None), "bare.nii")
    with pytest.raises(InputError, match="no form places it"):
        read_image("bare.nii").turned(mine.scan[None], "RAS")


def test_intensities_are_scaled_as_a_plain_loop_does():
    data = np.random.default_rng(7).gamma(2, 1, (2, 3, 4, 5)).astype(np.float32)
    data[:, 0] = 0
    flat = [float(one) for one in data.ravel()]
    mean = sum(flat) / len(flat)
    sd = (sum((one - mean) ** 2 for one in flat) / len(flat)) ** 0.5
    np.testing.assert_allclose(as_shown(data, "zscore", "scan"), (data - mean) / sd, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(as_shown(data, "max", "scan"), data / max(flat), rtol=1e-6)
    inside = [one for one in flat if one]
    mean = sum(inside) / len(inside)
    sd = (sum((one - mean) ** 2 for one in inside) / len(inside)) ** 0.5
    expected = np.where(data == 0, 0, (data - mean) / sd)
    np.testing.assert_allclose(as_shown(data, "zscore_nonzero", "scan"), expected, rtol=1e-4, atol=1e-6)
    own = as_shown(data, {"mean": [1, 2], "sd": [2, 4]}, "scan")
    np.testing.assert_allclose(own, np.stack([(data[0] - 1) / 2, (data[1] - 2) / 4]), rtol=1e-6)
    assert as_shown(data, "none", "scan") is data


@pytest.mark.parametrize(
    ("intensity", "line"),
    [
        ("minmax", "intensity is 'minmax'; use one of none, max, zscore, zscore_nonzero"),
        ({"mean": [1, 2, 3], "sd": 1}, "intensity.mean is [1, 2, 3]; give a number for each of 2 channels"),
        ({"mean": 1}, "intensity.sd is None; give a number for each of 2 channels"),
        ({"mean": 1, "sd": 0}, "give mean and sd, one number a channel, sd above 0"),
        ({"mean": "a", "sd": 1}, "intensity.mean is 'a'"),
    ],
)
def test_an_unknown_scaling_is_refused(intensity, line):
    with pytest.raises(SettingsError) as caught:
        as_shown(np.ones((2, 3, 3), np.float32), intensity, "scan")
    assert line in str(caught.value)

import os
import stat
import tracemalloc
import zlib

import nibabel
import numpy as np
import pytest

from tests.library.volumes.made_head import save_nifti
from tests.library.volumes.strange_volumes import AFFINE, READ, REFUSED, noise, plain
from voxplain.errors import InputError
from voxplain.volumes import headers
from voxplain.volumes.volume import read_noted, read_volume


@pytest.mark.parametrize("kind", READ)
def test_a_strange_file_is_read_by_its_content_and_noted(tmp_path, kind):
    name, content, said = READ[kind]
    (tmp_path / name).write_bytes(content())
    found, notes = read_noted(tmp_path / name)
    assert notes == said
    np.testing.assert_array_equal(found.data, noise())
    np.testing.assert_allclose(found.affine, AFFINE)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_right_is_refused_in_one_line(tmp_path, kind):
    name, content, said = REFUSED[kind]
    (tmp_path / name).write_bytes(content())
    with pytest.raises(InputError) as refusal:
        read_volume(tmp_path / name)
    assert str(refusal.value).startswith(f"{name}: ") and said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_header_that_claims_gigabytes_costs_no_memory(tmp_path):
    _, content, _ = REFUSED["huge_gzip"]
    (tmp_path / "x.nii.gz").write_bytes(content())
    tracemalloc.start()
    with pytest.raises(InputError):
        read_volume(tmp_path / "x.nii.gz")
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(tmp_path):
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(2**20)
    bomb = packer.compress(plain()) + b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    (tmp_path / "x.nii.gz").write_bytes(bomb)
    tracemalloc.start()
    assert read_noted(tmp_path / "x.nii.gz")[1] == ["more in the file than its header describes"]
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["folder.nii", "pipe.nii", "socket.nii"])
def test_only_a_file_is_opened(tmp_path, name):
    path = tmp_path / name
    if name == "folder.nii":
        path.mkdir()
    elif name == "pipe.nii":
        os.mkfifo(path)
    else:
        os.mknod(path, 0o600 | stat.S_IFSOCK)
    with pytest.raises(InputError, match=f"^{name}: not a file; give the NIfTI file itself$"):
        read_volume(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for the superuser")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    (tmp_path / "x.nii").write_bytes(plain())
    (tmp_path / "x.nii").chmod(0)
    with pytest.raises(InputError, match=r"^x\.nii: cannot be read in full \(Permission denied\)"):
        read_volume(tmp_path / "x.nii")


def test_a_name_of_two_lines_is_quoted_on_one(tmp_path):
    with pytest.raises(InputError) as refusal:
        read_volume(tmp_path / "a\nb\x1b[2J.nii")
    assert str(refusal.value).startswith("a b?[2J.nii: cannot be read in full (No such file or directory)")


def test_the_whole_range_of_scaled_integers_becomes_zero_to_one(tmp_path):
    data = np.random.default_rng(5).integers(-32768, 32768, (40, 44, 36)).astype(np.int16)
    data[0, 0, :2] = -32768, 32767
    content = plain(data, scl_slope=1 / 65535, scl_inter=32768 / 65535)
    swapped = nibabel.Nifti1Header(content[:348]).as_byteswapped().binaryblock + content[348:352]
    (tmp_path / "little.nii").write_bytes(content)
    (tmp_path / "big.nii").write_bytes(swapped + data.astype(">i2").tobytes("F"))
    little, big = (read_volume(tmp_path / name).data for name in ("little.nii", "big.nii"))
    assert little[0, 0, :2] == pytest.approx([0, 1], abs=1e-6)
    np.testing.assert_array_equal(little, big)
    np.testing.assert_array_equal(little, nibabel.load(tmp_path / "little.nii").get_fdata().astype(np.float32))


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "u4", "i4", "u8", "i8", "f8"])
def test_every_type_of_number_is_read(tmp_path, kind):
    data = noise().astype(kind)
    data[3, 3, 3] = np.iinfo(kind).max if kind != "f8" else 1e6
    (tmp_path / "x.nii").write_bytes(plain(data))
    np.testing.assert_array_equal(read_volume(tmp_path / "x.nii").data, data.astype(np.float32))


def test_the_second_version_of_nifti_is_read(tmp_path):
    image = nibabel.Nifti2Image(noise(), AFFINE)
    image.set_sform(AFFINE, 1)
    nibabel.save(image, tmp_path / "x.nii.gz")
    np.testing.assert_array_equal(read_volume(tmp_path / "x.nii.gz").data, noise())


def test_nan_around_the_head_is_background_and_nan_inside_is_not(tmp_path):
    around = noise().copy()
    around[:6] = around[:, :, -2:] = np.nan
    path = save_nifti(tmp_path / "x.nii", around, AFFINE)
    found, notes = read_noted(path)
    np.testing.assert_array_equal(found.data, np.nan_to_num(around))
    assert notes == [f"NaN background set to 0 ({np.isnan(around).sum()} voxels)"]
    around[20, 20, 20:23] = np.nan
    around[22, 22, 22] = np.inf
    with pytest.raises(InputError, match="3 NaN and 1 infinite voxels"):
        read_volume(save_nifti(path, around, AFFINE))


def test_slices_of_six_millimetres_are_read(tmp_path):
    thick = np.diag([2.0, 2, 6, 1])
    np.testing.assert_allclose(read_volume(save_nifti(tmp_path / "x.nii", noise(), thick)).spacing, [2, 2, 6])


def two_forms(path, sform, qform, codes=(1, 1)):
    image = nibabel.Nifti1Image(noise(), sform)
    image.set_sform(sform, codes[0])
    image.set_qform(qform, codes[1])
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {(0, 3): 12},
            "sform (scanner) and qform (MNI152) disagree by 12.0 mm; restore the header, or set cohort.",
        ),
        ({(0, 0): -2, (0, 3): 78}, "disagree by 78.0 mm and left and right are swapped"),
        ({(2, 2): 2.04}, "disagree by 1.4 mm"),
    ],
)
def test_two_forms_that_disagree_are_refused_unless_one_is_chosen(tmp_path, change, said):
    other = AFFINE.copy()
    for place, value in change.items():
        other[place] = value if place != (0, 3) else other[place] + value
    path = two_forms(tmp_path / "x.nii", AFFINE, other, (1, 4))
    with pytest.raises(InputError) as refusal:
        read_volume(path)
    assert said in str(refusal.value)
    np.testing.assert_allclose(read_volume(path, "sform").affine, AFFINE)
    np.testing.assert_allclose(read_volume(path, form="qform").affine, other, atol=1e-5)


def test_forms_less_than_a_millimetre_apart_agree_and_the_only_one_counts_whatever_is_chosen(tmp_path):
    other = AFFINE.copy()
    other[0, 3] += 0.9
    np.testing.assert_allclose(read_volume(two_forms(tmp_path / "x.nii", AFFINE, other)).affine, AFFINE)
    path = two_forms(tmp_path / "x.nii", AFFINE, other, (0, 1))
    np.testing.assert_allclose(read_volume(path, "sform").affine, other, atol=1e-5)


def test_a_choice_of_form_that_is_none_is_a_fault_of_the_caller(tmp_path):
    with pytest.raises(ValueError, match="form left, not one of refuse, sform, qform"):
        headers.placed(None, "x.nii", "left")


@pytest.mark.filterwarnings("ignore")
def test_a_header_of_chance_gives_a_volume_or_an_error_of_ours(tmp_path):
    draw, content, path, read = np.random.default_rng(11), plain(), tmp_path / "x.nii", 0
    for _ in range(400):
        changed = bytearray(content)
        for place in draw.integers(0, 352, draw.integers(1, 5)):
            changed[place] = draw.integers(0, 256)
        path.write_bytes(changed)
        try:
            found = read_volume(path)
        except InputError as refusal:
            assert "\n" not in str(refusal) and len(str(refusal)) < 300
        else:
            read += 1
            assert np.isfinite(found.data).all() and np.isfinite(found.affine).all()
    assert 50 < read < 350

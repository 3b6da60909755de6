import warnings

import numpy as np
import pytest
import torch
import torchio

from voxplain.errors import InputError
from voxplain.store import Volumes, write_store
from voxplain.training.normalisation import NEEDS, fitted, landmarks, normalised, standardised, zscored

SHAPE = (9, 8, 7)
TRAIN, TEST = [f"sub-{number}" for number in range(6)], "sub-9"
CHANNELS = ["intensity", "log_jacobian"]


def made(scan, gain=1.0):
    """Two channels and a mask; the corner is empty in all scans but the last."""
    generator = np.random.default_rng(int(scan[-1]))
    data = np.stack([generator.gamma(4, 200, SHAPE) * gain, generator.normal(0, 0.2, SHAPE)]).astype(np.float32)
    if scan != TEST:
        data[:, :2, :2, :2] = 0
    return scan, scan, data, generator.random(SHAPE) > 0.2


def store_of(path, rows):
    write_store(path, rows, np.eye(4), "mni152", {}, channels=CHANNELS)
    return path


@pytest.fixture
def store(tmp_path):
    return store_of(tmp_path / "two.h5", map(made, [*TRAIN, TEST]))


def as_bytes(found):
    return {name: tensor.numpy().tobytes() for name, tensor in found.items()}


@pytest.mark.parametrize("most", [None, 3])
@pytest.mark.parametrize("kind", NEEDS)
def test_a_changed_test_scan_changes_no_byte_of_what_was_fitted(store, tmp_path, kind, most):
    other = store_of(tmp_path / "other.h5", (made(scan, 1 + 8 * (scan == TEST)) for scan in [TEST, *TRAIN]))
    one, two = (fitted(kind, Volumes(path, TRAIN), most, b"r1f1") for path in (store, other))
    assert set(one) == set(NEEDS[kind]) and as_bytes(one) == as_bytes(two)
    assert all(tensor.isfinite().all() for tensor in one.values())


@pytest.mark.parametrize("kind", ["voxel_zscore", "histogram"])
def test_another_training_scan_changes_what_was_fitted(store, kind):
    one, other = (fitted(kind, Volumes(store, [*TRAIN[:-1], scan])) for scan in (TRAIN[-1], TEST))
    assert as_bytes(one) != as_bytes(other)


def test_the_scans_it_is_fitted_on_are_drawn_once_for_a_split(store):
    volumes = Volumes(store, TRAIN)
    drawn = {split: fitted("voxel_zscore", volumes, 3, split)["mean"] for split in (b"r1f1", b"r1f2", b"r1f3")}
    assert torch.equal(drawn[b"r1f1"], fitted("voxel_zscore", volumes, 3, b"r1f1")["mean"])
    assert len({one.numpy().tobytes() for one in drawn.values()}) > 1
    all_of_them = fitted("voxel_zscore", volumes, None, b"r1f1")["mean"]
    assert torch.equal(all_of_them, fitted("voxel_zscore", volumes, 6, b"r1f1")["mean"])


def test_each_voxel_is_less_its_training_mean_over_its_training_spread(store):
    train = np.stack([volume.double().numpy() for volume in Volumes(store, TRAIN)])
    found = fitted("voxel_zscore", Volumes(store, TRAIN))
    np.testing.assert_allclose(found["mean"], train.mean(0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["spread"], train.std(0), rtol=1e-5, atol=1e-9)
    shown = normalised(Volumes(store, [TEST]), "voxel_zscore", found)[0].numpy()
    there = train.std(0) > 0
    expected = (Volumes(store, [TEST])[0].numpy() - train.mean(0))[there] / train.std(0)[there]
    np.testing.assert_allclose(shown[there], expected, rtol=1e-4, atol=1e-4)
    assert not there.all() and (shown[~there] == 0).all(), "what never varied tells nothing"


def test_large_means_lose_no_digits_of_small_spreads(tmp_path):
    values = 1 + np.arange(6) * 2.0**-10
    rows = [(scan, scan, np.full(SHAPE, value), np.ones(SHAPE)) for scan, value in zip(TRAIN, values, strict=True)]
    write_store(tmp_path / "flat.h5", rows, np.eye(4), "mni152", {})
    found = fitted("voxel_zscore", Volumes(tmp_path / "flat.h5"))
    np.testing.assert_allclose(found["spread"], values.std(), rtol=1e-5)


def test_landmarks_are_the_mean_of_each_scans_own_on_the_standard_scale(store):
    volumes = Volumes(store, TRAIN)
    found = fitted("histogram", volumes)["landmarks"]
    own = [landmarks(volumes[place][0], volumes.mask(place) > 0) for place in range(6)]
    expected = np.mean([(one - one[0]) / (one[-1] - one[0]) * 100 for one in own], axis=0)
    np.testing.assert_allclose(found[0], expected)
    np.testing.assert_allclose(found[1], np.linspace(0, 100, 11))


def test_landmarks_and_standard_scale_are_those_of_torchio(store, tmp_path):
    volumes, images, masks = Volumes(store, TRAIN), [], []
    for place, scan in enumerate(TRAIN):
        images.append(tmp_path / f"{scan}.nii")
        masks.append(tmp_path / f"{scan}_mask.nii")
        torchio.ScalarImage(tensor=volumes[place][:1]).save(images[-1])
        torchio.LabelMap(tensor=volumes.mask(place)[None]).save(masks[-1])
    theirs = torchio.HistogramStandardization.train(images, mask_path=masks, progress=False)
    found = fitted("histogram", volumes)["landmarks"]
    np.testing.assert_allclose(found[0], np.delete(theirs, [3, 9]), rtol=1e-5)  # they set the quartiles aside
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        subject = torchio.Subject(t1=torchio.ScalarImage(images[2]), brain=torchio.LabelMap(masks[2]))
        moved = torchio.HistogramStandardization({"t1": theirs}, masking_method="brain")(subject)
    shown = normalised(volumes, "histogram", {"landmarks": found})[2]
    np.testing.assert_allclose(shown[0], moved["t1"].data[0], rtol=1e-3, atol=1e-2)
    torch.testing.assert_close(shown[1], volumes[2][1])


def test_a_gain_of_the_scanner_is_undone(store, tmp_path):
    louder = store_of(tmp_path / "louder.h5", (made(scan, 3.7) for scan in TRAIN))
    found = fitted("histogram", Volumes(store, TRAIN))
    one, other = (normalised(Volumes(path, TRAIN), "histogram", found)[4] for path in (store, louder))
    torch.testing.assert_close(one[0], other[0], rtol=1e-2, atol=0.1)


def test_landmarks_that_coincide_are_one():
    volume = torch.zeros(10, 10, 10)
    volume[6:] = torch.linspace(1, 9, 400).reshape(4, 10, 10)
    found = standardised(volume, torch.ones(10, 10, 10, dtype=bool), np.linspace(0, 100, 11))
    assert found.isfinite().all() and (found[:6] == found[0, 0, 0]).all()
    assert (found.reshape(-1)[600:].diff() > 0).all()


def test_a_zscore_is_over_the_voxels_above_the_mean(store):
    volume = Volumes(store, TRAIN)[0][0]
    theirs = torchio.ZNormalization(masking_method=torchio.ZNormalization.mean)(volume[None])[0]
    torch.testing.assert_close(zscored(volume), theirs, rtol=1e-4, atol=1e-4)
    assert not zscored(torch.full(SHAPE, 3.0)).any()


def test_one_after_the_other_is_a_histogram_and_then_a_zscore(store):
    volumes = Volumes(store, TRAIN)
    found = fitted("histogram_zscore", volumes)
    both, first = (normalised(volumes, kind, found)[1] for kind in ("histogram_zscore", "histogram"))
    torch.testing.assert_close(both[0], zscored(first[0]))


def test_normalised_volumes_are_otherwise_the_volumes_but_for_their_checksums(store):
    volumes = Volumes(store, TRAIN, "brain")
    assert normalised(volumes, "none", {}) is volumes
    found = fitted("histogram", volumes)
    shown, others = normalised(volumes, "histogram", found), normalised(volumes, "zscore", {})
    assert (shown.scans, shown.shape, shown.channels, shown.masked) == (TRAIN, SHAPE, 2, True)
    assert len(list(shown)) == len(shown) == 6
    assert len({*shown.checksums, *others.checksums, *volumes.checksums}) == 18


def test_a_scan_without_any_spread_is_named(tmp_path):
    rows = [("sub-1", "sub-1", np.full(SHAPE, 4.0), np.ones(SHAPE))]
    write_store(tmp_path / "flat.h5", rows, np.eye(4), "mni152", {})
    with pytest.raises(InputError, match="sub-1: its intensities have no spread"):
        fitted("histogram", Volumes(tmp_path / "flat.h5"))

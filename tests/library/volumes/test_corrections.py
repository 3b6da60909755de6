import numpy as np
import pytest
from scipy import ndimage

from voxplain.volumes.corrections import without_bias, without_noise
from voxplain.volumes.volume import Volume


@pytest.mark.parametrize("slope", [0.5, -0.4])
def test_a_slow_drift_of_intensity_makes_little_difference(moved, slope):
    head, mask, _ = moved
    along = np.linspace(-1, 1, head.data.shape[1], dtype=np.float32)[None, :, None]
    drifted = Volume(head.data * np.exp(slope * along), head.affine)
    inside = mask.data > 0

    def difference(one, other):
        return np.log(np.clip(one.data[inside], 1, None) / np.clip(other.data[inside], 1, None)).std()

    corrected = without_bias(drifted)
    assert corrected.same_grid(head)
    assert difference(corrected, without_bias(head)) < 0.2 * difference(drifted, head)


def test_noise_goes_and_edges_stay(moved):
    clean, mask, _ = moved
    part = np.s_[11:43, 15:47, 20:52]
    clean = Volume(ndimage.gaussian_filter(clean.data[part], 0.7), clean.affine)
    noise = np.random.default_rng(3).normal(0, 40, (2, *clean.data.shape))
    noisy = Volume(np.hypot(clean.data + noise[0], noise[1]).astype(np.float32), clean.affine)
    quiet = without_noise(noisy)
    inside = ndimage.binary_erosion(mask.data[part] > 0)
    edges = ndimage.gaussian_gradient_magnitude(clean.data, 0.5) > 100

    def error(one, where):
        return np.sqrt(np.square(one.data - clean.data)[where].mean())

    blurred = Volume(ndimage.gaussian_filter(noisy.data, 0.7), clean.affine)
    assert quiet.same_grid(noisy) and quiet.data.dtype == np.float32 and quiet.data.min() >= 0
    assert error(quiet, inside) < 0.8 * error(noisy, inside)
    assert error(quiet, edges) < error(noisy, edges) < error(blurred, edges)
    assert without_noise(noisy).data.tobytes() == quiet.data.tobytes()

import numpy as np
import pytest

from voxplain.demo.streams import smooth_noise, stream


def test_a_stream_is_the_same_whenever_it_is_asked_for():
    assert stream(1, 2, "warp").random() == stream(1, 2, "warp").random()


def test_streams_of_other_seeds_subjects_and_components_differ():
    drawn = [stream(*key).random() for key in ((1, 2, "warp"), (2, 2, "warp"), (1, 3, "warp"), (1, 2, "bias"))]
    assert len(set(drawn)) == 4


def test_smooth_noise_has_unit_spread_and_similar_neighbours():
    noise = smooth_noise(stream(1, 1, "test"), (20, 24, 16), 3.0)
    assert noise.dtype == np.float32
    assert noise.std() == pytest.approx(1, abs=1e-3)
    assert np.corrcoef(noise[1:].ravel(), noise[:-1].ravel())[0, 1] > 0.9

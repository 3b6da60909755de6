import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.sanity.truth import effect_map

SHAPE = (10, 10, 10)


def test_the_effect_is_the_mean_over_its_high_percentile_cut_at_one():
    one, other = np.zeros(SHAPE), np.zeros(SHAPE)
    one[0], other[0] = 2, 6  # a tenth of the voxels has the mean 4, which is the 99.5th percentile
    one[1], other[1] = 1, 1
    one[0, 0, 0] = other[0, 0, 0] = 50  # cut
    effect = effect_map([one, other])
    assert effect.dtype == np.float32
    assert np.allclose(effect[0], 1)
    assert np.allclose(effect[1], 0.25)
    assert not effect[2:].any()


def test_an_effect_that_nobody_has_is_zero_everywhere():
    assert not effect_map([np.zeros(SHAPE), np.zeros(SHAPE)]).any()


def test_nobody_of_class_one_is_an_error():
    with pytest.raises(InputError, match="no scan of class 1"):
        effect_map(iter([]))

import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.relevance.atlas import Atlas
from voxplain.sanity.expected import expected_anatomy

NAMES = {1: "Hippocampus_L", 2: "Hippocampus_R", 3: "Vermis_1_2", 9: "Amygdala_L"}


@pytest.fixture
def atlas():
    labels = np.zeros((4, 5, 6), np.int32)
    labels[0], labels[3], labels[1:3, 2] = 1, 2, 3
    return Atlas(labels, np.eye(4), NAMES)


@pytest.mark.parametrize(
    ("regions", "indices"),
    [
        (["Hippocampus_L"], [1]),
        (["Hippocampus_*"], [1, 2]),
        (["Hippocampus_R", "Vermis*"], [2, 3]),
        (None, [1, 2, 3]),
        (["Amygdala_L"], []),
    ],
)
def test_the_voxels_of_the_named_regions_are_expected_and_no_others(atlas, regions, indices):
    found = expected_anatomy(atlas, regions)
    assert found.dtype == np.float32 and found.shape == atlas.labels.shape
    np.testing.assert_array_equal(found == 1, np.isin(atlas.labels, indices))
    assert set(np.unique(found)) <= {0, 1}


def test_a_region_that_the_atlas_has_not_is_told_with_those_that_it_has(atlas):
    told = "sanity.localisation.expected: hippocampus is no region of the atlas, which has Hippocampus_L, Hippocampus_R"
    with pytest.raises(InputError, match=told):
        expected_anatomy(atlas, ["Vermis*", "hippocampus"])

import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"smoothed": {"samples": 3}}, "sanity.randomisation.smoothed"),
        ({"smoothed": {"samples": 3, "noise": 0}}, "sanity.randomisation.smoothed"),
        ({"efficient": {"bins": 1}}, "sanity.randomisation.efficient"),
        ({"beside": ["image"]}, "sanity.randomisation.beside"),
        ({"single": "each"}, "sanity.randomisation.single"),
        ({"singel": True}, "sanity.randomisation.singel"),
        ({"hog": "edges"}, "sanity.randomisation.hog"),
    ],
)
def test_a_randomisation_that_cannot_be_is_one_line(asked, line):
    with pytest.raises(SettingsError) as stopped:
        merged(sanity={"randomisation": asked})
    assert line in str(stopped.value) and "\n" not in str(stopped.value)


def test_smoothed_and_efficient_tests_can_be_asked_for_and_the_rest_stays():
    asked = {"smoothed": {"samples": 10, "noise": 0.1}, "efficient": {"bins": 100}}
    found = merged(sanity={"randomisation": asked})["sanity"]["randomisation"]
    assert found == {"single": True, "beside": ["input", "edges"], "hog": False} | asked

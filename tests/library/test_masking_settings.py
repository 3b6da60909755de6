import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.masking import masking_methods

METHODS = [{"name": name, "method": "gradient"} for name in ("one", "two", "three")]


@pytest.mark.parametrize(
    ("asked", "names"),
    [("first", ["one"]), ("all", ["one", "two", "three"]), (["three", "one"], ["one", "three"]), ([], [])],
)
def test_masks_are_tried_of_the_methods_that_are_asked_for_in_their_order(asked, names):
    assert masking_methods(merged(methods=METHODS, sanity={"masked_input": {"methods": asked}})) == names


def test_a_method_that_the_study_has_not_is_one_line():
    with pytest.raises(SettingsError) as stopped:
        merged(methods=METHODS, sanity={"masked_input": {"methods": ["tow"]}})
    assert str(stopped.value) == (
        'setting "sanity.masked_input.methods" names tow, which is no method; did you mean "two"?'
    )

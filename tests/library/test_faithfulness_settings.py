import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.sections import faithfulness_asked

TWO = {"template": {"atlases": [{"name": "two", "image": "two.nii.gz", "labels": None}]}}


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (
            {"sanity": {"faithfulness": {"measures": ["delletion"]}}},
            "setting \"sanity.faithfulness.measures.0\" is 'delletion', but should be one of deletion, insertion, "
            "region_deletion, region_insertion, road, infidelity, gini, max_sensitivity",
        ),
        (
            {"sanity": {"faithfulness": {"regions": "too"}}} | TWO,
            'setting "sanity.faithfulness.regions" is "too", which is neither the side of blocks in mm nor '
            'an atlas of the study; did you mean "two"?',
        ),
        (
            {"sanity": {"methods": {"gradient": {"faithfulness": {"regions": "two"}}}}},
            'setting "sanity.methods.gradient.faithfulness.regions" is "two", which is neither the side of blocks in '
            "mm nor an atlas of the study; known here: made",
        ),
        (
            {
                "sanity": {"faithfulness": {"regions": "two"}},
                "inputs": {"own": {"recipe": "voxcnn_110"}},
                "experiments": {"a": {"input": "own"}},
            }
            | TWO,
            'setting "sanity.faithfulness.regions" is an atlas, but scans of input own are not registered to it; give '
            "the side of blocks in mm",
        ),
        (
            {"sanity": {"faithfulness": {"fills": ["blur"]}}},
            'setting "sanity.verdict.fill" is mean, which "sanity.faithfulness.fills" leaves out; name it in both',
        ),
    ],
)
def test_what_faithfulness_cannot_be_scored_by_is_one_line(user, line):
    with pytest.raises(SettingsError) as stopped:
        merged(**user)
    assert str(stopped.value) == line


def test_a_made_study_has_an_atlas_of_its_own():
    assert merged(sanity={"faithfulness": {"regions": "made"}})["sanity"]["faithfulness"]["regions"] == "made"


def test_what_a_method_says_of_its_own_goes_first():
    sanity = merged(sanity={"methods": {"gradient": {"faithfulness": {"random_maps": 3}}}})["sanity"]
    assert faithfulness_asked(sanity, {"name": "gradient"}) == sanity["faithfulness"] | {"random_maps": 3}
    assert faithfulness_asked(sanity, {"name": "grad_cam"}) == sanity["faithfulness"]

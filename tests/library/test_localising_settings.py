import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError

AAL = {"template": {"atlases": [{"name": "aal", "image": "aal.nii.gz", "labels": "aal.txt"}]}}


def expecting(**expected):
    return {"sanity": {"localisation": {"expected": expected}}}


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (
            AAL | expecting(region={"atlas": "aal"}),
            'setting "sanity.localisation.expected" has "region", which is what a planted effect is called; rename it',
        ),
        (
            AAL | expecting(hippocampus={"atlas": "all"}),
            'setting "sanity.localisation.expected.hippocampus.atlas" is "all", which is no atlas of the study; '
            'did you mean "aal"?',
        ),
        (
            expecting(hippocampus={"atlas": "aal"}),
            'setting "sanity.localisation.expected.hippocampus.atlas" is "aal", which is no atlas of the study; '
            "known here: made",
        ),
    ],
)
def test_anatomy_that_cannot_be_expected_is_one_line(user, line):
    with pytest.raises(SettingsError) as stopped:
        merged(**user)
    assert str(stopped.value) == line


def test_regions_of_an_atlas_of_the_study_may_be_expected():
    asked = {"atlas": "aal", "regions": ["Hippocampus_*"]}
    settings = merged(**AAL, **expecting(hippocampus=asked))
    assert settings["sanity"]["localisation"] == {"tolerance": 6, "expected": {"hippocampus": asked}}

import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.known import default_settings


@pytest.mark.parametrize(
    ("sanity", "line"),
    [
        (
            {"verdict": {"needed": ["road"]}},
            'setting "sanity.verdict.needed" has road, which "sanity.verdict.faithfulness" leaves out; name it in both '
            "or in neither",
        ),
        (
            {"verdict": {"needed": ["data_randomisation"]}},
            'setting "sanity.verdict.needed" has data_randomisation, but "sanity.permutations" is 0; use 5 or more',
        ),
        (
            {"verdict": {"similarity": "pearson"}},
            "setting \"sanity.verdict.similarity\" is 'pearson', but should be one of spearman_abs, spearman, ssim",
        ),
    ],
)
def test_a_verdict_that_cannot_be_reached_stops_the_run_with_one_line(sanity, line):
    with pytest.raises(SettingsError) as stopped:
        merged(sanity=sanity)
    assert str(stopped.value) == line


def test_a_threshold_is_laid_over_the_others():
    verdict = merged(sanity={"verdict": {"margin": 0.2}})["sanity"]["verdict"]
    assert verdict == default_settings()["sanity"]["verdict"] | {"margin": 0.2}

"""Every method as the preset ``all`` asks for it can be scored, and explained once more with a little noise."""

import numpy as np
import pytest

from scripts.explain_split import explain_split
from scripts.score_faithfulness import score_faithfulness
from tests.scripts.test_preset_maps import QUICK, entries, study  # noqa: F401
from voxplain.attribution.table import methods
from voxplain.settings.known import default_settings

MEASURES = ["deletion", "gini", "max_sensitivity"]


def scored(given, tmp_path, method, **others):
    """The table of one scan of the first network of ``given``, by ``method``."""
    files = given.weights[0], given.cards[0]
    explain_split(
        given.store, given.folds, *files, tmp_path / "maps.h5", experiment=given.experiment, method=method, **others
    )
    asked = {"measures": MEASURES, "shares": [0.3], "scans_per_split": 1, "neighbours": 1}
    sanity = {"faithfulness": default_settings()["sanity"]["faithfulness"] | asked, "seed": 1, "methods": {}}
    beside = [[one] for one in (*files, tmp_path / "maps.h5")]
    return score_faithfulness(
        given.store, given.folds, *beside, experiment=given.experiment, method=method, sanity=sanity, **others
    )[0]


@pytest.mark.slow
@pytest.mark.parametrize("method", methods())
def test_every_method_is_scored_and_made_again_as_it_was_made(study, tmp_path, method):  # noqa: F811
    (asked,) = [one for one in entries() if one["method"] == method]
    asked = asked | {"options": asked["options"] | QUICK.get(method, {})}
    table = scored(study, tmp_path, asked, atlases=study.atlases).set_index(["map", "measure"])["value"]
    assert np.isfinite(table["method", "deletion"]) and np.isfinite(table["method", "gini"])
    assert 0 <= table["method", "max_sensitivity"] < 5

"""Every method as the preset ``all`` asks for it can be made again by a network whose weights are random."""

import pytest

from scripts.randomise_model import randomise_model
from tests.scripts.test_preset_maps import QUICK, entries, study  # noqa: F401
from voxplain.attribution.table import methods

ASKED = {"single": False, "beside": ["input"], "smoothed": None, "efficient": None}


@pytest.mark.slow
@pytest.mark.parametrize("method", methods())
def test_every_method_has_a_number_at_every_step(study, method):  # noqa: F811
    (asked,) = [one for one in entries() if one["method"] == method]
    asked = asked | {"options": asked["options"] | QUICK.get(method, {})}
    table = randomise_model(
        *(study.store, study.folds, study.weights[:1], study.cards[:1]),
        experiment=study.experiment,
        method=asked,
        sanity={"scans_per_split": 1, "draws": 2, "seed": 1, "randomisation": ASKED},
        atlases=study.atlases,
    )
    cascade = table[table["kind"] == "cascade"]
    assert cascade.groupby("draw")["step"].apply(list).map(lambda steps: steps == list(range(len(steps)))).all()
    assert (cascade.loc[cascade["step"] == 0, "spearman_abs"] > 0.999).all()
    last = cascade[cascade["step"] == cascade["step"].max()]
    assert (last["spearman"].isna() | (last["spearman"] < 0.999)).all()
    assert set(table["kind"]) == {"cascade", "unrelated", "input", "random_input"}

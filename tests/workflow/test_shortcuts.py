"""A cohort whose classes differ outside the brain, and one where they do not: the first is flagged, the second not."""

import pandas as pd
import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("shortcuts")]

FOUND = "results/{study}/sanity/head/shortcuts.tsv"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The rows of shortcuts of heads of 48 made subjects at 4 mm, with and without a difference outside the brain."""
    tables = {}
    for study, outside in (("planted", 1.0), ("clean", 0.0)):
        checkout = Checkout(tmp_path_factory.mktemp(study))
        head = {"input": "affine", "mask": "none", "network": {"name": "mrinet", "width": 8}}
        made.write_study(
            checkout.folder,
            study,
            cohort={"made": {"subjects": 48, "spacing": 4.0, "outside": outside}},
            template={"spacing": 4.0},
            inputs={"affine": {"transform": "affine"}},
            experiments={"head": head | {"training": {"preset": "demo"}, "augmentation": {"flip": 0.5}}},
            methods=[{"name": name, "method": name, "target": 1} for name in ("gradient", "grad_cam")],
        )
        checkout.snakemake(FOUND.format(study=study), config=f"{study}.yaml")
        tables[study] = pd.read_csv(checkout.folder / FOUND.format(study=study), sep="\t", na_values="undefined")
    return tables


def test_a_planted_cue_outside_the_brain_is_flagged_by_what_it_tells_and_by_the_maps(found):
    table = found["planted"].set_index(["method", "cue"])
    assert table.loc[("network", "only_outside"), "flagged"] == "yes"
    assert table.loc[("gradient", "outside"), "flagged"] == "yes"


def test_of_a_cohort_without_a_cue_outside_nothing_is_flagged(found):
    assert not (found["clean"]["flagged"] == "yes").any()
    assert found["clean"].set_index(["method", "cue"]).loc[("network", "only_outside"), "high"] > 0.5

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from voxplain.attribution.maps import read_maps, write_maps
from voxplain.cohort.folds import read_folds
from voxplain.relevance.named_options import SplitOfStudy
from voxplain.sanity.faithfulness.one_split import split_rows
from voxplain.settings.known import default_settings
from voxplain.store import Volumes, write_store
from voxplain.volumes.space import OWN

SHAPE = (5, 7, 6)
SCANS = [f"sub-{number}" for number in range(6)]
GRADIENT = {"name": "gradient", "method": "gradient", "target": 1, "score": "log_odds", "options": {}}


class Told(nn.Module):
    """Two linear logits, the first of which is multiplied by what the network is told of a scan."""

    covariates = 1

    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.weight = nn.Parameter(torch.randn(2, 210))

    def forward(self, volumes, covariates=None):
        logits = volumes.flatten(1) @ self.weight.T
        beside = 1.0 if covariates is None else covariates
        return torch.cat([logits[:, :1] * beside, logits[:, 1:]], 1)


@pytest.fixture
def split(tmp_path):
    """A split of three training scans and three held out, with random maps of these; ``rows(...)`` scores them."""
    table = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": [0, 1] * 3, "split": "r1f1"})
    table["role"] = ["train"] * 3 + ["test"] * 3
    table.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    drawn = np.random.default_rng(2)

    def rows(space="mni152", mask="none", covariates_of=None, **asked):
        given = [(scan, scan, drawn.standard_normal(SHAPE), drawn.random(SHAPE) > 0.3) for scan in SCANS]
        write_store(tmp_path / "store.h5", given, np.diag([3.0, 3, 3, 1]), space, {})
        maps = drawn.standard_normal((3, *SHAPE)).astype(np.float32)
        predicted = [1, 0, 1]
        write_maps(tmp_path / "maps.h5", SCANS[3:], SCANS[3:], [1, 0, 1], predicted, maps, np.eye(4), {}, [1, 1, 1])
        card = {"split": "r1f1", "task": "classes"}
        study = SplitOfStudy(tmp_path / "store.h5", read_folds(tmp_path / "folds.tsv"), None, card, mask)
        sanity = default_settings()["sanity"]
        sanity = sanity | {"faithfulness": sanity["faithfulness"] | {"scans_per_split": 3} | asked}
        packed = Volumes(tmp_path / "store.h5")
        found = split_rows(
            network, study, packed, read_maps(tmp_path / "maps.h5"), GRADIENT, sanity, covariates_of=covariates_of
        )
        return pd.DataFrame(found[0]), packed

    network = Told().eval()
    return SimpleNamespace(rows=rows, network=network)


def test_a_network_that_is_told_covariates_is_told_those_of_the_scan(split):
    """How far apart the answers are: log-odds of class 1, whose other logit is times the scan's own covariate."""
    values = dict(zip(SCANS[3:], (2.0, -3.0, 0.5), strict=True))
    table, packed = split.rows(covariates_of=lambda scans: torch.tensor([[values[scan]] for scan in scans]))
    mean = torch.stack([packed[place] for place in range(3)]).mean(0)
    for scan, value in values.items():
        row = table[(table["scan"] == scan) & (table["measure"] == "deletion") & (table["map"] == "method")].iloc[0]
        change = split.network.weight @ (packed[SCANS.index(scan)] - mean).flatten()
        assert row["weight"] == pytest.approx(abs((change[1] - value * change[0]).item()), rel=1e-4)


def test_a_masked_experiment_takes_nothing_out_of_what_the_network_is_not_shown(split):
    table, packed = split.rows(mask="brain")
    mean = torch.stack([packed[place] * packed.mask(place) for place in range(3)]).mean(0)
    row = table[(table["scan"] == "sub-4") & (table["measure"] == "insertion") & (table["map"] == "edges")].iloc[0]
    change = split.network.weight @ ((packed[4] - mean) * packed.mask(4)).flatten()
    assert row["weight"] == pytest.approx(abs((change[1] - change[0]).item()), rel=1e-4)


def test_where_scans_share_no_space_there_are_no_edges_no_others_and_no_mean_but_the_scans_own(split):
    table, packed = split.rows(space=OWN, fills=["mean", "others"])
    assert table.loc[table["map"] == "edges", "value"].isna().all()
    assert table.loc[table["fill"] == "others", "value"].isna().all()
    own = table[(table["fill"] == "mean") & (table["map"] != "edges")]
    assert np.isfinite(own["value"]).all()
    change = split.network.weight @ (packed[3] - packed[3].mean()).flatten()
    weight = own.loc[own["scan"] == "sub-3", "weight"].iloc[0]
    assert weight == pytest.approx(abs((change[1] - change[0]).item()), rel=1e-4)

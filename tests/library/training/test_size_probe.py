import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import pearsonr
from torch import nn

from voxplain.store import Volumes, write_store
from voxplain.training.normalisation import normalised
from voxplain.training.size_probe import RescaledVolumes, answers, probed, size_table

SHAPE = (24, 26, 22)
BINARY = {"task": "binary", "classes": ["F", "M"]}


class Bright(nn.Module):
    """Two logits: 0 and the sum of the volume, so that the log-odds are the brain's size."""

    def forward(self, volumes):
        total = volumes.sum((1, 2, 3, 4))
        return torch.stack([torch.zeros_like(total), total / 1000], 1)


@pytest.fixture
def balls(tmp_path):
    """A store of six balls of radii 6 to 8.5 voxels about the middle of the grid."""
    axes = [np.arange(size) - (size - 1) / 2 for size in SHAPE]
    distance = np.sqrt(sum(part**2 for part in np.meshgrid(*axes, indexing="ij")))

    def volumes():
        for number in range(6):
            ball = np.clip(6.5 + number / 2 - distance, 0, 1).astype(np.float32)
            yield f"sub-{number}", f"sub-{number}", ball, ball > 0.5

    write_store(tmp_path / "balls.h5", volumes(), np.diag([2.0, 2, 2, 1]), "mni152", {})
    return Volumes(tmp_path / "balls.h5")


def test_a_rescaled_scan_and_its_mask_are_as_much_larger_as_asked(balls):
    larger = RescaledVolumes(balls, 1.1)
    assert larger.scans == balls.scans and len(list(larger)) == 6
    assert abs(float(larger[3].sum() / balls[3].sum()) - 1.1**3) < 0.02
    assert abs(float(larger.mask(3).sum() / balls.mask(3).sum()) - 1.1**3) < 0.06
    assert larger.mask(3).dtype == torch.uint8


def test_a_network_that_weighs_brains_moves_with_the_cube_of_the_share(balls):
    rows = probed(Bright(), BINARY, lambda changed: changed(balls) if changed else balls, [0, 1] * 3, 0.05)
    np.testing.assert_allclose(rows["answer"], [float(volume.sum()) / 1000 for volume in balls], rtol=1e-5)
    np.testing.assert_allclose(rows["larger"] / rows["answer"], 1.05**3, atol=0.015)
    np.testing.assert_allclose(rows["smaller"] / rows["answer"], 1.05**-3, atol=0.015)


def test_scans_are_rescaled_before_they_are_normalised(balls):
    found = {"mean": torch.full((1, *SHAPE), 2.0), "spread": torch.ones(1, *SHAPE)}

    def shown(changed):
        return normalised(changed(balls) if changed else balls, "voxel_zscore", found)

    rows = probed(Bright(), BINARY, shown, [0, 1] * 3, 0.05)
    plain = probed(Bright(), BINARY, lambda changed: changed(balls) if changed else balls, [0, 1] * 3, 0.05)
    np.testing.assert_allclose(rows["larger"] - rows["answer"], plain["larger"] - plain["answer"], atol=1e-3)


def test_answers_are_log_odds_of_class_1_of_ones_own_class_or_amounts():
    two, three = torch.tensor([[0.0, 2], [1, 0]]).double(), torch.tensor([[0.0, 2, 1], [1, 0, 0]]).double()
    assert answers(two, [0, 1], BINARY).tolist() == [2.0, -1.0]
    shares = three.softmax(1)[[0, 1], [2, 0]]
    np.testing.assert_allclose(answers(three, [2, 0], {"task": "multiclass"}), torch.log(shares / (1 - shares)))
    amounts = {"task": "regression", "target": {"mean": 50, "sd": 10}}
    assert answers(torch.tensor([[0.5], [-1.0]]).double(), [50, 60], amounts).tolist() == [55, 40]


def made_rows():
    generator = np.random.default_rng(1)
    rows = pd.DataFrame({"scan": [f"sub-{place}" for place in range(20)] * 2, "label": [0, 1] * 20})
    rows["answer"] = generator.normal(size=40)
    return rows.assign(larger=rows["answer"] + 1 + rows["label"], smaller=rows["answer"] - 2)


def test_the_table_holds_correlations_within_classes_and_mean_changes():
    rows, sizes = made_rows(), pd.Series(np.arange(20.0) ** 2, [f"sub-{place}" for place in range(20)])
    table = size_table(rows, sizes, sizes * 0 + 1200, ["F", "M"]).set_index("class")
    means = rows.groupby("scan")["answer"].mean()
    own = [f"sub-{place}" for place in range(1, 20, 2)]
    assert table.loc["M", "correlation"] == pytest.approx(pearsonr(means[own], sizes[own])[0])
    assert table["n"].tolist() == [10, 10] and table["native_correlation"].isna().all()
    np.testing.assert_allclose(table["larger"], [1, 2])
    np.testing.assert_allclose(table["smaller"], [-2, -2])


def test_a_regression_is_judged_by_its_error():
    rows = made_rows()
    rows["label"] = [40.0 + 2 * place for place in range(20)] * 2
    sizes = pd.Series(np.arange(20.0), [f"sub-{place}" for place in range(20)])
    exact = rows.assign(answer=rows["label"] + sizes[rows["scan"]].to_numpy() ** 2)
    table = size_table(exact, sizes, sizes, [])
    assert table["class"].tolist() == ["all"]
    assert table["correlation"][0] == pytest.approx(pearsonr(sizes**2, sizes)[0])


def test_nothing_probed_is_a_table_without_rows():
    table = size_table(pd.DataFrame(), {}, {}, ["F", "M"])
    assert table.empty and table.columns[0] == "class"

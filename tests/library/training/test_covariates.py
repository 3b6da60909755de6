import pandas as pd
import pytest
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import InputError
from voxplain.training.covariates import Conditioned, conditioned, covariate_values, fitted_covariates

TABLE = pd.DataFrame(
    {
        "scan": ["sub-a", "sub-b", "sub-c", "sub-d"],
        "Gender": ["F", "M", "F", "M"],
        "Age": [20, 30, 40, 90],
        "Site": [1.0, 2.0, 1.0, None],
    }
)
ASKED = {"Gender": {"F": 1, "M": 0}, "Age": "number"}


class Told(nn.Module):
    """Two logits: the volume's sum weighted by the first covariate, and the second covariate."""

    covariates = 2
    cam_layer = "layer"

    def __init__(self):
        super().__init__()
        self.layer = nn.Identity()

    def forward(self, volumes, covariates):
        return torch.stack([self.layer(volumes).sum((1, 2, 3, 4)) * covariates[:, 0], covariates[:, 1]], 1)


def test_numbers_are_scored_by_the_training_scans_alone():
    fitted = fitted_covariates(ASKED, TABLE, ["sub-a", "sub-b", "sub-c"])
    assert fitted["Age"] == {"kind": "number", "mean": 30.0, "sd": 10.0}
    values = covariate_values(fitted, TABLE, ["sub-d", "sub-a"])
    assert values.dtype == torch.float32
    assert values.tolist() == [[0.0, 6.0], [1.0, -1.0]]


def test_a_number_that_does_not_vary_tells_nothing():
    fitted = fitted_covariates({"Age": "number"}, TABLE, ["sub-b"])
    assert covariate_values(fitted, TABLE, ["sub-b"]).tolist() == [[0.0]]


def test_cells_that_are_whole_numbers_have_the_meaning_of_their_digits():
    fitted = fitted_covariates({"Site": {1: 0, 2: 1}}, TABLE, ["sub-a", "sub-b"])
    assert covariate_values(fitted, TABLE, ["sub-b", "sub-a"]).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize(
    ("asked", "scans", "told"),
    [
        ({"Weight": "number"}, ["sub-a"], 'covariate "Weight": the table of scans has no such column'),
        ({"Site": "number"}, ["sub-a", "sub-d"], 'covariate "Site" is empty for sub-d'),
        ({"Gender": "number"}, ["sub-a"], 'covariate "Gender" is "F" for sub-a, which is no number'),
        ({"Gender": {"F": 1}}, ["sub-b", "sub-d"], 'covariate "Gender" is "M" for sub-b, sub-d, which has no meaning'),
        ({"Age": "number"}, ["sub-x"], 'covariate "Age": sub-x not in the table of scans'),
    ],
)
def test_what_cannot_be_told_is_said_in_one_line(asked, scans, told):
    with pytest.raises(InputError, match=told) as error:
        fitted_covariates(asked, TABLE, scans)
    assert "\n" not in str(error.value)


def test_a_network_with_its_covariates_held_fast_is_a_function_of_volumes():
    network, values = Told(), torch.tensor([[3.0, 0.5], [2.0, 0.0]])
    volumes = torch.ones(2, 1, 2, 3, 4)
    held = conditioned(network, values, 0)
    assert isinstance(held, Conditioned) and conditioned(network, None, 0) is network
    assert held(volumes).tolist() == [[72.0, 0.5], [72.0, 0.5]]
    assert held.cam_layer == "network.layer" and not list(held.state_dict())
    gradient = attribute(held, volumes, "gradient", target=0, score="logit")
    assert torch.equal(gradient, torch.full_like(volumes, 3.0))

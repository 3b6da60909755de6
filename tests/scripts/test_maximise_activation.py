import json

import nibabel
import numpy as np
import pytest
import torch

from scripts.maximise_activation import maximise_activation
from voxplain.insight.activation_maximisation import maximise_activation as by_hand
from voxplain.insight.maximised_targets import targets_asked
from voxplain.store import Volumes
from voxplain.training.trained import read_trained

ASKED = {"targets": None, "score": None, "start": "mean", "noise": None, "draws": 2, "iterations": 3, "rate": 0.05}
ASKED |= {"projected": [False], "components": 8, "priors": {"jitter": 0}, "seed": 0}
UNIT = {"layer": "features.conv2", "channel": 1, "position": [2, 3, 2]}


@pytest.fixture
def maximised(trained_study, tmp_path):
    """A function that runs the script for one network of the study, by some settings: tables and a folder."""

    def run(place=0, **asked):
        paths = trained_study.store, trained_study.folds, trained_study.weights[place], trained_study.cards[place]
        folder = tmp_path / "ideal_inputs"
        folder.mkdir(exist_ok=True)
        return *maximise_activation(*paths, folder, experiment=trained_study.experiment, asked=ASKED | asked), folder

    return run


def test_each_search_leaves_its_input_and_its_change_in_the_space_of_the_volumes(maximised, trained_study):
    draws, steps, folder = maximised()
    assert draws["file"].tolist() == [
        f"r1f1_seed-1_target-class{one}_free_draw-{draw}_input.nii.gz" for one in (0, 1) for draw in (1, 2)
    ]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*draws["file"], *draws["file"].str.replace("_input", "_change")]
    )
    assert len(steps) == 4 * ASKED["iterations"]
    network, _ = read_trained(trained_study.weights[0], trained_study.cards[0])
    # nobody but the training scans of the split, of which sub-7 was not packed
    volumes = Volumes(trained_study.store, ["sub-4", "sub-5", "sub-6"], "brain")
    wanted = by_hand(network, volumes, 1, draws=2, iterations=3, jitter=0, components=2)
    image = nibabel.load(folder / "r1f1_seed-1_target-class1_free_draw-2_change.nii.gz")
    np.testing.assert_allclose(image.get_fdata(), wanted.changes[1, 0], atol=1e-6)
    np.testing.assert_array_equal(image.affine, volumes.affine)
    np.testing.assert_allclose(draws["score_after"].to_numpy()[2:], wanted.draws["score_after"])


def test_images_of_an_earlier_run_with_other_settings_are_gone(maximised):
    maximised()
    draws, _, folder = maximised(targets=[1], draws=1)
    assert len(draws) == 1 and len(list(folder.iterdir())) == 2


def test_a_unit_may_be_asked_for_and_searches_may_keep_to_the_training_scans_axes(maximised):
    draws, _, _ = maximised(targets=[UNIT], draws=1, projected=[False, True])
    assert draws["asked"].unique().tolist() == ["channel 1 of features.conv2 at 2, 3, 2"]
    assert draws["projected"].tolist() == [False, True]
    assert draws["off_axes"].to_numpy()[1] == pytest.approx(0, abs=1e-3)


def test_a_split_without_a_network_leaves_empty_tables(maximised):
    draws, steps, folder = maximised(place=4)
    assert draws.empty and steps.empty and not list(folder.iterdir())


def test_an_amount_is_asked_for_its_largest_and_its_smallest():
    assert targets_asked(ASKED, []) == {
        "largest": (0, "up", "the largest amount"),
        "smallest": (0, "down", "the smallest amount"),
    }


def test_a_network_without_a_gradient_leaves_the_reason_and_fails_nothing(maximised, monkeypatch):
    class Deaf(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(2))

        def forward(self, volumes):
            return (volumes.detach().mean((1, 2, 3, 4))[:, None] > 0).float() * self.weight.detach()

    def read(path, card):
        return Deaf(), json.loads(card.read_text())

    monkeypatch.setattr("voxplain.insight.network_of_split.read_trained", read)
    draws, steps, folder = maximised()
    assert len(draws) == 1 and steps.empty and not list(folder.iterdir())
    assert "gradient" in draws["reason"].item()

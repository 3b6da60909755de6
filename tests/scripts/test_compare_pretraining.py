import numpy as np
import pandas as pd
import pytest
import torch

from scripts.compare_pretraining import compare_pretraining
from tests.library.training.made_predictions import made_classes
from tests.scripts.asked_study import asked_study
from voxplain.training.trained import read_trained


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Tables of two arms whose networks of the first split went nowhere, and of the second twice as far in a layer."""
    folder = tmp_path_factory.mktemp("pretraining")
    study = asked_study(folder, 6)
    predictions, histories, encoders = [], [], []
    for place, arm in enumerate(("pretrained", "anew")):
        predictions.append(folder / f"{arm}.tsv")
        made_classes(40, seed=place).to_csv(predictions[-1], sep="\t", index=False)
        histories.append([])
        for split in ("r1f1", "r1f2"):
            histories[-1].append(folder / arm / f"{split}_seed-1.history.tsv")
            histories[-1][-1].parent.mkdir(exist_ok=True)
            losses = [0.5, 0.3, 0.2] if arm == "pretrained" else [0.9, 0.4, 0.3]
            table = pd.DataFrame({"epoch": [1, 2, 3], "validation_loss": losses})
            (table[:0] if split == "r1f2" else table).to_csv(histories[-1][-1], sep="\t", index=False)
    for place, (weights, card) in enumerate(zip(*study.files[2:], strict=True)):
        state = read_trained(weights, card)[0].features.state_dict()
        start = {name: value / (1 + place) if name == "conv1.weight" else value for name, value in state.items()}
        encoders.append(folder / f"encoder-{place}.pt")
        torch.save(start, encoders[-1])
    return compare_pretraining(predictions, histories, encoders, *study.files[2:], bootstrap=20, seed=1)


def test_both_arms_are_scored_on_the_same_scans(compared):
    scores = compared["scores"].set_index("measure")
    assert (scores["paired_by"] == "split").all() and (scores["scans"] == 40).all()
    assert np.allclose(scores["difference"], scores["pretrained"] - scores["anew"])


def test_learning_is_told_of_every_training_also_of_one_without_an_epoch(compared):
    learning = compared["learning"].set_index("split")
    assert list(learning.index) == ["r1f1_seed-1", "r1f2_seed-1"]
    assert learning.loc["r1f1_seed-1", "jump_start"] == pytest.approx(0.4)
    assert learning.loc["r1f1_seed-1", "epochs_to_match"] == 2
    assert learning.loc["r1f2_seed-1"].isna().all()


def test_how_far_weights_went_is_told_of_every_network(compared):
    moved = compared["moved"].set_index(["split", "weight"])["distance"]
    assert moved["r1f2", "conv1.weight"] == pytest.approx(1)
    assert moved.drop(("r1f2", "conv1.weight")).dropna().abs().max() == 0


def test_a_split_without_a_network_has_no_weights_that_moved(tmp_path):
    study = asked_study(tmp_path, 6)
    pd.DataFrame({"epoch": [], "validation_loss": []}).to_csv(tmp_path / "r1f1_seed-1.history.tsv", sep="\t")
    made_classes(20).to_csv(tmp_path / "told.tsv", sep="\t", index=False)
    card = tmp_path / "empty.card.json"
    card.write_text('{"split": "r1f1", "seed": 1, "empty": "nobody was held out"}')
    told, history = [tmp_path / "told.tsv"] * 2, [[tmp_path / "r1f1_seed-1.history.tsv"]] * 2
    tables = compare_pretraining(told, history, [None], study.files[2][:1], [card], bootstrap=20, seed=1)
    assert tables["moved"].empty and list(tables["moved"]) == [
        "split",
        "seed",
        "weight",
        "values",
        "distance",
        "cosine",
    ]
    assert (tables["scores"]["better"] == "undecided").all()

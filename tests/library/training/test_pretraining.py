import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.errors import InputError, SettingsError
from voxplain.networks.autoencoder import Autoencoder
from voxplain.networks.build import build
from voxplain.store import write_store
from voxplain.training import one_split, pretraining
from voxplain.training.one_split import train_split
from voxplain.training.pretraining import pretrained_encoder

SHAPE = (22, 26, 24)
SCANS = [f"sub-{number:02d}" for number in range(12)]
ROLES = ["train"] * 8 + ["validation"] * 2 + ["test"] * 2
EXPERIMENT = {
    "input": "affine",
    "mask": "none",
    "network": {"name": "mrinet", "width": 2},
    "training": {"epochs": 1, "batch": 4, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1},
    "pretrain": {"epochs": 3, "learning_rate": 0.01},
    "augmentation": {},
    "device": "cpu",
}


def written(path, changed=()):
    """A store of made noise, the scans ``changed`` with other noise."""
    rows = (
        (scan, scan, np.random.default_rng([number, scan in changed]).standard_normal(SHAPE), np.ones(SHAPE))
        for number, scan in enumerate(SCANS)
    )
    write_store(path, rows, np.eye(4), "mni152", {})
    return path


def folds(path, roles=tuple(ROLES), labels=(0, 1)):
    table = {"scan": SCANS, "subject": SCANS, "label": [labels[n % 2] for n in range(12)], "split": "r1f1"}
    pd.DataFrame(table | {"role": roles}).to_csv(path, sep="\t", index=False)
    return path


def pretrained(store, table, **rest):
    options = {"experiment": EXPERIMENT, "classes": ("F", "M")} | rest
    return pretrained_encoder(store, table, "r1f1", 3, **options)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    store, table = written(folder / "affine.h5"), folds(folder / "folds.tsv")
    return store, table, *pretrained(store, table)


def test_the_networks_first_layers_are_the_encoders_at_step_0(made, monkeypatch):
    store, table, encoder, _ = made
    begun = {}

    def kept(network, *sets, **rest):
        begun.update({name: value.clone() for name, value in network.features.state_dict().items()})
        return {}, pd.DataFrame({"epoch": [1], "best": [1]})

    monkeypatch.setattr(one_split, "fit", kept)
    options = {"name": "made", "experiment": EXPERIMENT, "classes": ("F", "M")}
    left = train_split(store, table, "r1f1", 3, start=encoder, **options)
    assert same(begun, encoder)
    assert left.card["pretrain"] == EXPERIMENT["pretrain"]
    plain = train_split(store, table, "r1f1", 3, **options)
    assert not same(begun, encoder) and "pretrain" not in plain.card


def test_rebuilding_gets_better_and_the_encoder_learns(made):
    _, _, encoder, rows = made
    assert list(rows) == ["epoch", "learning_rate", "train_loss"] and list(rows["epoch"]) == [1, 2, 3]
    assert rows["train_loss"].iloc[-1] < rows["train_loss"].iloc[0]
    torch.manual_seed(3)
    assert not torch.equal(build("mrinet", SHAPE, width=2).features.conv1.weight, encoder["conv1.weight"])


def test_no_scan_outside_of_training_and_no_label_changes_a_byte(made, tmp_path):
    _, table, encoder, _ = made
    others = written(tmp_path / "others.h5", changed=SCANS[8:])
    assert same(pretrained(others, table)[0], encoder)
    turned = folds(tmp_path / "turned.tsv", labels=(1, 0))
    assert same(pretrained(others, turned)[0], encoder)
    trained = written(tmp_path / "trained.h5", changed=SCANS[:1])
    assert not same(pretrained(trained, table)[0], encoder)


def test_a_training_that_was_cut_off_ends_with_the_same_bytes(made, tmp_path, monkeypatch):
    store, table, encoder, rows = made
    checkpoint, save = tmp_path / "one.checkpoint", pretraining.save_checkpoint

    def cut_off(*given):
        save(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(pretraining, "save_checkpoint", cut_off)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            pretrained(store, table, checkpoint=checkpoint)
    monkeypatch.undo()
    again, table_again = pretrained(store, table, checkpoint=checkpoint)
    assert same(again, encoder)
    pd.testing.assert_frame_equal(table_again, rows)


def test_a_split_without_training_scans_is_refused_in_one_line(made, tmp_path):
    store, *_ = made
    with pytest.raises(InputError, match="split r1f1: none of its training scans was packed") as refusal:
        pretrained(store, folds(tmp_path / "folds.tsv", roles=["test"] * 12))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "shape"), [("mrinet", (22, 26, 24)), ("slab_cnn", (22, 10, 24)), ("vox_resnet_cam", (9, 12, 10))]
)
def test_an_autoencoder_gives_back_the_shape_and_trains_the_layers_of_its_network(name, shape):
    torch.manual_seed(1)
    network = build(name, shape, width=2, channels=2)
    modes = [layer.training for layer in network.modules()]
    whole, volumes = Autoencoder(network, shape, channels=2), torch.rand(2, 2, *shape)
    assert [layer.training for layer in network.modules()] == modes
    assert whole(volumes).shape == volumes.shape
    loss, logits = whole.training_loss(volumes, None, None, None)
    assert logits.shape == (2, 0)
    loss.backward()
    assert all(value.grad.any() for key, value in network.features.named_parameters() if key.endswith("weight"))


def test_a_network_without_features_is_refused():
    with pytest.raises(SettingsError, match="Linear has no layers called features"):
        Autoencoder(torch.nn.Linear(2, 2), SHAPE)

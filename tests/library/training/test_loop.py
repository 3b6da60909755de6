import logging

import pandas as pd
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.library.training.looped import AUGMENTATION, SETTINGS, losses, same, trained, untrained
from voxplain.errors import InputError, SettingsError
from voxplain.networks.build import build
from voxplain.settings.known import trainings
from voxplain.training import loop
from voxplain.training.devices import repeatable
from voxplain.training.loop import fit
from voxplain.training.sampling import epoch_order
from voxplain.training.streams import stream


def test_a_clear_difference_is_learnt(make_volumes):
    volumes, labels = make_volumes(20, strength=4)
    _, history = trained(volumes, labels, epochs=12, learning_rate=3e-3, milestones=[])
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0] / 2
    assert history.loc[history["best"].eq(1), "validation_balanced_accuracy"].item() == 1


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(make_volumes):
    volumes, labels = make_volumes(10)
    first, history = trained(volumes, labels, augmentation=AUGMENTATION)
    torch.rand(5)
    again, repeated = trained(volumes, labels, augmentation=AUGMENTATION)
    other, _ = trained(volumes, labels, augmentation=AUGMENTATION, seed=2)
    assert same(first, again) and losses(history).equals(losses(repeated))
    assert not same(first, other)


def test_volumes_kept_in_memory_or_read_each_time_give_the_same_bytes(make_volumes):
    volumes, labels = make_volumes(10)
    assert same(trained(volumes, labels)[0], trained(volumes, labels, max_memory_gb=0)[0])


def test_torchs_own_state_is_left_as_it_was(make_volumes):
    volumes, labels = make_volumes(8)
    network = untrained(volumes.shape)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    trained(volumes, labels, network, epochs=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads and not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_the_first_epoch_is_that_of_the_optimiser_asked_for(make_volumes, name, kind):
    volumes, labels = make_volumes(10)
    by_hand = untrained(volumes.shape).train()
    train = list(range(4, 10))
    order = epoch_order(6, 1, 1)
    optimiser = kind(by_hand.parameters(), lr=1e-3, weight_decay=0.5)
    with repeatable(torch.device("cpu"), SETTINGS["threads"]):  # a bias before batch norm moves by rounding alone
        torch.manual_seed(stream(1, 1))
        for group in (order[:3], order[3:]):
            optimiser.zero_grad()
            batch = torch.stack([volumes[train[place]] for place in group])
            cross_entropy(by_hand(batch), torch.tensor([labels[train[place]] for place in group])).backward()
            optimiser.step()
    weights, _ = trained(volumes, labels, epochs=1, optimiser=name, weight_decay=0.5)
    assert all(torch.allclose(value, weights[key], atol=1e-6) for key, value in by_hand.state_dict().items())


def test_the_epoch_with_the_lowest_validation_loss_is_kept(make_volumes, monkeypatch):
    volumes, labels = make_volumes(10)
    planned = iter([0.9, 0.5, 0.7, 0.5, 0.8, 0.9])
    seen = []

    def validate(network, *rest, **more):
        seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return {"validation_loss": next(planned), "validation_balanced_accuracy": 0.5}

    monkeypatch.setattr(loop, "validate", validate)
    weights, history = trained(volumes, labels, epochs=20, patience=3)
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert history["best"].tolist() == [0, 1, 0, 0, 0]
    assert same(weights, seen[1])


def test_without_validation_scans_the_last_epoch_is_kept(make_volumes):
    volumes, labels = make_volumes(8)
    weights, history = trained(volumes, labels, held=0, epochs=3, patience=1)
    assert history["best"].tolist() == [0, 0, 1] and history["validation_loss"].isna().all()


def test_the_learning_rate_follows_the_schedule(make_volumes):
    volumes, labels = make_volumes(8)
    _, history = trained(volumes, labels)
    assert history["learning_rate"].tolist() == [1e-3, 1e-3, 5e-4, 5e-4]


def test_history_is_on_disk_after_every_epoch(make_volumes, tmp_path, monkeypatch):
    volumes, labels = make_volumes(8)
    lengths = []
    whole = loop.train_epoch

    def counted(*rest, **more):
        path = tmp_path / "history.tsv"
        lengths.append(len(pd.read_csv(path, sep="\t")) if path.exists() else 0)
        return whole(*rest, **more)

    monkeypatch.setattr(loop, "train_epoch", counted)
    _, history = trained(volumes, labels, history=tmp_path / "history.tsv")
    assert lengths == [0, 1, 2, 3]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "history.tsv", sep="\t"), history)


def test_only_training_volumes_are_augmented(make_volumes):
    volumes, labels = make_volumes(10)
    changed = []

    class Spied:
        about = {}

        def __call__(self, volume, place, seed):
            assert torch.equal(volumes[4 + place], volume)
            changed.append(4 + place)
            return volume

    trained(volumes, labels, augmentation=Spied(), epochs=2)
    assert sorted(changed) == sorted(2 * [4, 5, 6, 7, 8, 9])


def test_a_loss_that_is_not_finite_names_epoch_and_scans(make_volumes):
    volumes, labels = make_volumes(10)
    network = untrained(volumes.shape)
    with torch.no_grad():
        network.classifier[-1].weight.fill_(float("inf"))
    with pytest.raises(InputError, match=r"epoch 1: the loss is nan on sub-\d\d, sub-\d\d, sub-\d\d;"):
        trained(volumes, labels, network)


def test_one_class_is_refused(make_volumes):
    volumes, _ = make_volumes(8)
    with pytest.raises(InputError, match="not of both classes"):
        trained(volumes, [1] * 8)


def test_three_classes_are_learnt(make_volumes):
    volumes, _ = make_volumes(18, strength=0)
    labels = [number % 3 for number in range(18)]
    marked = Marked(volumes, labels)
    torch.manual_seed(1)
    network = build("mrinet", volumes.shape, classes=3, width=2)
    settings = SETTINGS | {"epochs": 14, "learning_rate": 3e-3, "milestones": [], "keep": "roc_auc"}
    _, history = fit(network, marked, labels, marked, labels, seed=1, settings=settings, classes=3)
    kept = history[history["best"].eq(1)]
    assert kept["validation_roc_auc"].item() == 1 and kept["validation_balanced_accuracy"].item() > 0.9


def test_an_amount_is_learnt_in_its_own_unit(make_volumes):
    volumes, _ = make_volumes(16, strength=0)
    ages = [60.0 + 2 * number for number in range(16)]
    marked = Marked(volumes, [(age - 75) / 10 for age in ages])
    torch.manual_seed(1)
    network = build("mrinet", volumes.shape, classes=None, width=2, dropout=0)
    settings = SETTINGS | {"epochs": 40, "learning_rate": 3e-3, "milestones": [], "keep": "r2"}
    _, history = fit(network, marked, ages, marked, ages, seed=1, settings=settings, classes=0)
    kept = history[history["best"].eq(1)]
    assert kept["validation_r2"].item() > 0.8 and kept["validation_mae"].item() < 4
    assert history["validation_r2"].idxmax() == kept.index.item()


class Marked:
    """Volumes whose middle is as much brighter as an amount says."""

    masked = False

    def __init__(self, volumes, amounts):
        self.volumes, self.amounts = volumes, amounts
        self.scans, self.checksums = volumes.scans, volumes.checksums
        self.channels, self.shape = volumes.channels, volumes.shape

    def __len__(self):
        return len(self.volumes)

    def __iter__(self):
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place):
        volume = self.volumes[place].clone()
        volume[:, 4:16, 8:20, 6:18] += 2 * self.amounts[place]
        return volume


@pytest.mark.parametrize("name", trainings())
def test_one_epoch_runs_by_every_preset(make_volumes, name):
    volumes, labels = make_volumes(9)
    _, history = trained(volumes, labels, held=3, **trainings()[name] | {"epochs": 1})
    assert history["learning_rate"].tolist() == [trainings()[name]["learning_rate"]]
    assert history["best"].tolist() == [1]


def test_a_sampling_decides_which_scans_an_epoch_sees(make_volumes):
    volumes, _ = make_volumes(12)
    seen = []

    class Spied:
        about = {}

        def __call__(self, volume, place, seed):
            seen.append(place)
            return volume

    trained(volumes, [0] * 2 + [1] * 2 + [0] * 6 + [1] * 2, augmentation=Spied(), epochs=3, sampling="undersample")
    assert len(seen) == 3 * 4 and all(set(seen[start : start + 4]) >= {6, 7} for start in (0, 4, 8))


@pytest.mark.slow
def test_a_compiled_network_learns_the_same_and_is_itself_again(make_volumes):
    volumes, labels = make_volumes(10)
    network, twin = (build("mrinet", volumes.shape, width=2, dropout=0) for _ in range(2))  # it drops others
    twin.load_state_dict(network.state_dict())
    weights, history = trained(volumes, labels, network, epochs=2, compile=True)
    plain, expected = trained(volumes, labels, twin, epochs=2)
    assert weights.keys() == plain.keys() and network._compiled_call_impl is None
    pd.testing.assert_frame_equal(history, expected, rtol=1e-3)


def test_compiling_without_a_compiler_is_one_line(make_volumes, monkeypatch):
    volumes, labels = make_volumes(8)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError, match=r"training.compile.*install g\+\+, or set it to false"):
        trained(volumes, labels, compile=True)


def test_the_log_says_how_far_the_training_is(make_volumes, caplog):
    caplog.set_level(logging.INFO)
    volumes, labels = make_volumes(8)
    trained(volumes, labels, epochs=2)
    lines = [record.message for record in caplog.records if record.message.startswith("epoch")]
    assert len(lines) == 2 and all(part in lines[1] for part in ("epoch 2 of 2", "volumes/s", "left", "GB"))

import pandas as pd
import pytest
import torch

from tests.library.training.looped import AUGMENTATION, SETTINGS, same, untrained
from voxplain.errors import InputError
from voxplain.store import Volumes
from voxplain.training import loop
from voxplain.training.kept_epochs import epochs_to_keep, forget_epochs, keep_epoch, read_epochs
from voxplain.training.loop import fit


def trained(volumes, labels, **options):
    changes = {name: options.pop(name) for name in list(options) if name not in ("kept", "checkpoint")}
    return fit(
        untrained(volumes.shape),
        Volumes(volumes.path, volumes.scans[4:]),
        labels[4:],
        Volumes(volumes.path, volumes.scans[:4]),
        labels[:4],
        seed=1,
        settings=SETTINGS | changes,
        augmentation=AUGMENTATION,
        **options,
    )


@pytest.mark.parametrize(
    ("epochs", "count", "expected"),
    [(10, 0, []), (10, 1, [10]), (10, 3, [4, 7, 10]), (100, 4, [25, 50, 75, 100]), (3, 8, [1, 2, 3])],
)
def test_kept_epochs_are_evenly_apart_and_the_last_is_one_of_them(epochs, count, expected):
    assert epochs_to_keep(epochs, count) == expected


def test_what_is_kept_are_the_weights_after_that_epoch_with_its_learning_rate(make_volumes, tmp_path):
    volumes, labels = make_volumes(8)
    _, history = trained(volumes, labels, kept=tmp_path / "kept", keep_epochs=2)
    found = list(read_epochs(tmp_path / "kept", history))
    assert [(one.epoch, one.learning_rate) for one in found] == [(2, 1e-3), (4, 5e-4)]
    for one in found:
        weights, _ = trained(volumes, labels, epochs=one.epoch, keep="last")
        assert same(one.weights, weights)


def test_keeping_epochs_or_not_gives_the_same_weights_and_history(make_volumes, tmp_path):
    volumes, labels = make_volumes(8)
    weights, history = trained(volumes, labels)
    for count in (0, 3):
        others, table = trained(volumes, labels, kept=tmp_path / "kept", keep_epochs=count)
        assert same(weights, others)
        pd.testing.assert_frame_equal(history, table)
    assert len(list((tmp_path / "kept").iterdir())) == 3
    trained(volumes, labels, kept=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_killed_training_goes_on_with_what_it_had_kept(make_volumes, tmp_path, monkeypatch):
    volumes, labels = make_volumes(8)
    _, history = trained(volumes, labels, kept=tmp_path / "whole", keep_epochs=4)
    keep_epoch(tmp_path / "killed", 9, {"of": torch.zeros(1)})
    save, saved = loop.save_checkpoint, []

    def killed(path, about, parts, rows, best):
        if len(rows) == 3:
            raise KeyboardInterrupt
        saved.append(len(rows))
        save(path, about, parts, rows, best)

    paths = {"kept": tmp_path / "killed", "checkpoint": tmp_path / "of.checkpoint"}
    monkeypatch.setattr(loop, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(volumes, labels, keep_epochs=4, **paths)
    second = (tmp_path / "killed" / "epoch-0002.pt").stat().st_mtime_ns
    monkeypatch.setattr(loop, "save_checkpoint", save)
    trained(volumes, labels, keep_epochs=4, **paths)
    whole, again = (list(read_epochs(tmp_path / name, history)) for name in ("whole", "killed"))
    assert saved == [1, 2] and [one.epoch for one in again] == [1, 2, 3, 4]
    assert all(same(one.weights, other.weights) for one, other in zip(whole, again, strict=True))
    assert (tmp_path / "killed" / "epoch-0002.pt").stat().st_mtime_ns == second


def test_nothing_kept_and_a_history_of_another_training_are_said_in_a_line(tmp_path):
    history = pd.DataFrame({"epoch": [1], "learning_rate": [0.1]})
    history.to_csv(tmp_path / "history.tsv", sep="\t", index=False)
    with pytest.raises(InputError, match="no epoch was kept; set training.keep_epochs"):
        list(read_epochs(tmp_path / "none", tmp_path / "history.tsv"))
    keep_epoch(tmp_path / "kept", 2, {"of": torch.zeros(1)})
    with pytest.raises(InputError, match="epoch-0002.pt: the history of this training has no such epoch"):
        list(read_epochs(tmp_path / "kept", history))
    forget_epochs(tmp_path / "none")
    forget_epochs(None)

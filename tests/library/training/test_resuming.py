import os
import random
import runpy
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import torch
from torch import nn

from tests.library.training.looped import ASKED, AUGMENTATION, ROOT, SETTINGS, same, trained, untrained
from voxplain.networks.build import build
from voxplain.training import loop
from voxplain.training.pieces import Pieces

SCRIPT = """
    import sys
    import torch
    from voxplain.networks.build import build
    from voxplain.store import Volumes
    from voxplain.training.augmentation import augmentation_of
    from voxplain.training.loop import fit

    def train(store, checkpoint, weights, settings, augmentation):
        scans = Volumes(store).scans
        labels = [number % 2 for number in range(len(scans))]
        torch.manual_seed(1)
        best, history = fit(
            build("mrinet", Volumes(store).shape, width=2),
            Volumes(store, scans[4:]), labels[4:], Volumes(store, scans[:4]), labels[:4],
            seed=1, settings=settings, augmentation=augmentation_of(augmentation), checkpoint=checkpoint,
            memory_format=torch.channels_last_3d,
        )
        torch.save(best, weights)
        return history.to_csv()

    if __name__ == "__main__":
        print(train(*sys.argv[1:4], *map(eval, sys.argv[4:])), end="")
"""


def test_a_training_killed_three_times_at_random_ends_with_the_same_bytes(make_volumes, tmp_path):
    volumes, _ = make_volumes(12)
    script, moments = tmp_path / "train.py", random.Random(1)
    script.write_text(textwrap.dedent(SCRIPT))
    settings = SETTINGS | {"epochs": 14, "milestones": [3, 9], "sampling": "weighted", "clip_norm": 1.0}
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()

    def paths(folder):
        return volumes.path, tmp_path / folder / "of.checkpoint", tmp_path / folder / "weights.pt"

    def start():
        command = [sys.executable, script, *paths("killed"), repr(settings), repr(ASKED)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True)

    def written():
        path = paths("killed")[1]
        return path.stat().st_mtime_ns if path.exists() else 0

    history = runpy.run_path(script)["train"](*paths("whole"), settings, ASKED)
    for _ in range(3):
        before, process = written(), start()
        while written() == before and process.poll() is None:
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
    assert start().communicate()[0] == history
    assert paths("killed")[2].read_bytes() == paths("whole")[2].read_bytes()


@pytest.mark.parametrize(
    ("optimiser", "schedule"), [("adam", "milestones"), ("nesterov", "cosine"), ("rmsprop", "step"), ("sgd", "none")]
)
def test_every_optimiser_and_schedule_goes_on_as_if_it_had_not_been_stopped(
    make_volumes, tmp_path, optimiser, schedule
):
    volumes, labels = make_volumes(10)
    settings = {"optimiser": optimiser, "schedule": schedule, "step": 2, "momentum": 0.5, "keep": "roc_auc"}
    settings |= {"class_weights": [1.0, 2.5], "sampling": "weighted", "accumulate": 2, "precision": "bf16"}
    settings |= {"epochs": 5, "learning_rate": 1e-4}

    class Stopped:
        about = AUGMENTATION.about

        def __init__(self):
            self.left = 3 * 6 + 2

        def __call__(self, *given):
            self.left -= 1
            if not self.left:
                raise InterruptedError
            return AUGMENTATION(*given)

    path = tmp_path / "one.checkpoint"
    with pytest.raises(InterruptedError):
        trained(volumes, labels, augmentation=Stopped(), checkpoint=path, **settings)
    assert len(torch.load(path, weights_only=True)["rows"]) == 3
    again, rows = trained(volumes, labels, augmentation=AUGMENTATION, checkpoint=path, **settings)
    whole, expected = trained(volumes, labels, augmentation=AUGMENTATION, **settings)
    assert same(again, whole) and rows.equals(expected)


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 1e-2},
        {"code": "another"},
        {"seed": 2},
        {"augmentation": AUGMENTATION},
        {"sampling": "weighted"},
    ],
)
def test_a_checkpoint_of_another_training_is_not_used(make_volumes, tmp_path, change):
    volumes, labels = make_volumes(8)
    trained(volumes, labels, checkpoint=tmp_path / "one.checkpoint", epochs=2)
    resumed, _ = trained(volumes, labels, checkpoint=tmp_path / "one.checkpoint", **({"epochs": 2} | change))
    fresh, _ = trained(volumes, labels, **({"epochs": 2} | change))
    assert same(resumed, fresh)


def test_a_checkpoint_of_another_network_is_not_used(make_volumes, tmp_path):
    volumes, labels = make_volumes(8)
    trained(volumes, labels, checkpoint=tmp_path / "one.checkpoint", epochs=2)
    for other in (untrained(volumes.shape, seed=5), build("mrinet", volumes.shape, width=2, dropout=0)):
        start = {name: value.clone() for name, value in other.state_dict().items()}
        resumed, _ = trained(volumes, labels, other, checkpoint=tmp_path / "one.checkpoint", epochs=2)
        other.load_state_dict(start)
        assert same(resumed, trained(volumes, labels, other, epochs=2)[0])


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_damaged_checkpoint_is_named_and_training_begins_anew(make_volumes, tmp_path, caplog, share):
    volumes, labels = make_volumes(8)
    path = tmp_path / "one.checkpoint"
    trained(volumes, labels, checkpoint=path, epochs=2)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    resumed, _ = trained(volumes, labels, checkpoint=path, epochs=2)
    assert same(resumed, trained(volumes, labels, epochs=2)[0])
    assert "one.checkpoint: cut short or damaged; training begins anew" in caplog.text


class Small(nn.Module):
    """A network for which memory holds so many scans at once, from its ``after``-th training batch on."""

    def __init__(self, inner, scans, after):
        super().__init__()
        self.inner, self.scans, self.after, self.shown = inner, scans, after, 0

    def forward(self, volumes):
        self.shown += self.training
        if self.training and self.shown > self.after and len(volumes) > self.scans:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.inner(volumes)

    def __repr__(self):
        return "Small()"


def test_a_training_that_was_halved_goes_on_in_halves_and_still_says_so(make_volumes, tmp_path, monkeypatch):
    volumes, labels = make_volumes(10)

    def run(after, **options):
        pieces = Pieces()
        found = trained(volumes, labels, Small(untrained(volumes.shape), 2, after), pieces=pieces, **options)
        return found, pieces.most

    (whole, rows), most = run(3)
    path, save = tmp_path / "one.checkpoint", loop.save_checkpoint

    def killed(*given):
        save(*given)
        if len(given[3]) == 2:
            raise InterruptedError

    monkeypatch.setattr(loop, "save_checkpoint", killed)
    with pytest.raises(InterruptedError):
        run(3, checkpoint=path)
    monkeypatch.setattr(loop, "save_checkpoint", save)
    # the job that goes on would have room for whole batches
    (again, rows_again), most_again = run(1000, checkpoint=path)
    assert most == most_again == 1 and same(again, whole) and rows_again.equals(rows)

import sys
from types import ModuleType

import pytest

from voxplain.errors import SettingsError
from voxplain.training.tensorboard import scalars


def test_rows_go_to_a_folder_beside_the_history(tmp_path, monkeypatch):
    written = []

    class SummaryWriter:
        def __init__(self, folder):
            written.append(folder)

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        def flush(self):
            written.append("flushed")

        def close(self):
            written.append("closed")

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    with scalars(tmp_path / "r1f1_seed-1.history.tsv", True) as add:
        add({"epoch": 3, "train_loss": 0.5})
    folder = tmp_path / "tensorboard" / "r1f1_seed-1.history"
    assert written == [folder, ("train_loss", 0.5, 3), "flushed", "closed"]


def test_without_the_package_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SettingsError, match="pip install tensorboard, or set it to false"):
        scalars(tmp_path / "history.tsv", True).__enter__()


def test_nothing_is_written_unless_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with scalars(tmp_path / "history.tsv", False) as add:
        add({"epoch": 1, "train_loss": 1.0})
    assert not list(tmp_path.iterdir())

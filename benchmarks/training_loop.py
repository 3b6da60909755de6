"""An epoch of the training loop against that of a published study, on the same brains at 2 mm, one thread each.

The peer is the loop of Rieke et al. 2018 as described: a DataLoader over .nii.gz files that masks and z-scores every
voxel by numpy, float32, channels first, the loss read after every step. It is given the better of no worker and of one,
which stays alive between epochs. Ours reads the packed store, masked and z-scored alike, and keeps nothing in memory.
``--full`` times more epochs. With a GPU the same is timed there too, else it reads ``not measured``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset

from benchmarks.heads import AFFINE, brains
from benchmarks.timing import interleaved, write_line
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.batches import batch_places, batches
from voxplain.training.devices import keep_freed_memory, memory_format, repeatable
from voxplain.training.epochs import train_epoch
from voxplain.training.normalisation import fitted, normalised
from voxplain.training.one_split import undropped

BATCH = 2
SCANS = {"adni_cnn": 6, "mrinet": 2}
TARGETS = {"adni_cnn": 1.1, "mrinet": 1.2, "gpu": 10, "wait": 0.05}
SMALL = (22, 26, 24)


class FilesOnDisk(Dataset):
    """Volumes of .nii.gz files as the peer reads them, with their labels."""

    def __init__(self, paths, mask, mean, spread):
        self.paths, self.mask, self.mean, self.spread = paths, mask, mean, spread

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, place):
        volume = np.asarray(nibabel.load(self.paths[place]).dataobj, dtype=np.float32) * self.mask
        volume = np.nan_to_num((volume - self.mean) / (self.spread + 1e-10))
        return torch.from_numpy(volume[None]), place % 2


class Loops:
    """Both loops on the same scans, each with a network of the same weights, on one device.

    ``rows`` are pairs of an int16 volume and its mask, the same for all.
    """

    def __init__(self, name, folder, rows, device, double=False):
        folder.mkdir(exist_ok=True)
        names = [f"sub-{number:02d}" for number in range(len(rows))]
        paths = [folder / f"{one}.nii.gz" for one in names]
        for path, (volume, _) in zip(paths, rows, strict=True):
            nibabel.save(nibabel.Nifti1Image(volume, AFFINE), path)
        stored = ((one, one, *row) for one, row in zip(names, rows, strict=True))
        write_store(folder / "packed.h5", stored, AFFINE, "mni152", {})
        self.plain = Volumes(folder / "packed.h5", mask="brain")
        self.volumes = normalised(self.plain, "voxel_zscore", fitted("voxel_zscore", self.plain))
        mask = rows[0][1].astype(np.float32)
        brain = np.stack([volume * mask for volume, _ in rows]).astype(np.float64)
        self.files = FilesOnDisk(paths, mask, brain.mean(0).astype(np.float32), brain.std(0).astype(np.float32))
        self.places, self.labels = batch_places(list(range(len(rows))), BATCH), np.arange(len(rows)) % 2
        self.device, self.layout = device, memory_format(name)
        self.ours, self.peer = (self._network(name, rows, layout, double) for layout in (self.layout, None))
        self.loaders = {workers: self._loader(workers) for workers in (0, 1)}

    def _network(self, name, rows, layout, double):
        torch.manual_seed(1)
        network = build(name, rows[0][0].shape, **({"width": 4} if double else {}))
        if double:
            undropped(network)
            network.double().register_forward_pre_hook(lambda module, given: (given[0].double(),))
        network.to(self.device, memory_format=layout or torch.contiguous_format)
        # Adam makes whole steps of what is rounding in a gradient of 0, so the agreement is checked without it
        optimiser = torch.optim.SGD if double else torch.optim.Adam
        return network, optimiser(network.parameters(), lr=1e-4)

    def _loader(self, workers):
        return DataLoader(self.files, BATCH, shuffle=False, num_workers=workers, persistent_workers=workers > 0)

    def batches(self):
        """The batches of an epoch, read ahead."""
        pinned = self.device.type == "cuda"
        return batches(self.volumes, self.labels, self.places, memory_format=self.layout, pinned=pinned)

    def our_epoch(self, ahead=None, precision="float32"):
        """One epoch of ours."""
        network, optimiser = self.ours
        ahead = self.batches() if ahead is None else ahead
        train_epoch(network, optimiser, ahead, self.device, 1, self.volumes.scans, precision=precision)

    def peer_epoch(self, workers=0):
        """One epoch of the peer's."""
        network, optimiser = self.peer
        network.train()
        losses, right = [], 0
        for volumes, labels in self.loaders[workers]:
            volumes, labels = volumes.to(self.device), labels.to(self.device)
            optimiser.zero_grad()
            logits = network(volumes)
            loss = cross_entropy(logits, labels)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            right += int((logits.argmax(1) == labels).sum())


def compare(folder, full):
    """Time both loops with both networks, and write the line."""
    rows, repeats, figures = list(brains(max(SCANS.values()))), 9 if full else 5, {}
    rows = [(volume, rows[0][1]) for volume, _ in rows]
    for name, scans in SCANS.items():
        cpu = Loops(name, folder / name, rows[:scans], torch.device("cpu"))
        with repeatable(cpu.device, 1):
            figures |= {f"{name}_{key}": value for key, value in _timed(cpu, repeats).items()}
        figures[f"{name}_target"] = TARGETS[name]
    gpu = "not measured"
    if torch.cuda.is_available():
        gpu = {name: _timed(Loops(name, folder / "gpu", rows, torch.device("cuda")), repeats) for name in SCANS}
    wait = max(figures[f"{name}_wait_share"] for name in SCANS)
    figures |= {"wait_share": wait, "wait_target": TARGETS["wait"], "gpu": gpu, "gpu_target": TARGETS["gpu"]}
    ratio, target = figures["adni_cnn_ratio"], TARGETS["adni_cnn"]
    write_line("training_loop", ratio, _difference(folder / "small"), target=target, batch=BATCH, threads=1, **figures)


def _timed(loops, repeats):
    """Peer over ours, the same with bf16, and where our time goes, in seconds a volume."""
    count, ready = len(loops.volumes), list(loops.batches())
    on_device = [one._replace(volumes=one.volumes.to(loops.device)) for one in ready]
    peers = {f"peer_{workers}": lambda workers=workers: loops.peer_epoch(workers) for workers in (0, 1)}
    seconds = interleaved({**peers, "ours": loops.our_epoch}, repeats)
    parts = {
        "bf16": lambda: loops.our_epoch(precision="bf16"),
        "step": lambda: loops.our_epoch(on_device),
        "load": lambda: [loops.plain[place].sum() for place in range(count)],
        "load_normalise": lambda: [loops.volumes[place].sum() for place in range(count)],
    }
    seconds |= interleaved(parts, 3)
    peer = min(seconds["peer_0"], seconds["peer_1"])
    return {
        "ratio": peer / seconds["ours"],
        "bf16_ratio": peer / seconds["bf16"],
        "wait_share": _wait_share(loops),
        "step_share": seconds["step"] / seconds["ours"],
        "load": seconds["load"] / count,
        "normalise": (seconds["load_normalise"] - seconds["load"]) / count,
        **{key: seconds[key] / count for key in ("step", "ours", "peer_0", "peer_1")},
    }


def _wait_share(loops, rounds=3):
    """Share of a step for which it waits for its batch; the first of an epoch, which starts the reader, not counted."""
    loops.places, short = loops.places * rounds, loops.places
    waited, between = [], []

    def watched():
        ahead, asked = loops.batches(), time.perf_counter()
        for batch in ahead:
            came = time.perf_counter()
            waited.append(came - asked)
            yield batch
            asked = time.perf_counter()
            between.append(asked - came)

    loops.our_epoch(watched())
    loops.places = short
    return sum(waited[1:]) / sum(between[1:])


def _difference(folder):
    """Largest difference, in float64, of the weights after an epoch of each loop on small volumes."""
    generator = np.random.default_rng(1)
    # Whole numbers from 0 to 1024, both in it, are what both int16 and a store's float16 hold exactly
    rows = [(generator.integers(0, 1025, SMALL).astype(np.int16), np.ones(SMALL, np.uint8)) for _ in range(6)]
    for volume, _ in rows:
        volume[0, 0, :2] = 0, 1024
    loops = Loops("mrinet", folder, rows, torch.device("cpu"), double=True)
    loops.our_epoch()
    loops.peer_epoch()
    ours, peer = (network.state_dict() for network in (loops.ours[0], loops.peer[0]))
    return max(float((ours[name] - peer[name]).abs().max()) for name in ours)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="9 epochs in place of 5")
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), parser.parse_args().full)

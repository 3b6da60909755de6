"""Draw the picture of each method's page into build/methods from the finished demo: ``python docs/methods/draw.py``.

Every method explains the same scan: of the first split's held-out scans of class 1, shown without the skull, the one
that its network is surest of. A picture is three axial slices of the map over the scan; red speaks for the class, blue
against it. A method that the demo's network does not fit has its refusal for a picture.
"""

import argparse
import logging
from pathlib import Path

import matplotlib
import numpy as np
import torch

from voxplain.attribution.attribute import attribute
from voxplain.attribution.postprocessing import postprocess
from voxplain.attribution.table import methods
from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError, UnsupportedModel
from voxplain.store import Volumes
from voxplain.training.trained import read_card, read_trained, shown_volumes

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT, MASK = "brain", "brain"
HEIGHTS = 0.35, 0.5, 0.65  # of the slices, in shares of what the scan fills
REGION = 6  # voxels, the side of the cubes that stand for an atlas
QUICKER = {
    "expected_gradients": {"references": ["zero", "mean", "blur"], "samples": 50},
    "occlusion": {"size": 6, "stride": 3},
}


def chosen_scan(results):
    """Network, volume (1, channels, x, y, z) and name of the scan; InputError when there is no finished study."""
    cards = sorted((results / "train" / EXPERIMENT).glob("*.card.json"))
    cards = [card for card in cards if not read_card(card).get("empty")]
    stores, folds = sorted((results / "packed").glob("*.h5")), sorted((results / "cohort").glob("label-*_folds.tsv"))
    if not cards or not stores or not folds:
        raise InputError(f"{results}: no finished study with an experiment {EXPERIMENT}; run `make demo` first")
    weights, card = cards[0].with_name(cards[0].name.replace(".card.json", ".pt")), read_card(cards[0])
    network, _ = read_trained(weights, cards[0])
    table = read_folds(folds[0]).table
    held_out = table[(table["split"] == card["split"]) & (table["role"] == "test") & (table["label"] == 1)]
    packed = set(Volumes(stores[0]).scans)
    volumes = shown_volumes(stores[0], [scan for scan in held_out["scan"] if scan in packed], MASK, weights, card)
    with torch.no_grad():
        batch = torch.stack([torch.as_tensor(volumes[number]) for number in range(len(volumes))])
        surest = int((network(batch) @ torch.tensor([-1.0, 1.0])).argmax())
    return network, batch[surest : surest + 1], volumes.scans[surest]


def cubes(volume):
    """Labels (x, y, z) of cubes inside the brain; 0 outside."""
    place = [torch.arange(length) // REGION for length in volume.shape[2:]]
    counts = [int(axis[-1]) + 1 for axis in place]
    labels = (place[0][:, None, None] * counts[1] + place[1][:, None]) * counts[2] + place[2] + 1
    return labels * (volume[0, 0] != 0)


def draw(volume, found, words, output):
    """Slices of the map ``found`` (x, y, z) over the volume, or of the volume alone with a refusal under it."""
    scan = volume[0, 0].numpy()
    filled = np.flatnonzero((scan != 0).any((0, 1)))
    figure, axes = plt.subplots(1, len(HEIGHTS), figsize=(7.5, 3.2), layout="constrained")
    limit = float(found.abs().max()) or 1 if found is not None else None
    for axis, height in zip(axes, HEIGHTS, strict=True):
        z = int(filled[0] + height * (filled[-1] - filled[0])) if len(filled) else scan.shape[2] // 2
        axis.imshow(scan[:, :, z].T, cmap="gray", origin="lower")
        if found is not None:
            seen = found[:, :, z].numpy().T
            strength = np.clip(2 * np.abs(seen) / limit, 0, 0.9)
            axis.imshow(seen, cmap="RdBu_r", vmin=-limit, vmax=limit, alpha=strength, origin="lower")
        axis.axis("off")
    figure.suptitle(words, fontsize=9, wrap=True)
    figure.savefig(output, dpi=100)
    plt.close(figure)


def main():
    """Write one PNG a method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "demo", help="of a finished study")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "methods")
    parser.add_argument("--methods", nargs="+", default=methods(), help="only these")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        network, volume, scan = chosen_scan(asked.results)
    except InputError as fault:
        parser.error(str(fault))
    asked.output.mkdir(parents=True, exist_ok=True)
    for method in asked.methods:
        options = {"labels": cubes(volume)} if method == "region_occlusion" else QUICKER.get(method, {})
        words, found = f"{method}, {scan}, class 1", None
        try:
            maps = attribute(network, volume, method, target=1, **options)
            found = postprocess(maps, [{"percentile": 99.8}])[0, 0]
        except UnsupportedModel as refusal:
            words = f"{method} refuses this network: {refusal}"
        draw(volume, found, words, asked.output / f"{method}.png")
        logging.info("%s", words)


if __name__ == "__main__":
    main()

"""Every method on a photograph: ``python docs/photo.py`` draws build/photo.png in well under a minute.

The photographs are made: a landscape with a red balloon (class 0) or a blue kite (class 1). A network of three
convolutions learns to tell them apart from 256 of them, and is then shown one with both. The sum of a map over the
three colours, height x width, is drawn for either class: red speaks for it, blue against it.
"""

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.postprocessing import postprocess
from voxplain.attribution.table import methods

ROOT = Path(__file__).resolve().parents[1]
HEIGHT, WIDTH = 48, 64
CLASSES = "balloon", "kite"
BALLOON, KITE = (0.85, 0.15, 0.15), (0.15, 0.2, 0.85)
# one region a square of 8 pixels, counted from 1
SQUARES = (torch.arange(HEIGHT)[:, None] // 8 * 8 + torch.arange(WIDTH) // 8 + 1).contiguous()
OPTIONS = {
    "smoothgrad": {"samples": 10},
    "expected_gradients": {"references": ["zero", "mean", "blur"], "samples": 30},
    "guided_integrated_gradients": {"steps": 20},
    # the mean colour stands for nothing there: black is a colour that the photographs have nowhere
    "occlusion": {"fill": "mean"},
    "region_occlusion": {"labels": SQUARES, "fill": "mean"},
    "hierarchical_occlusion": {"fill": "mean"},
}


def photograph(generator, objects):
    """A landscape (3, height, width) from 0 to 1 with each of ``objects``, of 0 (balloon) and 1 (kite), in its sky."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    drawn = np.stack([0.55 + 0.003 * rows, 0.7 + 0.002 * rows, 0.9 - 0.002 * rows])
    horizon = 36 + 3 * np.sin(columns / generator.uniform(6, 12) + generator.uniform(0, 6))
    drawn = np.where(rows > horizon, np.array([0.3, 0.5, 0.2])[:, None, None], drawn)
    for number, thing in enumerate(objects):
        half = WIDTH // len(objects)
        place = 14 + generator.integers(-4, 5), half * number + half // 2 + generator.integers(-6, 7)
        away = rows - place[0], columns - place[1]
        shape = np.hypot(*away) < 7 if thing == 0 else np.abs(away[0]) + np.abs(away[1]) < 9
        drawn = np.where(shape, np.array(BALLOON if thing == 0 else KITE)[:, None, None], drawn)
    noise = generator.normal(0, 0.04, drawn.shape)
    return torch.from_numpy(np.clip(drawn + noise, 0, 1).astype(np.float32))


def photographs(count, seed=0):
    """``count`` photographs (count, 3, height, width) of a balloon or a kite, and which, (count,)."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return torch.stack([photograph(generator, [label]) for label in labels]), torch.from_numpy(labels)


def trained_network(steps=80, seed=0):
    """A network of three convolutions and the mean over all cells that tells a balloon from a kite; its accuracy."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(
            *(nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 2)),
        )
        seen, labels = photographs(256)
        optimizer = torch.optim.Adam(network.parameters(), 0.003)
        for _ in range(steps):
            batch = torch.randint(len(seen), (32,))
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(seen[batch]), labels[batch]).backward()
            optimizer.step()
    unseen, labels = photographs(64, seed=1)
    with torch.no_grad():
        accuracy = (network.eval()(unseen).argmax(1) == labels).double().mean()
    return network, float(accuracy)


def all_maps(network, shown):
    """By method, the maps (classes, height, width) of the photograph ``shown``, one for each class."""
    both = shown.expand(len(CLASSES), -1, -1, -1)
    return {
        method: over_colours(attribute(network, both, method, target=[0, 1], **OPTIONS.get(method, {})))
        for method in methods()
    }


def over_colours(maps):
    """The sum of ``maps`` over the colours, or the one map that they all are."""
    return maps[:, 0] if (maps == maps[:, :1]).all() else maps.sum(1)


def draw(shown, maps, output):
    """Draw the photograph and the maps of each method for each class."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = -(-(len(maps) + 1) // 4)
    figure, grid = plt.subplots(rows, 8, figsize=(16, 1.75 * rows), layout="constrained")
    for axis in grid.flat:
        axis.axis("off")
    grid.flat[0].imshow(shown.permute(1, 2, 0))
    grid.flat[0].set_title("shown", fontsize=8)
    for place, (method, found) in enumerate(maps.items(), 1):
        for label, name in enumerate(CLASSES):
            axis = grid.flat[2 * place + label]
            seen = postprocess(found[None, label : label + 1], [{"percentile": 99.5}])[0, 0]
            limit = float(seen.abs().max()) or 1
            axis.imshow(seen, cmap="RdBu_r", vmin=-limit, vmax=limit)
            axis.set_title(f"{method}: {name}", fontsize=8)
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=100)


def main():
    """Train, explain and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "photo.png")
    output = parser.parse_args().output
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    network, accuracy = trained_network()
    shown = photograph(np.random.default_rng(5), [0, 1])
    logging.info("%d of 100 unseen photographs told apart; %d methods", round(100 * accuracy), len(methods()))
    draw(shown, all_maps(network, shown[None]), output)
    logging.info("%s", output)


if __name__ == "__main__":
    main()

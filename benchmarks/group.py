"""1,000 maps at 2 mm averaged over three groups and ranked by 116 regions, against a loop over their NIfTI files.

Ours reads the files of maps as the workflow leaves them and gives mean, standard deviation and, for each region and
group, share, density and rank with intervals from 500 resamples of subjects. The peer is the loop that published
notebooks have: each .nii.gz by nibabel, sums and sums of squares in float64 for each group, and the sum of the absolute
map in every region by its mask, without intervals. It is timed on 25 maps, which its time is proportional to
(``--full``: on all). ``bincount_ratio`` is against a peer that is better than published: .nii without compression, and
all regions by one bincount. A tenth of the maps are different ones: each stands for ten subjects.

``rss_growth`` is the largest resident memory of a process of ours with 1,000 maps over that of one with 100.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from subprocess import run
from types import SimpleNamespace

import nibabel
import numpy as np
from scipy.spatial import cKDTree

from benchmarks.timing import interleaved, write_line
from voxplain.attribution.maps import read_maps, write_maps
from voxplain.relevance.atlas import Atlas
from voxplain.relevance.averages import group_averages
from voxplain.relevance.groups import members
from voxplain.relevance.map_rows import map_rows
from voxplain.relevance.read_whole import whole_maps
from voxplain.relevance.region_ranks import rank_regions
from voxplain.relevance.regions import region_profiles
from voxplain.training.pace import peak_memory

SHAPE = (91, 109, 91)
AFFINE = np.diag([2.0, 2, 2, 1])
REGIONS, MAPS, DISTINCT, FILES = 116, 1000, 100, 5
GROUPS = ("all", "class0", "class1")
SAMPLED = 25
TARGET = 5


def made_maps(folder, shape=SHAPE, distinct=DISTINCT, files=FILES):
    """Files of maps of ``distinct`` scans, and the same as NIfTI files; returns both lists of paths."""
    generator, stored, images = np.random.default_rng(1), [], []
    each = distinct // files
    for file in range(files):
        maps = [generator.standard_normal(shape, np.float32) * 0.01 for _ in range(each)]
        names = [f"sub-{file * each + place:04d}" for place in range(each)]
        labels = [place % 2 for place in range(each)]
        about = {"provenance": {"split": f"r1f{file + 1}", "seed": 1}}
        stored.append(folder / f"r1f{file + 1}.h5")
        write_maps(stored[-1], names, names, labels, labels, maps, AFFINE, about)
        for name, values in zip(names, maps, strict=True):
            images.append(folder / f"{name}.nii.gz")
            for path in (images[-1], folder / f"{name}.nii"):
                nibabel.save(nibabel.Nifti1Image(values, AFFINE), path)
    return stored, images


def sources_of(paths, times):
    """The maps of all files, so many times over, each time as other subjects."""
    for again in range(times):
        for path in paths:
            maps = read_maps(path)
            names = [f"{name}x{again}" for name in maps.scan]
            yield SimpleNamespace(**{**vars(maps), "scan": names, "subject": names})


def made_atlas(shape=SHAPE, regions=REGIONS):
    """An ellipsoid of a brain, parted among the nearest of random points."""
    generator, grid = np.random.default_rng(2), np.indices(shape).reshape(3, -1).T
    inside = (((grid / np.array(shape) - 0.5) / 0.42) ** 2).sum(1) < 1
    points = grid[inside][generator.choice(inside.sum(), regions, replace=False)]
    labels = np.zeros(len(grid), np.int32)
    labels[inside] = cKDTree(points).query(grid[inside])[1] + 1
    return Atlas(labels.reshape(shape), AFFINE, {index + 1: f"region {index}" for index in range(regions)})


def ours(sources, atlas):
    """Averages of the groups, and the ranked regions of each."""
    rows, inside = map_rows(sources), atlas.labels > 0
    averages = group_averages(sources, GROUPS, inside.shape, mask=inside, measures=("mean", "sd"), scales=("raw",))
    profiles = region_profiles(whole_maps(sources, inside), atlas, inside)
    chosen = {group: members(group, rows["label"], rows["predicted"]) for group in GROUPS}
    return averages, {group: rank_regions(profiles, rows["subject"], one) for group, one in chosen.items()}


def by_loop(images, labels, atlas, read=np.float32, bincount=False):
    """What the peer finds of ``images``: ``{group: (mean, sd)}``, and the mean share of every region."""
    masks = [atlas.labels == index for index in atlas.names] if not bincount else []
    sums = {group: np.zeros((2, *atlas.labels.shape)) for group in GROUPS}
    shares = {group: [] for group in GROUPS}
    for path, label in zip(images, labels, strict=True):
        values = np.asarray(nibabel.load(path).dataobj, read)
        size = np.abs(values)
        if bincount:
            amounts = np.bincount(atlas.labels.ravel(), size.ravel(), len(atlas.names) + 1)[1:]
        else:
            amounts = np.array([size[mask].sum(dtype=np.float64) for mask in masks])
        for group in ("all", f"class{label}"):
            sums[group] += values, values.astype(np.float64) ** 2
            shares[group].append(amounts / amounts.sum())
    averages = {}
    for group, (total, squares) in sums.items():
        count = len(shares[group])
        mean = total / count
        averages[group] = mean, np.sqrt(np.maximum(squares - count * mean**2, 0) / (count - 1))
    return averages, {group: np.mean(own, axis=0) for group, own in shares.items()}


def compare(folder, full):
    """Time both, and write the line."""
    stored, images = made_maps(folder)
    atlas, sources = made_atlas(), list(sources_of(stored, MAPS // DISTINCT))
    images = (images * (MAPS // DISTINCT))[: MAPS if full else SAMPLED]
    labels = [place % 2 for place in range(len(images))]
    plain = [path.with_suffix("") for path in images]
    works = {
        "ours": lambda: ours(sources, atlas),
        "peer": lambda: by_loop(images, labels, atlas),
        "bincount": lambda: by_loop(plain, labels, atlas, bincount=True),
    }
    seconds = interleaved(works, 5)
    peer, bincount = (seconds[name] * MAPS / len(images) for name in ("peer", "bincount"))
    few, many = (_resident(folder, count) for count in (100, MAPS))
    write_line(
        "group",
        peer / seconds["ours"],
        disagreement(folder / "small"),
        target=TARGET,
        maps=MAPS,
        regions=REGIONS,
        ours=seconds["ours"],
        peer=peer,
        bincount_ratio=bincount / seconds["ours"],
        rss_growth=many / few,
        rss_mb_at_100=few / 1e6,
        rss_mb_at_1000=many / 1e6,
        gpu="not used",
    )


def disagreement(folder):
    """Largest relative difference of means, deviations and shares from the peer's on small maps."""
    folder.mkdir()
    shape = (20, 24, 22)
    stored, images = made_maps(folder, shape, 20, 2)
    atlas = made_atlas(shape, 12)
    sources = [read_maps(path) for path in stored]
    averages, regions = ours(sources, atlas)
    means, shares = by_loop(images, [label for source in sources for label in source.label], atlas, np.float64)
    found = []
    for group in GROUPS:
        for values, expected in zip((averages[group].mean, averages[group].sd), means[group], strict=True):
            found.append(np.abs(values - expected).max() / np.abs(expected).max())
        found.append(np.abs(regions[group].sort_values("index")["share"] - shares[group]).max() / shares[group].max())
    return float(max(found))


def _resident(folder, count):
    """Bytes that a process of ours with so many maps held at most."""
    command = [sys.executable, "-m", "benchmarks.group", "--held", str(folder), str(count)]
    return int(run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="time the peer on all maps")
    parser.add_argument("--held", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.held:
        paths = sorted(Path(asked.held[0]).glob("r1f*.h5"))
        ours(list(sources_of(paths, int(asked.held[1]) // DISTINCT)), made_atlas())
        sys.stdout.write(f"{peak_memory()}\n")
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), asked.full)

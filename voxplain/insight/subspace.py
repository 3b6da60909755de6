"""The few directions along which training scans differ most, and how far something lies from them.

Probabilistic principal components: Tipping and Bishop, Journal of the Royal Statistical Society B 1999.
"""

import math
from dataclasses import dataclass

import torch

from voxplain.errors import InputError


@dataclass(frozen=True)
class Subspace:
    """Orthonormal ``axes`` (components, voxels), the scans' ``sds`` along them and the ``noise`` off them.

    ``noise`` is the standard deviation, per voxel that varies, of what the axes leave of a scan, and ``share`` how much
    of the scans' variance they hold. Whatever is asked about is a difference from the mean scan, of any shape.
    """

    axes: torch.Tensor
    sds: torch.Tensor
    noise: float
    share: float
    voxels: int

    def coordinates(self, difference):
        """Where ``difference`` lies along each axis, in its standard deviations, (components,)."""
        return self.axes @ difference.flatten() / self.sds

    def off(self, difference):
        """What of ``difference`` no axis holds, shaped like it."""
        flat = difference.flatten()
        return (flat - (self.axes @ flat) @ self.axes).view_as(difference)

    def distance(self, difference):
        """How far ``difference`` lies off the axes, in ``noise``: about 1 for a scan that the axes were fitted on."""
        return float(self.off(difference).norm()) / (self.noise * math.sqrt(self.voxels))

    def penalty(self, difference):
        """Minus the log density of probabilistic principal components but for a constant, times the noise's variance.

        (|off|² + noise² |coordinates|²) / 2: little stands in the way of a change along the axes.
        """
        along = self.coordinates(difference).square().sum()
        return (self.off(difference).square().sum() + self.noise**2 * along) / 2

    def slope(self, difference):
        """The gradient of `penalty`, shaped like ``difference``."""
        pull = self.coordinates(difference) * self.noise**2 / self.sds
        return self.off(difference) + (pull @ self.axes).view_as(difference)

    def nearest(self, difference, reach):
        """The nearest to ``difference`` of what lies on the axes within ``reach`` standard deviations of the mean."""
        kept = self.coordinates(difference).clamp(-reach, reach) * self.sds
        return (kept @ self.axes).view_as(difference)

    def to(self, device, dtype):
        """The same on ``device`` in ``dtype``."""
        return Subspace(self.axes.to(device, dtype), self.sds.to(device, dtype), self.noise, self.share, self.voxels)


def principal_subspace(differences, components, voxels, megabytes=512):
    """The `Subspace` of the largest variances of ``differences``, a sequence of flat float64 vectors of mean zero.

    ``voxels`` is how many of their entries vary. The decomposition is that of the products of all pairs, and memory is
    that of the axes and of ``megabytes`` of vectors. Each axis points to the side of its largest entry. Raises
    InputError where the vectors span fewer than ``components`` directions.
    """
    count = len(differences)
    values, vectors = torch.linalg.eigh(_products(differences, megabytes))
    values, vectors = values.flip(0).clamp(min=0), vectors.flip(1)
    total, wanted = values.sum(), values[:components]
    spanned = int((values > 1e-9 * values[0]).sum())
    if spanned < components:
        raise InputError(f"{count} training scans differ in {spanned} directions; give fewer components")
    axes = torch.zeros(components, len(differences[0]), dtype=torch.float64)
    for place in range(count):
        axes += torch.outer(vectors[place, :components] / wanted.sqrt(), differences[place])
    axes *= axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    left = (total - wanted.sum()).clamp(min=0) / (count * max(voxels - components, 1))
    # exactly as many directions as components: the smallest of them stands for the noise that was not seen
    noise = max(float(left), 1e-6 * float(wanted[-1]) / (count * voxels)) ** 0.5
    return Subspace(axes, (wanted / count).sqrt(), noise, float(wanted.sum() / total), voxels)


def _products(differences, megabytes):
    """(n, n): inner products of all pairs, read in blocks."""
    count = len(differences)
    many = max(1, int(megabytes * 2**20 // (2 * 8 * len(differences[0]))))
    products = torch.zeros(count, count, dtype=torch.float64)
    blocks = [range(start, min(start + many, count)) for start in range(0, count, many)]
    for number, rows in enumerate(blocks):
        of_rows = torch.stack([differences[place] for place in rows])
        for columns in blocks[number:]:
            same = columns is rows
            others = of_rows if same else torch.stack([differences[place] for place in columns])
            found = of_rows @ others.T
            products[rows.start : rows.stop, columns.start : columns.stop] = found
            products[columns.start : columns.stop, rows.start : rows.stop] = found.T
    return products

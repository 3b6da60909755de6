"""Maps of a few scans by any network, each described once inside its own mask, and compared with others of the scan."""

from dataclasses import dataclass

from voxplain.sanity.complexity import complexity
from voxplain.sanity.similarity import MEASURES, Described, MapsInMask


@dataclass(frozen=True)
class ScanMap:
    """A map of one scan as `MapsInMask` compares it, and its ``complexity``, None where nobody asked."""

    described: Described
    complexity: float | None


class DescribedMaps:
    """What ``explain(network)`` yields, a map (x, y, z) for each of ``volumes``, described; or given maps of them.

    Maps count in the scan's brain mask where the network sees it (``seen``, (x, y, z)). ``bins`` asks for the
    complexity of each map, see `complexity`; ``measures`` for some of MEASURES alone.
    """

    def __init__(self, volumes, seen, explain=None, bins=None, measures=MEASURES):
        self.scans, self.explain, self.bins, self.measures = volumes.scans, explain, bins, measures
        self.regions = [MapsInMask(volumes.mask(place).numpy() * seen) for place in range(len(volumes))]

    def of(self, network):
        """The ``ScanMap`` of each volume, as ``network`` is explained."""
        return self.of_images(self.explain(network))

    def of_images(self, images):
        """The ``ScanMap`` of each of ``images`` (x, y, z), one for each volume."""
        return [self._scan_map(region, one) for region, one in zip(self.regions, images, strict=True)]

    def compared(self, ones, others, **about):
        """A row (dict) for each scan: ``about``, the similarity of its two maps and the complexity of the second."""
        rows = []
        for scan, region, one, other in zip(self.scans, self.regions, ones, others, strict=True):
            row = {"scan": scan, **about, **region.similarity(one.described, other.described, self.measures)}
            rows.append(row if self.bins is None else row | {"complexity": other.complexity})
        return rows

    def _scan_map(self, region, values):
        asked = None if self.bins is None else complexity(values[region.box][region.inside], self.bins)
        return ScanMap(region.described(values), asked)

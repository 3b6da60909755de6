"""One cascade for several methods, whose maps of each randomised network share its passes."""

from voxplain.attribution.attribute import attribute_all
from voxplain.attribution.kept_passes import kept_passes
from voxplain.attribution.maps import over_channels
from voxplain.relevance.named_options import of_scan
from voxplain.sanity.cascade_table import randomised
from voxplain.sanity.described_maps import DescribedMaps
from voxplain.sanity.randomisation import layers
from voxplain.sanity.similarity import MEASURES
from voxplain.training.covariates import conditioned


class Repeated:
    """``volumes``, each so many ``times`` in turn, as far as `DescribedMaps` looks at them."""

    def __init__(self, volumes, times):
        self.volumes, self.times = volumes, times
        self.scans = [scan for scan in volumes.scans for _ in range(times)]

    def __len__(self):
        return len(self.scans)

    def mask(self, place):
        """The brain mask of one of them."""
        return self.volumes.mask(place // self.times)


def cascade_rows_of_all(
    network, volumes, classes, methods, seen, *, draws, seed, device="cpu", covariates=None, measures=MEASURES
):
    """The rows of `cascade_rows`, cascade and unrelated, of each of ``methods``, with their ``method``.

    ``methods`` are entries of the settings' ``methods`` that have one score in common; the rest as there.
    """

    def explain(one):
        for place, target in enumerate(classes):
            asked = {of["name"]: {"method": of["method"], **of_scan(of["options"], volumes, place)} for of in methods}
            told, volume = conditioned(one.to(device), covariates, place), volumes[place][None].to(device)
            maps = attribute_all(told, volume, asked, target=int(target), score=methods[0]["score"])
            yield from (over_channels(values[0].cpu().numpy()) for values in maps.values())

    beside = () if covariates is None else (covariates[:1].to(device),)
    found = layers(network.to(device), volumes[0][None].to(device), *beside)
    maps = DescribedMaps(Repeated(volumes, len(methods)), seen, explain, measures=measures)
    with kept_passes(network):
        rows = randomised(network, found, maps, draws, seed)[2]
    return [{"method": methods[place % len(methods)]["name"], **row} for place, row in enumerate(rows)]

"""Maps read whole, one after the other, with what is known of each: for all that goes from map to map."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.relevance.first_look import first_look
from voxplain.relevance.map_rows import map_rows, seen_by_any
from voxplain.relevance.open_maps import OpenMaps


@dataclass(frozen=True, eq=False)
class WholeMaps:
    """``rows`` as `map_rows` has them, each map's ``scale`` as `FirstLook` has it, and where networks see the brain.

    Iterating yields every map (x, y, z) float32, unscaled, zero where no network sees; ``inside`` (x, y, z) bool is the
    mask as far as any network sees it.
    """

    sources: list
    rows: pd.DataFrame
    scale: np.ndarray
    finite: np.ndarray
    inside: np.ndarray
    seen: np.ndarray | None

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        yield from self.of(range(len(self)))

    def of(self, numbers):
        """Yield the maps of some rows."""
        shape = self.inside.shape
        with OpenMaps(self.sources, self.rows, self.seen) as maps:
            for number in numbers:
                yield maps.block([number], 0, int(np.prod(shape)))[0].reshape(shape)


def whole_maps(sources, mask):
    """The `WholeMaps` of ``sources``, what ``read_maps`` returns; ``mask`` (x, y, z) bool is the brain there."""
    rows, seen = map_rows(sources), seen_by_any(sources, mask.shape)
    inside = mask if seen is None else mask & seen
    with OpenMaps(sources, rows, seen) as maps:
        look = first_look(maps, rows, inside.ravel())
    return WholeMaps(list(sources), rows, look.scale, look.finite, inside, seen)

"""What a brain mask alone says of a scan: where it lies, how large it is, how it is spread, and its coarse picture."""

import numpy as np
import pandas as pd
from torch.nn.functional import adaptive_avg_pool3d

GRID = (6, 7, 6)  # blocks of the coarse picture, left to right, back to front, bottom to top


def mask_shapes(volumes):
    """A row of numbers for each scan of ``volumes``, by the scan's name; nothing of the intensities is in it.

    ``volume`` (ml), centre (mm), the six second central moments (mm²) and the three along one axis of third order
    (mm³), by the scan's own affine; and ``block_<n>``, the share of each block of GRID that the mask fills. A scan
    whose mask is empty has no row.
    """
    rows = {}
    for place, scan in enumerate(volumes.scans):
        mask = volumes.mask(place)
        inside = mask.nonzero().numpy()
        if len(inside):
            affine = volumes.affine if volumes.affines is None else volumes.affines[place]
            blocks = adaptive_avg_pool3d(mask[None, None].float(), GRID).double().flatten().numpy()
            rows[scan] = _moments(inside, affine) | {f"block_{number}": one for number, one in enumerate(blocks)}
    return pd.DataFrame.from_dict(rows, orient="index", dtype=float)


def _moments(inside, affine):
    points = inside @ affine[:3, :3].T + affine[:3, 3]
    centre = points.mean(0)
    apart = points - centre
    second = apart.T @ apart / len(apart)
    found = {"volume": len(inside) * abs(np.linalg.det(affine[:3, :3])) / 1000}
    found |= dict(zip(("x", "y", "z"), centre, strict=True))
    found |= {f"{'xyz'[one]}{'xyz'[other]}": second[one, other] for one in range(3) for other in range(one, 3)}
    return found | dict(zip(("xxx", "yyy", "zzz"), (apart**3).mean(0), strict=True))

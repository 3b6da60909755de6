"""Where the literature expects a difference: regions of an atlas, which maps of real heads can be held against.

Not a truth: a network may be right and look elsewhere, and may look there for another reason.
"""

from fnmatch import fnmatchcase

import numpy as np

from voxplain.errors import InputError

SHOWN = 6


def expected_anatomy(atlas, regions):
    """1 in the voxels of the named ``regions`` of the `Atlas`, 0 in all others, (x, y, z) float32.

    ``regions`` are names of its table, with * and ? as in file names; None for all that it has. All zeros where the
    grid is too coarse for them. Raises InputError for a name that the atlas has not.
    """
    if regions is None:
        return (atlas.labels > 0).astype(np.float32)
    chosen = set()
    for wanted in regions:
        found = [index for index, name in atlas.names.items() if fnmatchcase(name, wanted)]
        if not found:
            names = list(atlas.names.values())
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise InputError(
                f"sanity.localisation.expected: {wanted} is no region of the atlas, which has "
                f"{', '.join(names[:SHOWN])}{more}; name one of its table"
            )
        chosen.update(found)
    return np.isin(atlas.labels, sorted(chosen)).astype(np.float32)

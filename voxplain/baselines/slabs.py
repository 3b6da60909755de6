"""The voxels of many scans as columns of one table, a slab at a time, so that memory does not hold them all."""

import numpy as np

from voxplain.store import opened


def voxel_slabs(path, scans, mask="none", megabytes=256):
    """Yield float32 ``(scans, voxels)``: the voxels of all ``scans`` of the store at ``path`` between some planes.

    Together the slabs hold every voxel of every channel once, as the network is shown them: with ``mask`` brain, 0
    outside each scan's brain. A slab takes ``megabytes`` at most, or one plane where that takes more.
    """
    with opened(path) as file:
        place = {scan: number for number, scan in enumerate(file["scan"].asstr()[:])}
        places = [place[scan] for scan in scans]
        _, channels, planes, *plane = file["volumes"].shape
        of_one_plane = len(places) * channels * int(np.prod(plane)) * 4
        many = max(1, int(megabytes * 2**20 // of_one_plane))
        scale, offset = (file[name][:].reshape(len(place), -1, 1, 1, 1) for name in ("scale", "offset"))
        for start in range(0, planes, many):
            of_slab = slice(start, min(start + many, planes))
            slab = np.empty((len(places), channels, of_slab.stop - start, *plane), np.float32)
            for row, one in enumerate(places):
                slab[row] = file["volumes"][one, :, of_slab] * scale[one] + offset[one]
                if mask == "brain":
                    slab[row] *= file["mask"][one, of_slab]
            yield slab.reshape(len(places), -1)

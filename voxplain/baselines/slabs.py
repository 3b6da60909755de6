"""The voxels of many scans as columns of one table, a slab at a time, so that memory does not hold them all."""

import numpy as np

from voxplain.store import Parts, text


def voxel_slabs(path, scans, mask="none", megabytes=256):
    """Yield float32 ``(scans, voxels)``: the voxels of all ``scans`` of the store at ``path`` between some planes.

    Together the slabs hold every voxel of every channel once, as the network is shown them: with ``mask`` brain, 0
    outside each scan's brain. A slab takes ``megabytes`` at most, or one plane where that takes more. Each scan is held
    against its checksum first: `InputError` names the one that differs.
    """
    with Parts(path) as parts:
        place = {scan: number for number, scan in enumerate(text(parts.file["scan"]))}
        places = [place[scan] for scan in scans]
        for one in places:
            parts.check(one)
        channels, planes, *plane = parts.shape
        of_one_plane = len(places) * channels * int(np.prod(plane)) * 4
        many = max(1, int(megabytes * 2**20 // of_one_plane))
        scale, offset = (parts.file[name][:].reshape(len(place), -1, 1, 1, 1) for name in ("scale", "offset"))
        for start in range(0, planes, many):
            of_slab = slice(start, min(start + many, planes))
            slab = np.empty((len(places), channels, of_slab.stop - start, *plane), np.float32)
            for row, one in enumerate(places):
                slab[row] = parts.of("volumes", one, slice(None), of_slab) * scale[one] + offset[one]
                if mask == "brain":
                    slab[row] *= parts.of("mask", one, of_slab)
            yield slab.reshape(len(places), -1)

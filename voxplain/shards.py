"""A packed store of very many scans: an index over several files, each a store of its own."""

import json
from pathlib import Path

import h5py
import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.store import FORMAT_VERSION, nobodys, opened


def shard_path(path, number):
    """Where the ``number``-th shard of the store at ``path`` lies, counted from 1."""
    path = Path(path)
    return path.with_name(f"{path.stem}_shard-{number:04d}{path.suffix}")


def write_index(path, shards, provenance):
    """Leave at ``path`` a store whose volumes lie in ``shards``, stores in the same folder, in their order.

    The index copies what is small of them, all but volumes and masks. Raises `InputError` where a shard lies elsewhere,
    differs from the first in shape, affine, space or channels, or has a scan that another one has too.
    """
    path, shards = Path(path), [Path(shard) for shard in shards]
    parts, first = [], None
    for shard in shards:
        if shard.resolve().parent != path.resolve().parent:
            raise InputError(f"{shard}: a shard lies in another folder than its index {path}; pack it there")
        with opened(shard) as file:
            found = _alike(file)
            first = first or (shard, found)
            unlike = [name for name in found if found[name] != first[1][name]]
            if unlike:
                raise InputError(f"{shard}: another {unlike[0]} than {first[0].name} has; pack this input again")
            parts.append({name: file[name][:] for name in file if name not in ("volumes", "mask")})
            attributes = {name: value for name, value in file.attrs.items() if name != "provenance"}
    _refuse_twice(shards, parts)
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if "affines" in whole:
        attributes["affine"] = nobodys(whole["affines"], json.loads(first[1]["shape"])[1:])
    lengths = [len(part["scan"]) for part in parts]
    with written_whole(path) as part, h5py.File(part, "w", locking=False) as file:
        for name, values in whole.items():
            file.create_dataset(name, data=values, dtype=h5py.string_dtype() if values.dtype == object else None)
        file["shard"] = np.repeat(np.arange(len(shards), dtype=np.uint32), lengths)
        file["row"] = np.concatenate([np.arange(length, dtype=np.uint32) for length in lengths])
        file.attrs.update(attributes | {"format_version": FORMAT_VERSION})
        file.attrs["provenance"] = json.dumps(provenance, sort_keys=True)
        file.attrs["shape"] = first[1]["shape"]
        named = [{"name": shard.name, "scans": length} for shard, length in zip(shards, lengths, strict=True)]
        file.attrs["shards"] = json.dumps(named)


def _alike(file):
    """What all shards of a store have alike; of scans in spaces of their own, the affine is that of nobody."""
    own = "affines" in file
    return {
        "shape": json.dumps(list(file["volumes"].shape[1:])),
        "space": file.attrs["space"],
        "affine": None if own else file.attrs["affine"].tolist(),
        "set of channels": file.attrs.get("channels"),
    }


def _refuse_twice(shards, parts):
    seen = {}
    for shard, part in zip(shards, parts, strict=True):
        for scan in (one.decode() if isinstance(one, bytes) else one for one in part["scan"]):
            if scan in seen:
                raise InputError(f"{shard}: {scan} lies in {seen[scan]} too; pack each scan once")
            seen[scan] = shard.name

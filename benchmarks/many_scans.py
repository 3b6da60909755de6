"""A finished study made larger: its scans again under new names, until there are as many as asked."""

import shutil
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd

# Folders whose tables have rows of single scans that a larger study has more of
BY_SCAN = ("cohort", "quality", "predict", "relevance")
NAMED = ("scan", "subject", "group")
# Volumes and maps of this many scans serve for all: what is read and drawn costs the same
SHARED = 3
SITES = 4


def multiplied(source, target, amount, finer):
    """Write the finished study at ``source`` to ``target`` with ``amount`` scans, and return their names.

    finer: voxels of the new volumes and maps along each axis for one of the old; values are those of the nearest.
    Scans have one of four made sites. Heatmaps are views of a few, so that the files stay small.
    """
    source, target = Path(source), Path(target)
    scans = list(pd.read_csv(source / "cohort/scans.tsv", sep="\t", dtype=str)["scan"])
    names = [f"{scans[place % len(scans)]}{place // len(scans):02d}" for place in range(amount)]
    originals = [scans[place % len(scans)] for place in range(amount)]
    for path in sorted(source.rglob("*")):
        part = path.relative_to(source)
        if path.is_dir() or part.parts[0] in ("report", "volumes", "packed"):
            continue
        new = target / part
        new.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".h5":
            _maps(path, new, names, originals, finer)
        elif path.name.endswith(".nii.gz"):
            _finer_image(path, new, finer)
        elif path.suffix == ".tsv" and part.parts[0] in BY_SCAN:
            _table(path, new, names, originals)
        else:
            shutil.copyfile(path, new)
    _volumes(source / "volumes", target / "volumes", names, originals, finer)
    return names


def _table(path, new, names, originals):
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    column = next((name for name in ("scan", "subject") if name in table), None)
    if column is None or not set(table[column]) & set(originals):
        shutil.copyfile(path, new)
        return
    parts = []
    for suffix in sorted({name[-2:] for name in names}):
        copied = {old: name for name, old in zip(names, originals, strict=True) if name.endswith(suffix)}
        part = table[table[column].isin(copied)].copy()
        for one in NAMED:
            if one in part and part[one].isin(copied).all():
                part[one] = part[one].map(copied)
        if "source_id" in part:
            part["source_id"] += suffix
        if "site" in part:
            part["site"] = [f"site {place % SITES}" for place in range(len(part))]
        parts.append(part)
    pd.concat(parts).to_csv(new, sep="\t", index=False)


def _maps(path, new, names, originals, finer):
    with h5py.File(path) as old, h5py.File(new, "w") as file:
        known = old["scan"].asstr()[:]
        rows = [
            (name, int(np.flatnonzero(known == scan)[0]))
            for name, scan in zip(names, originals, strict=True)
            if scan in known
        ]
        affine = old.attrs["affine"].copy()
        affine[:3, :3] /= finer
        file.attrs.update({**old.attrs, "affine": affine})
        few = np.stack([_finer(values, finer) for values in old["maps"][:SHARED]])
        held = file.create_dataset("of_a_few", data=few)
        layout = h5py.VirtualLayout((len(rows), *few.shape[1:]), few.dtype)
        views = h5py.VirtualSource(held)
        for place in range(len(rows)):
            layout[place] = views[place % len(few)]
        file.create_virtual_dataset("maps", layout)
        for key in old:
            if key != "maps":
                file[key] = old[key][:][[row for _, row in rows]]
        del file["scan"], file["subject"]
        file["scan"] = file["subject"] = [name for name, _ in rows]


def _volumes(source, target, names, originals, finer):
    for scan in sorted(set(originals))[:SHARED]:
        for path in sorted((source / scan / "anat").glob("*desc-affine*")):
            new = target / "shared" / path.name
            new.parent.mkdir(parents=True, exist_ok=True)
            if path.name.endswith(".nii.gz"):
                _finer_image(path, new, finer)
            else:
                shutil.copyfile(path, new)
    shared = sorted(set(originals))[:SHARED]
    for place, name in enumerate(names):
        (target / name / "anat").mkdir(parents=True)
        for path in (target / "shared").glob(f"{shared[place % len(shared)]}_*"):
            (target / name / "anat" / f"{name}_{path.name.partition('_')[2]}").symlink_to(path)


def _finer_image(path, new, finer):
    image = nibabel.load(path)
    affine = image.affine.copy()
    affine[:3, :3] /= finer
    nibabel.save(nibabel.Nifti1Image(_finer(np.asarray(image.dataobj), finer), affine), new)


def _finer(values, finer):
    places = [(np.arange(round(length * finer)) / finer).astype(int) for length in values.shape]
    return values[np.ix_(*places)]

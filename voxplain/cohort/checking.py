"""What a study would use, from lists of contents and the first bytes of volumes: known before the night run."""

import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from voxplain.cohort.files.containers import opened
from voxplain.cohort.files.extraction import GZIP, find_file
from voxplain.cohort.flow import flow_steps, without_names
from voxplain.errors import InputError
from voxplain.runtime import progress
from voxplain.volumes.nifti import checked_start

START = 4096  # bytes as stored; far more than a header needs, far less than a volume
AT_ONCE = 8
NAMED = 40
FIRST = 5


@dataclass(frozen=True)
class Checked:
    """A Scan as far as it could be looked at: its volume's shape and spacing in mm, and names that differ from ours."""

    scan: object
    shape: tuple = ()
    spacing: tuple = ()
    differs: tuple = ()


def check_scans(scans, *, mask, form):
    """A Checked for each of ``scans``: its files are found, and the headers of its volumes read, without extracting.

    Those left out already are passed on. ``mask`` says whether a scan needs a brain mask, ``form`` as read_volume.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looked_at = pool.map(lambda scan: _checked(scan, mask, form), scans)
        return list(progress(looked_at, total=len(scans), label="checked"))


def _checked(scan, mask, form):
    if scan.stage:
        return Checked(scan)
    if scan.dicom:
        return Checked(scan)
    wanted = dict(scan.places) | ({"mask": ()} if mask and "mask" not in scan.places else {})
    shapes, differs = {}, []
    try:
        for kind, candidates in wanted.items():
            found = find_file(kind, candidates)
            if found.member.name != found.name:
                differs.append((found.name, found.member.name))
            if kind in ("T1w", "mask"):
                shapes[kind] = _header(found, form)
        if "mask" in shapes and shapes["mask"][0] != shapes["T1w"][0]:
            raise InputError(f"mask of shape {shapes['mask'][0]}, but volume of {shapes['T1w'][0]}; give its own mask")
    except InputError as fault:
        return Checked(replace(scan, stage="extract", reason=str(fault)))
    return Checked(scan, *shapes["T1w"], tuple(differs))


def _header(found, form):
    with opened(found.container) as held:
        start = held.head(found.name, START)
    name = Path(found.member.name).name
    if start.startswith(GZIP):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, START)
        except zlib.error as fault:
            raise InputError(f"{name}: damaged ({fault}); download it again") from fault
    return checked_start(start, name, form)


def check_lines(study, source, checked, seconds, label_names, notes=()):
    """What a user reads, line by line; ``label_names`` are the names of the classes of each label.

    ``notes`` are those on the study's tables.
    """
    scans = [one.scan for one in checked]
    used = [one for one in checked if not one.scan.stage]
    pace = 100 * seconds / max(1, len(scans))
    yield f"study {study}: {len(scans)} scans looked at in {seconds:.1f} s ({pace:.1f} s per hundred)"
    yield f"{len(used)} would be used, {len(scans) - len(used)} would not"
    for label, names in label_names.items():
        values = Counter(one.scan.labels[label] for one in used if label in one.scan.labels)
        told = (
            [f"{names[value]} {values[value]}" for value in sorted(values)]
            if names
            else [f"{sum(values.values())} values"]
        )
        if told:
            yield f"  label {label}: {', '.join(told)}"
    sizes = Counter((one.shape, one.spacing) for one in used if one.shape)
    for (shape, spacing), times in sizes.most_common(5):
        millimetres = " x ".join(f"{one:.3g}" for one in spacing)
        yield f"  {times} of {' x '.join(map(str, shape))} voxels of {millimetres} mm"
    series = sum(one.scan.dicom for one in used)
    if series:
        yield f"  {series} DICOM series, whose slices are looked at when they are converted"
    for step in flow_steps(scans):
        yield f"left out, {step.stage}: {step.count}"
        for reason, times in step.reasons[:NAMED]:
            yield f"  {times}: {reason} ({_named(scans, step.stage, reason)})"
    yield from notes
    differing = [names for one in used for names in one.differs]
    if differing:
        yield f"{len(differing)} files are not where the documented layout of {source} has them; they were found as"
        for wanted, found in differing[:3]:
            yield f"  {found} (documented: {wanted})"


def _named(scans, stage, reason):
    """The first scans that a stage leaves out for ``reason``; the others are in the table."""
    names = [scan.scan or "no scan" for scan in scans if scan.stage == stage and without_names(scan) == reason]
    return ", ".join(names[:FIRST]) + (", ..." if len(names) > FIRST else "")

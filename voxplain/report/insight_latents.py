"""What codes of variational autoencoders hold: decoded classes, dimensions that are moved, scans rebuilt."""

import json

import numpy as np

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.orientation import sides
from voxplain.report.sentences import count, listing, number, percent
from voxplain.report.volume_sheets import Shown, volume_sheet

READING = (
    "Volumes made of codes are smooth whatever a brain is: look first at how much of a scan is rebuilt. What differs "
    "between decoded classes is what the decoder goes by, chance and confounds with it: it is no map of the classifier."
)
TABLES = {"expected": "What was decoded", "latents": "Dimensions", "reconstruction": "Held-out scans rebuilt"}


def blocks(results):
    """Of each experiment's first network the decoded classes, moved dimensions and rebuilt scans; of all a sentence."""
    figures, found = [], []
    for experiment in results.experiments:
        folder = results.folder / "insight" / experiment / "latents"
        for path in sorted(folder.glob("*.json")):
            told, network = json.loads(path.read_text()), path.stem
            if told["empty"]:
                found.append(Text(f"{experiment}, {network}: nothing was decoded: {told['empty']}.", "missing"))
                continue
            stem = f"insight/{experiment}/latents/{network}"
            tables = {name: results.table(f"{stem}_{name}.tsv") for name in TABLES}
            found.append(Text(said := latents_sentence(f"{experiment}, {network}", tables)))
            if not any(one.caption.startswith(f"{experiment}, ") for one in figures):
                figures += _figures(results, f"{experiment}, {network}", stem, told["images"], said)
            named = [as_written(table, f"{TABLES[name]}: {experiment}, {network}") for name, table in tables.items()]
            found.append(Fold(f"Codes of {experiment}, {network}", named))
    first, *others = figures or [None]
    return first, [Text(READING), *others, *found] if found else []


def latents_sentence(what, tables):
    """How much of held-out scans is rebuilt, how many dimensions say anything, and what is said of decoded classes."""
    rebuilt, latents, expected = tables["reconstruction"], tables["latents"], tables["expected"]
    part = "explained_brain" if rebuilt["explained_brain"].notna().any() else "explained"
    share, where = rebuilt[part].astype(float), " inside the brain" if part == "explained_brain" else ""
    text = (
        f"{what}: of what {count(len(rebuilt), 'held-out scan')} differ by from the mean training scan{where}, codes "
    )
    text += (
        f"keep {percent(share.mean())}" if share.mean() > 0 else "keep nothing, being further off than the mean itself"
    )
    text += f" (shares {number(share.min())} to {number(share.max())}). "
    active = int((latents["active"] == "yes").sum())
    text += f"{active} of {count(len(latents), 'dimension')} tell scans apart. "
    answered = [column for column in expected if column.startswith("answered_")]
    if len(answered) > 1:
        right = int((expected[answered].to_numpy(float).argmax(axis=1) == range(len(expected))).sum())
        return f"{text}The network takes {right} of {len(expected)} decoded classes for what they were decoded as."
    amounts = zip(expected["name"], expected["asked_0"], expected["answered_0"], strict=True)
    said = listing(f"{name:.3g} ({number(one)}) it answers {number(two)}" for name, one, two in amounts)
    return f"{text}To what is decoded for {said}, in standard deviations."


def _figures(results, what, stem, images, said):
    """Pictures of one network: what classes or amounts are decoded as, dimensions moved, scans rebuilt."""
    found = []
    for rows, caption in (
        (_expected(results, stem, images), "volumes decoded from the prior, and what each differs by from the first"),
        (_moved(results, stem, images), "dimensions of the code moved by standard deviations of the training scans"),
        (_examples(results, stem, images), "the held-out scans rebuilt best, middling and worst"),
    ):
        cells = [one for row in rows.values() for one in row if one is not None]
        if cells:
            middle = tuple(length // 2 for length in cells[0].volume.shape)
            side = sides(results.radiological)[0]
            picture, apart = volume_sheet(rows, middle, said, results.radiological)
            limits = f"; differences from {number(-apart, 3)} (blue) to {number(apart, 3)} (red)"
            told = limits if any(one.difference for one in cells) else ""
            found.append(Figure(picture, f"{what}: {caption}{told}. Sagittal, coronal and axial, {side} on the left."))
    return found


def _expected(results, stem, images):
    found = list(_volumes(results, stem, images, "expected"))
    if not found:
        return {}
    still = found[0][1]
    rows = {"decoded": [Shown(_name(one["name"]), volume) for one, volume in found]}
    first = _name(found[0][0]["name"])
    apart = [Shown(f"{_name(one['name'])} less {first}", volume - still, True) for one, volume in found[1:]]
    return rows | {"difference": [None, *apart]}


def _moved(results, stem, images):
    """A row a dimension: the volume least moved, and what the others differ by from it."""
    rows, volumes = {}, list(_volumes(results, stem, images, "traversal"))
    for dimension in dict.fromkeys(one["name"] for one, _ in volumes):
        moved = {one["step"]: volume for one, volume in volumes if one["name"] == dimension}
        still = min(moved, key=abs)
        apart = [Shown(f"{step:+g} sd", volume - moved[still], True) for step, volume in moved.items() if step != still]
        rows[f"dimension {dimension}"] = [Shown(f"{still:+g} sd" if still else "as it is", moved[still]), *apart]
    return rows


def _examples(results, stem, images):
    rows = {}
    titles = {"scan": "scan", "rebuilt": "rebuilt", "as_of": "as of "}
    for kind, title in titles.items():
        for one, volume in _volumes(results, stem, images, kind):
            named = title + (_name(one["of"]) if kind == "as_of" else "")
            rows.setdefault(one["name"], []).append(Shown(named, volume))
    return rows


def _volumes(results, stem, images, kind):
    """The entry and the volume of every image of a kind; of several channels the first."""
    seen = set()
    for one in images:
        key = one["name"], one.get("step"), one.get("of")
        if one["kind"] == kind and key not in seen:
            seen.add(key)
            yield one, np.asarray(results.image(f"{stem}/{one['file']}").dataobj, float)


def _name(name):
    return name if isinstance(name, str) else f"{name:.3g}"

"""The table of all maps of a method: whose they are, which network made them, and which groups they are in."""

import numpy as np
import pandas as pd

from voxplain.networks.boxes import in_box
from voxplain.relevance.groups import members

COLUMNS = ["file", "place", "scan", "subject", "label", "predicted", "split", "seed"]


def map_rows(sources):
    """A data frame with one row a map of ``sources``, in their order: ``file`` and ``place`` say where it lies.

    A source is what ``read_maps`` returns; ``split`` and ``seed`` are those of its network's card, empty and 0 where
    it does not say.
    """
    tables = []
    for file, source in enumerate(sources):
        card = card_of(source)
        columns = {"scan": list(source.scan), "subject": list(source.subject)}
        columns |= {name: np.asarray(getattr(source, name)) for name in ("label", "predicted")}
        table = pd.DataFrame({"file": file, "place": np.arange(len(source.scan))} | columns)
        tables.append(table.assign(split=str(card.get("split", "")), seed=int(card.get("seed", 0))))
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)


def card_of(source):
    """The card of the network that made the maps of ``source``; empty where the file does not say."""
    return getattr(source, "about", {}).get("provenance", {})


def grouped_rows(rows, groups):
    """``{group: bool (maps,)}`` of the table ``rows``: those of ``groups`` that go by class and answer."""
    return {group: members(group, rows["label"], rows["predicted"]) for group in groups}


def split_groups(rows):
    """``{"splitr1f1": bool (maps,)}`` for every split of ``rows``."""
    return {f"split{split}": (rows["split"] == split).to_numpy() for split in sorted(set(rows["split"]) - {""})}


def seen_by_any(sources, shape):
    """Voxels of ``shape`` that the network of any source sees, bool; None when one of them does not say."""
    cards = [card_of(source) for source in sources]
    boxes = [card.get("seen") for card in cards if not card.get("empty")]
    if not boxes or None in boxes:
        return None
    return np.any([in_box(box, shape) for box in boxes], axis=0)


def subjects_of(rows, chosen):
    """``[(subject, indices of its maps among the chosen)]``, subjects in the order of their names."""
    numbers = np.flatnonzero(chosen)
    subjects = rows["subject"].to_numpy(str)[numbers]
    order = np.lexsort((rows["scan"].to_numpy(str)[numbers], subjects))
    numbers, subjects = numbers[order], subjects[order]
    if not len(numbers):
        return []
    starts = np.flatnonzero(np.r_[True, subjects[1:] != subjects[:-1]])
    return [(subjects[start], one) for start, one in zip(starts, np.split(numbers, starts[1:]), strict=True)]

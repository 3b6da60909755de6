"""Several images of one visit: which of them are used is a stated rule, and the others are in the ledger."""

from collections import defaultdict
from dataclasses import replace

from voxplain.cohort.images import natural, scan_name
from voxplain.cohort.tables.dates import parse_date
from voxplain.cohort.wording import shown


def without_repeats(scans, rule, day_first):
    """``scans`` in which no two that are kept share a name.

    ``rule``: ``first`` or ``last`` by date, then by image id (numbers in it counted as numbers); ``refuse`` leaves all
    of them out; ``all`` uses them all, the later ones as sessions of their own, ``ses-m12run2``. Two subjects whose ids
    differ only in what a BIDS name cannot hold are always left out.
    """
    groups = defaultdict(list)
    for place, scan in enumerate(scans):
        if not scan.stage:
            groups[scan.scan].append(place)
    kept = list(scans)
    for places in groups.values():
        if len(places) > 1 and rule == "all" and len({scans[place].source_id for place in places}) == 1:
            inorder = _in_order([(place, scans[place]) for place in places], day_first)
            for number, (place, scan) in enumerate(inorder[1:], 2):
                session = f"{scan.session}run{number}"
                kept[place] = replace(scan, session=session, scan=scan_name(scan.source_id, session))
        elif len(places) > 1:
            for place, reason in _left_out([(place, scans[place]) for place in places], rule, day_first):
                kept[place] = replace(scans[place], stage="selection", reason=reason)
    return kept


def _left_out(group, rule, day_first):
    ids = sorted({scan.source_id for _, scan in group})
    if len(ids) > 1:
        told = ", ".join(map(shown, ids))
        return [(place, f"{told} would all be {scan.scan}; rename one") for place, scan in group]
    if rule == "refuse":
        told = shown(", ".join(_called(scan) for _, scan in group), 200)
        return [
            (place, f"{len(group)} images of one visit ({told}); keep one, or set cohort.repeats") for place, _ in group
        ]
    inorder = _in_order(group, day_first, rule == "last")
    used = _called(inorder[0][1])
    return [(place, f"a repeat of its visit; {used} is used (cohort.repeats: {rule})") for place, _ in inorder[1:]]


def _in_order(group, day_first, backwards=False):
    """Pairs of a place and a scan by date and image id; those without a date come last either way."""
    inorder = sorted(group, key=lambda one: _order(one[1], day_first), reverse=backwards)
    return sorted(inorder, key=lambda one: parse_date(one[1].date, day_first) is None)


def _order(scan, day_first):
    date = parse_date(scan.date, day_first)
    return (date.isoformat() if date else "", natural(scan.image_id))


def _called(scan):
    return shown(scan.image_id or scan.archive)

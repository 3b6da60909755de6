"""Which visits a study trains on and which it judges: all, the first of each subject, or those that it names."""

from collections import defaultdict
from dataclasses import replace

from voxplain.cohort.images import natural
from voxplain.cohort.tables.dates import parse_date
from voxplain.cohort.tables.vocabulary import visit
from voxplain.cohort.wording import shown
from voxplain.errors import SettingsError

USES = ("train", "judge")


def with_roles(scans, visits, day_first=False):
    """``scans`` with their ``train`` and ``judge``; those for neither are left out, with their visit named.

    ``visits`` is the section of the settings. Raises SettingsError for a named visit that no scan has.
    """
    chosen = {use: _chosen(scans, visits[use], use, day_first) for use in USES}
    told = []
    for place, scan in enumerate(scans):
        roles = {use: place in chosen[use] for use in USES}
        if scan.stage or any(roles.values()):
            told.append(replace(scan, **roles) if not scan.stage else scan)
        else:
            reason = f"visit {shown(scan.visit) or 'unknown'} is neither trained on nor judged (cohort.visits)"
            told.append(replace(scan, stage="selection", reason=reason))
    return told


def _chosen(scans, wanted, use, day_first):
    left = [place for place, scan in enumerate(scans) if not scan.stage]
    if wanted == "all":
        return set(left)
    if wanted == "baseline":
        return _baselines(scans, left, day_first)
    named = wanted if isinstance(wanted, list) else [wanted]
    for name in named:
        if not any(_is_visit(scan, name) for scan in scans):
            known = ", ".join(dict.fromkeys(shown(scan.visit) for scan in scans if scan.visit)) or "none"
            raise SettingsError(
                f'cohort.visits.{use} names "{name}", a visit of no scan; there are: {shown(known, 300)}'
            )
    return {place for place in left if any(_is_visit(scans[place], name) for name in named)}


def _is_visit(scan, name):
    known = _adnis(scan, str(name))
    return str(name).lower() in (scan.visit.lower(), scan.session.lower()) or bool(
        known and known.token == scan.session
    )


def _adnis(scan, name):
    """The Visit that a word means; of other studies than ADNI, whose subjects have a site in their id, it is a name."""
    return visit(name) if scan.site else None


def _baselines(scans, left, day_first):
    """Each subject's screening or baseline visit where visits are words that are known, else the first in time."""
    subjects = defaultdict(list)
    for place in left:
        subjects[scans[place].subject].append(place)
    chosen = set()
    for places in subjects.values():
        known = [_adnis(scans[place], scans[place].visit) for place in places]
        if any(known):
            places = [place for place, one in zip(places, known, strict=True) if one and one.baseline]
        if places:
            first = min(places, key=lambda place: _time(scans[place], day_first))
            chosen |= {place for place in places if scans[place].session == scans[first].session}
    return chosen


def _time(scan, day_first):
    date = parse_date(scan.date, day_first)
    return (date is None, date.isoformat() if date else "", natural(scan.session))

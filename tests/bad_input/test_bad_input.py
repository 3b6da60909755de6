"""Each fault of what people bring, and the line that they read about it; everybody else is used."""

import time

import numpy as np
import pytest

from tests.bad_input.adni_cases import COLLECTIONS
from tests.bad_input.archive_cases import ARCHIVES
from tests.bad_input.dataset_cases import DATASETS
from tests.bad_input.folder_cases import FOLDERS
from tests.bad_input.heads import AFFINE, head
from tests.bad_input.outcomes import Said, Stops
from tests.bad_input.table_cases import TABLES
from tests.bad_input.volume_cases import VOLUMES
from tests.bad_input.walk import Logged, walked
from voxplain.errors import VoxplainError

CASES = ARCHIVES | FOLDERS | VOLUMES | TABLES | COLLECTIONS | DATASETS
STOPS = [name for name, case in CASES.items() if isinstance(case[2], Stops)]
SECONDS = 20


@pytest.fixture
def damaged(tmp_path):
    """The cohort of a case by the case's name, damaged, and what the case says of it."""

    def make(name):
        kind, damage, *told = CASES[name]
        (tmp_path / "cohort").mkdir()
        cohort = kind(tmp_path / "cohort")
        damage(cohort)
        return cohort, told

    return make


@pytest.mark.parametrize("name", [name for name in CASES if name not in STOPS])
def test_one_subject_is_told_of_in_one_line_and_the_others_are_used(damaged, tmp_path, name):
    cohort, told = damaged(name)
    before, begun = everything(cohort.root), time.process_time()
    with Logged() as logged:
        found = walked(cohort.settings(), tmp_path / "anat", cohort.mask)
    assert time.process_time() - begun < SECONDS
    assert everything(cohort.root) == before and all(path.is_relative_to(tmp_path) for path in found.written())
    others = set(cohort.ids) - {cohort.bad}
    rows = list(found.ledger[~found.ledger["source_id"].isin(others | cohort.strangers)].itertuples())
    expected = [one for one in told if not isinstance(one, Said)]
    lines = [(one.stage, one.reason.format(**cohort.places()), one.notes) for one in expected]
    assert [(row.stage, row.reason, row.notes) for row in rows] == lines
    assert all(one.spelled in ("", row.source_id) for one, row in zip(expected, rows, strict=True))
    assert logged.lines == [one.line.format(**cohort.places()) for one in told if isinstance(one, Said)]
    used = found.ledger[found.ledger["status"] == "used"]
    assert others <= set(used["source_id"])
    assert set(used["scan"]) == set(found.scans["scan"]) == set(found.folds["scan"])
    for row in used.itertuples():
        assert is_head(found.volumes[row.scan], row.source_id if row.source_id in others else cohort.bad)
    refused = {row.scan for row in rows if row.stage and row.stage != "prepare"} - set(used["scan"])
    assert [path for path in found.written() if path.name.startswith(tuple(f"{one}_" for one in refused))] == []


@pytest.mark.parametrize("name", STOPS)
def test_what_concerns_everybody_stops_with_one_line(damaged, tmp_path, name):
    cohort, (stops,) = damaged(name)
    with pytest.raises(VoxplainError) as raised:
        walked(cohort.settings(), tmp_path / "anat", cohort.mask)
    assert (type(raised.value), str(raised.value)) == (stops.kind, stops.line.format(**cohort.places()))


def test_what_is_read_is_one_line_without_a_traceback():
    assert len(CASES) >= 75
    for one in (one for case in CASES.values() for one in case[2:]):
        line = one.reason if hasattr(one, "reason") else one.line
        assert "\n" not in line and "Error" not in line and len(line) < 300


def everything(folder):
    """Every file below ``folder`` with its content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_head(volume, source_id):
    """Whether ``volume`` is the head of that subject in its place, in whatever order and direction its axes run."""
    order = np.argsort(np.abs(volume.affine[:3, :3]).argmax(axis=0))
    data, affine = volume.data.transpose(order), volume.affine[:, [*order, 3]].copy()
    for axis in range(3):
        if affine[axis, axis] < 0:
            data = np.flip(data, axis)
            affine[:3, 3] += affine[:3, axis] * (data.shape[axis] - 1)
            affine[:3, axis] *= -1
    # Slices may be thicker than they were, but not in another order.
    return np.array_equal(data, head(source_id)) and np.allclose(affine[:2], AFFINE[:2], atol=1e-3) and affine[2, 2] > 0

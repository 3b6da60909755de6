"""Every feature and every fault of the published systems has a test here that is run."""

import re
from pathlib import Path

import pytest

from docs import checklist
from docs.checklist import COUNT, PAGE, ROOT, faults, features, page, problems, ring_of

REAL = "tests/conventions/test_checklist.py::test_every_row_names_tests_that_there_are_and_that_run"
SKIPPED = """import pytest


@pytest.mark.skip
def test_a():
    pass


def test_b():
    pytest.importorskip("torch")


@pytest.mark.long
def test_c():
    pass


def test_d():
    pass


CASES = [1, pytest.param(2, marks=pytest.mark.long)]


@pytest.mark.parametrize("case", CASES)
def test_e(case):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(2, marks=pytest.mark.skip)])
def test_f(case):
    pass
"""


def test_every_row_names_tests_that_there_are_and_that_run():
    assert problems(features(), faults()) == []
    assert [row["row"] for row in features()] == list(range(1, COUNT + 1))


def test_the_page_is_what_the_tables_say():
    assert PAGE.read_text() == page(features(), faults()), "run make checklist"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"tests": []}, "feature 7: no test; name one"),
        ({"tests": [REAL + "s"]}, f"feature 7: no test {REAL}s; mend its name"),
        ({"tests": ["tests/nowhere.py::test_a"]}, "feature 7: no test tests/nowhere.py::test_a; mend its name"),
        ({"code": ["voxplain/nowhere.py"]}, "feature 7: no file voxplain/nowhere.py; mend its name"),
        ({"row": 8}, "feature 7: 0 rows; give it one"),
        ({"row": 88}, "feature 88: 1 rows; give it one"),
        ({"systems": ["mine"]}, "feature 7: no system mine; use kan, korolev, yang, zainulina, rieke, slides"),
    ],
)
def test_a_row_that_shows_nothing_is_named(change, line):
    rows = [row | change if row["row"] == 7 else row for row in features()]
    assert line in problems(rows, [])


def test_a_fault_without_a_test_is_named():
    assert problems(features(), [{"system": "kan", "fault": "it leaks", "tests": []}]) == [
        'fault "it leaks": no test; name one'
    ]


@pytest.mark.parametrize(
    ("names", "enough"),
    [*((one, False) for one in ("ab", "c", "abc")), *((one, True) for one in ("ad", "d", "e", "f"))],
)
def test_tests_that_may_be_skipped_or_are_run_by_hand_are_not_enough(tmp_path, names, enough):
    (tmp_path / "test_one.py").write_text(SKIPPED)
    wrong = [{"system": "kan", "fault": "it leaks", "tests": [f"test_one.py::test_{name}" for name in names]}]
    found = [line for line in problems([], wrong, tmp_path) if line.startswith("fault")]
    assert bool(found) != enough
    assert enough or found == [
        'fault "it leaks": its tests may all be skipped or are run by hand; name one that always runs'
    ]


def test_a_test_has_the_ring_of_its_marks_and_some_cases_may_have_a_later_one(tmp_path):
    (tmp_path / "test_two.py").write_text(SKIPPED)
    found = {name: ring_of(f"test_two.py::test_{name}", tmp_path) for name in "abcdefg"}
    assert found == dict(zip("abcdefg", ["skipped", "skipped", "long", "", "partly", "slow", None], strict=True))


def test_the_script_writes_nothing_while_a_row_has_no_test(tmp_path, monkeypatch):
    monkeypatch.setattr(checklist, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(checklist, "faults", lambda: [{"system": "kan", "fault": "it leaks", "tests": []}])
    with pytest.raises(SystemExit, match="it leaks"):
        checklist.main()
    assert not (tmp_path / "page.md").exists()
    monkeypatch.setattr(checklist, "faults", faults)
    checklist.main()
    assert (tmp_path / "page.md").read_text().count("\n### ") >= COUNT


def test_scaling_and_transfer_learning_are_documented():
    text = (ROOT / "docs" / "augmentation.md").read_text()
    assert "optimal_scaling" in text and "(T(v) / v)^(1/3)" in text and "optimal transport" in text
    text = (ROOT / "docs" / "insight" / "transfer.md").read_text()
    assert "learn to rebuild" in text and "pretrain" in text and "encoder" in text


def test_every_test_of_the_checklist_is_a_sentence():
    named = {test for row in [*features(), *faults()] for test in row["tests"]}
    assert all(re.fullmatch(r"tests/[\w/]+\.py::test(_[a-z0-9]+){4,}", test) for test in named)
    assert all(Path(ROOT / test.partition("::")[0]).is_file() for test in named)

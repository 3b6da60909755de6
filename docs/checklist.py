"""Write docs/checklist.md: what the published systems do and do wrong, and the tests that show what becomes of it here.

``python -m docs.checklist`` reads the tables in docs/features. It ends with a line for each row that has no test, names
one that is not there, or only such as may be skipped or are left to the ring that is run by hand.
"""

import ast
import sys
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
TABLES, PAGE = ROOT / "docs" / "features", ROOT / "docs" / "checklist.md"
COUNT = 87
SYSTEMS = {
    "kan": "Kan et al. 2020, sex on HCP (arXiv 2006.15969)",
    "korolev": "Korolev et al. 2017, stages of Alzheimer's disease on ADNI (arXiv 1701.06643)",
    "yang": "Yang et al. 2018, explanations of the networks of Korolev et al. (arXiv 1803.02544)",
    "zainulina": "Zainulina et al. 2020, age groups on HCP (course project of Skoltech)",
    "rieke": "Rieke et al. 2018, Alzheimer's disease on ADNI (arXiv 1808.02874)",
    "slides": '"Interpretation of 3D CNNs for Brain MRI Data Classification", slides of the group of Kan et al.',
}
SHORT = {name: about.split(",")[0] for name, about in SYSTEMS.items()} | {"slides": "the slides of their group"}
SKIPPING = {"skip", "skipif", "xfail", "importorskip"}


def features(folder=TABLES):
    """The rows of every table of features in ``folder``, by their number."""
    rows = [row for path in folder.glob("*.yaml") if path.stem != "faults" for row in yaml.safe_load(path.read_text())]
    return sorted(rows, key=lambda row: row["row"])


def faults(folder=TABLES):
    """The rows of the table of faults in ``folder``, in their order."""
    return yaml.safe_load((folder / "faults.yaml").read_text())


@cache
def tests_of(path):
    """Ring of every test in a file, None without the file.

    It is ``""``, ``slow``, ``long``; ``skipped`` if the test may be, ``partly`` if some of its cases have a later one.
    """
    if not path.is_file():
        return None
    tree = ast.parse(path.read_text())
    given = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    whole = [given["pytestmark"]] if "pytestmark" in given else []
    return {
        node.name: _ring([*whole, *node.decorator_list], node, given)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _ring(marks, function, given):
    cases = [one for mark in marks for one in _cases(mark, given)]
    of_cases = {id(one) for case in cases for one in ast.walk(case)}
    named = {one.attr for mark in marks for one in _attributes(mark) if id(one) not in of_cases}
    inside = {one.attr for one in _attributes(function) if ast.unparse(one.value) == "pytest"}
    if (named | inside) & SKIPPING:
        return "skipped"
    later = {one.attr for case in cases for one in _attributes(case)} & {"slow", "long"}
    return next((ring for ring in ("long", "slow") if ring in named), "partly" if later else "")


def _cases(mark, given):
    """Every ``pytest.param`` of a mark, also of a list that it names."""
    lists = [given[one.id] for one in ast.walk(mark) if isinstance(one, ast.Name) and one.id in given]
    calls = (one for part in (mark, *lists) for one in ast.walk(part) if isinstance(one, ast.Call))
    return [one for one in calls if ast.unparse(one.func) == "pytest.param"]


def _attributes(node):
    return [one for one in ast.walk(node) if isinstance(one, ast.Attribute)]


def ring_of(test, root=ROOT):
    """Ring of the test of a node id, ``path::name``; None if there is no such test."""
    path, _, name = test.partition("::")
    return (tests_of(root / path) or {}).get(name)


def problems(rows, wrong, root=ROOT):
    """A line for everything that keeps features ``rows`` and faults ``wrong`` from being shown by tests."""
    numbers = [row["row"] for row in rows]
    found = [f"feature {one}: {numbers.count(one)} rows; give it one" for one in _miscounted(numbers)]
    named = [(f"feature {row['row']}", row) for row in rows]
    named += [(f'fault "{row["fault"]}"', {"systems": [row["system"]]} | row) for row in wrong]
    for name, row in named:
        tests = row.get("tests") or []
        rings = [ring_of(test, root) for test in tests]
        found += [
            f"{name}: no test {test}; mend its name" for test, ring in zip(tests, rings, strict=True) if ring is None
        ]
        if not tests:
            found.append(f"{name}: no test; name one")
        elif not {"", "slow", "partly"} & set(rings):
            found.append(f"{name}: its tests may all be skipped or are run by hand; name one that always runs")
        found += [
            f"{name}: no file {path}; mend its name" for path in row.get("code", []) if not (root / path).exists()
        ]
        found += [f"{name}: no system {one}; use {', '.join(SYSTEMS)}" for one in row["systems"] if one not in SYSTEMS]
    return found


def _miscounted(numbers):
    return sorted({one for one in {*numbers, *range(1, COUNT + 1)} if numbers.count(one) != 1 or one > COUNT})


def page(rows, wrong):
    """The page as Markdown text."""
    lines = [INTRODUCTION.format(features=len(rows), faults=len(wrong), tests=_counted([*rows, *wrong]))]
    lines += [f"- {about}" for about in SYSTEMS.values()]
    lines += ["", "## Features", ""]
    for row in rows:
        of = ", ".join(SHORT[one] for one in row["systems"])
        where = ", ".join(f"`{path}`" for path in row["code"])
        lines += [f"### {row['row']}. {row['feature']}", "", row["shown"], "", f"In {of}. Here: {where}.", ""]
        lines += [*map(_item, row["tests"]), ""]
    lines += ["## Faults that this project does not have", ""]
    for name in dict.fromkeys(row["system"] for row in wrong):
        lines += [f"### Of {SHORT[name]}", ""]
        for row in (one for one in wrong if one["system"] == name):
            lines += [f"- {row['fault']}", *(f"    {_item(test)}" for test in row["tests"])]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _item(test):
    ring = {
        "slow": "second ring",
        "long": "by hand",
        "skipped": "where it can run",
        "partly": "some cases in a later ring",
    }
    return f"- `{test}` ({ring[ring_of(test)]})" if ring_of(test) else f"- `{test}`"


def _counted(rows):
    return len({test for row in rows for test in row["tests"]})


INTRODUCTION = """# Checklist

What five published systems do, and where and how this project shows that it does it too: {features} features, and
{faults} faults of theirs that it does not have, by {tests} tests. Those without a word behind them run in `make test`,
those of the second ring in `make test-slow`. `make checklist` writes this page from the tables in `docs/features`, and
does not while a row has no test that is run.

Most tests hold a result against an independent formula, another library or something planted. None reproduces a
published figure: that takes the published data, which this project does not have.

The systems, Korolev et al. and Yang et al. being one:
"""


def main():
    """Write the page, or end with a line for each problem."""
    rows, wrong = features(), faults()
    if found := problems(rows, wrong):
        sys.exit("\n".join(found))
    PAGE.write_text(page(rows, wrong))


if __name__ == "__main__":
    main()

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voxplain.source_code import source_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the library and its scripts that a test may edit."""
    for folder in ("voxplain", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def code_in(checkout, script, *modules):
    """``code_of`` as the library in ``checkout`` gives it, in a process of its own."""
    asked = f"from voxplain.lineage import code_of; print(code_of({script!r}, *{modules!r}))"
    return subprocess.run(
        [sys.executable, "-c", asked], cwd=checkout, check=True, capture_output=True, text=True
    ).stdout.strip()


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_editing_code_changes_the_scripts_that_reach_it_and_no_other(checkout):
    before = {script: code_in(checkout, script) for script in ("make_folds.py", "write_report.py")}
    schemes = checkout / "voxplain" / "cohort" / "dealing" / "schemes.py"
    edit(schemes, "def k_folds", "LATELY_ADDED = 1\n\n\ndef k_folds")
    assert code_in(checkout, "make_folds.py") != before["make_folds.py"]
    assert code_in(checkout, "write_report.py") == before["write_report.py"]


def test_comments_docstrings_and_layout_do_not_count(checkout):
    before = code_in(checkout, "make_folds.py")
    path = checkout / "voxplain" / "cohort" / "dealing" / "schemes.py"
    path.write_text("# a comment\n\n\n" + path.read_text().replace('"""', '"""Reworded. ', 1))
    assert code_in(checkout, "make_folds.py") == before


def test_a_template_beside_a_hashed_module_counts(checkout):
    before = code_in(checkout, "write_report.py")
    style = next((checkout / "voxplain" / "report").rglob("*.css"))
    style.write_text(style.read_text() + "\nbody { color: red }\n")
    assert code_in(checkout, "write_report.py") != before


def test_a_template_of_the_pages_does_not_count_for_figures_that_read_none(checkout):
    before = code_in(checkout, "draw_figures.py")
    style = next((checkout / "voxplain" / "report").rglob("*.css"))
    style.write_text(style.read_text() + "\nbody { color: red }\n")
    assert code_in(checkout, "draw_figures.py") == before
    edit(checkout / "voxplain" / "report" / "slices.py", "CLEAR = 0.1", "CLEAR = 0.2")
    assert code_in(checkout, "draw_figures.py") != before


def test_one_methods_edit_leaves_the_others_alone(checkout):
    modules = ["voxplain.attribution.grad_cam", "voxplain.attribution.occlusion"]
    before = [code_in(checkout, "explain_split.py", module) for module in modules]
    edit(checkout / "voxplain" / "attribution" / "grad_cam.py", "import", "LATELY_ADDED = 1\nimport")
    after = [code_in(checkout, "explain_split.py", module) for module in modules]
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_the_tables_of_names_and_the_version_do_not_count(checkout):
    before = code_in(checkout, "explain_split.py", "voxplain.attribution.gradient")
    for file in ("__init__.py", "networks/table.py", "attribution/table.py"):
        path = checkout / "voxplain" / file
        path.write_text(path.read_text() + "\nLATELY_ADDED = 1\n")
    assert code_in(checkout, "explain_split.py", "voxplain.attribution.gradient") == before


def test_other_packages_that_are_passed_through_count(checkout):
    before = code_in(checkout, "make_folds.py")
    init = checkout / "voxplain" / "cohort" / "__init__.py"
    init.write_text(init.read_text() + "\nLATELY_ADDED = 1\n")
    assert code_in(checkout, "make_folds.py") != before


def test_docstrings_of_async_functions_do_not_count(tmp_path):
    (tmp_path / "documented.py").write_text('async def fetch():\n    """Doc."""\n    return 1\n')
    (tmp_path / "bare.py").write_text("async def fetch():\n    return 1\n")
    documented, bare = (source_of(tmp_path / f"{name}.py") for name in ("documented", "bare"))
    assert documented == bare

"""What a release says of itself agrees, and says nothing that is not so."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

import voxplain

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CHANGES = (ROOT / "CHANGELOG.md").read_text()
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
CATALOG = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]


def releases(text):
    """Version and day of every released section of a changelog, in its order."""
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", text, re.M)


def test_the_version_stands_in_the_library_and_all_else_agrees_with_it():
    assert "version" in PROJECT["project"]["dynamic"] and "version" not in PROJECT["project"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "voxplain.__version__"}
    version, day = releases(CHANGES)[0]
    assert version == voxplain.__version__ == CITATION["version"]
    assert day == str(CITATION["date-released"])


def test_the_changelog_has_its_versions_from_the_newest_on():
    headings = re.findall(r"^## (.*)$", CHANGES, re.M)
    assert headings[0] == "[Unreleased]" and len(releases(CHANGES)) == len(headings) - 1
    versions = [tuple(map(int, version.split("."))) for version, _ in releases(CHANGES)]
    days = [day for _, day in releases(CHANGES)]
    assert versions == sorted(versions, reverse=True) and days == sorted(days, reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", CHANGES, re.M)) <= kinds


def test_the_licence_is_the_same_everywhere_and_its_files_are_there():
    assert PROJECT["project"]["license"] == CITATION["license"] == "BSD-3-Clause"
    assert (ROOT / "LICENSE").read_text().startswith("BSD 3-Clause")
    assert all((ROOT / name).is_file() for name in PROJECT["project"]["license-files"])


def test_no_address_and_no_badge_is_made_up():
    assert "urls" not in PROJECT["project"] and not {"doi", "url", "repository-code"} & set(CITATION)
    assert not re.search(r"!\[[^]]*\]\(https?://", (ROOT / "README.md").read_text())


def test_no_data_and_no_list_of_people_is_kept_here():
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    data = re.compile(r"\.(csv|tsv|xlsx?|npy|npz|nii|gz|zip|tar|mgz|dcm|h5|hdf5|pt|pth|onnx|pkl|db)$", re.I)
    assert len(kept) > 500 and not [name for name in kept if data.search(name)]


def test_the_workflow_catalog_finds_what_it_asks_for():
    assert CATALOG["mandatory-flags"]["desc"].strip() and CATALOG["mandatory-flags"]["flags"]
    assert any(CATALOG["software-stack-deployment"].values())
    assert (ROOT / "config" / "README.md").is_file() and list((ROOT / "rules").glob("*.smk"))
    words = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in words and "workflow" in words
    assert 'include: "../Snakefile"' in (ROOT / "workflow" / "Snakefile").read_text()

"""The made twin of every published study, run to its report, which nobody reads for its numbers."""

import re

import pytest
import yaml

from tests.workflow.checkout import ROOT, Checkout

QUICKEST = "hcp_age"
STUDIES = sorted(path.stem for path in (ROOT / "config" / "studies").glob("*.yaml") if not path.stem.startswith("demo"))
RUN = [
    pytest.param(
        name, marks=[pytest.mark.slow if name == QUICKEST else pytest.mark.long, pytest.mark.xdist_group(name)]
    )
    for name in STUDIES
]


@pytest.mark.parametrize("name", RUN)
def test_a_made_twin_runs_to_a_report_whose_every_page_says_that_its_data_are_made(name, tmp_path):
    checkout = Checkout(tmp_path)
    settings = yaml.safe_load((ROOT / "config" / "studies" / f"{name}.yaml").read_text(encoding="utf-8"))
    said = checkout.snakemake("--config", "made=true", "--quiet", "rules", config=f"config/studies/{name}.yaml")
    assert said.count("made data written") == 1
    folder = tmp_path / "results" / f"{settings['study']}Made"
    pages = {path: path.read_text(encoding="utf-8") for path in (folder / "report").rglob("*.html")}
    assert len(pages) > 5
    assert all("MADE DATA" in text for text in pages.values()), [str(path) for path in pages]
    # a figure of the paper's, or a path of a user's, would be of the study itself
    whole = "".join(pages.values())
    assert "/path/to" not in whole and "Of an older version" not in whole
    for figure in settings.get("published", []):
        assert figure["what"] not in whole and figure["source"] not in whole
    assert not (folder / "predict" / "published.tsv").exists()
    # another run has nothing left to do, and makes no data anew
    again = checkout.snakemake("--config", "made=true", "-n", "--quiet", "rules", config=f"config/studies/{name}.yaml")
    assert "Nothing to be done" in again and not re.search("made data written", again)

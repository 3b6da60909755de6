"""Published figures beside those of a finished study, by the rule that puts them there."""

import re

import pandas as pd
import pytest
import yaml

FIGURE = {"experiment": "brain", "measure": "accuracy", "value": 0.9, "source": "a paper that nobody wrote"}
FIGURES = [
    FIGURE | {"what": "the network", "comparable": True},
    FIGURE | {"what": "brain size", "model": "size", "comparable": False, "because": "made data are no brains"},
    FIGURE | {"what": "elsewhere", "experiment": None, "recalled": True, "comparable": True},
]


@pytest.mark.xdist_group("study")
def test_own_figures_are_those_of_the_studys_own_tables(study):
    named, table = study.folder / "published.yaml", study.folder / "results" / "small" / "predict" / "published.tsv"
    named.write_text(yaml.safe_dump({"published": FIGURES}))
    files = ["--configfile", "tests/study/config.yaml", named]
    try:
        said = study.snakemake("results/small/predict/published.tsv", *files, "--quiet", "progress", config=None)
        found = pd.read_csv(table, sep="\t").set_index("what")
    finally:
        table.unlink(missing_ok=True)
    assert re.findall(r"rule (\w+):$", said, re.M) == ["compare_published"]
    scores = pd.read_csv(table.parent / "brain" / "scores.tsv", sep="\t").query("split == 'all'")
    models = pd.read_csv(table.parent / "brain" / "models.tsv", sep="\t")
    own = scores.query("model == 'network' and measure == 'accuracy'")["value"].item()
    size = models.query("model == 'size' and measure == 'accuracy'")["value"].item()
    assert list(found["own_value"][:2]) == pytest.approx([own, size])
    assert list(found["difference"][:2]) == pytest.approx([own - 0.9, size - 0.9])
    assert found["note"]["elsewhere"] == "this study has no figure to put beside it"
    assert found["recalled"]["elsewhere"] == "yes"

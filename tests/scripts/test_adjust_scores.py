import numpy as np
import pandas as pd

from scripts.adjust_scores import adjust_scores
from tests.library.training.made_predictions import made_classes
from voxplain.baselines.written import Baseline, write_baseline


def test_network_and_baselines_are_scored_on_everybody_and_on_matched_subjects(tmp_path):
    told = made_classes(classes=2).assign(group=lambda rows: rows["subject"])
    told.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    sizes = 1200 + 10 * np.arange(60) % 70
    scans = pd.DataFrame({"scan": told["scan"], "brain_volume_ml": sizes})
    scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    files = []
    for name, settings in (("plain", {}), ("left", {"residualise": ["Age"]})):
        files.append((tmp_path / f"{name}.tsv", tmp_path / f"{name}.card.json"))
        write_baseline(Baseline(name, "tabular", "measures", told, settings=settings), *files[-1])
    tables, cards = zip(*files, strict=True)
    how = {"matched": {"brain_volume_ml": 20}, "bootstrap": 20, "seed": 1}
    table = adjust_scores(tmp_path / "predictions.tsv", tables, cards, tmp_path / "scans.tsv", **how)
    kinds = table.groupby("model")["adjustment"].unique().map(sorted).to_dict()
    assert kinds == {
        "network": ["matched", "none"],
        "plain": ["matched", "none"],
        "left": ["residuals", "residuals, matched"],
    }
    assert table.groupby(table["adjustment"].str.contains("matched"))["n"].nunique().tolist() == [1, 1]

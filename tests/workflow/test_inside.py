"""Looking inside the networks of the small study: what is planned, what a run leaves, and what it says."""

import shutil

import pandas as pd
import pytest

from tests.workflow.checkout import Checkout

ALL = "{first_layer: true, activation_maximisation: {iterations: 3}, features: true, examples: {count: 1}, "
ALL += "influence: true, embeddings: {methods: [pca, tsne]}, surrogates: {bootstrap: 20}, concepts: {draws: 20}}"


@pytest.mark.xdist_group("study")
def test_a_part_switched_on_and_another_changed_run_both_and_the_report_and_nothing_else(study):
    planned = study.planned("--config", "insight={first_layer: true, weights: {layers: all}}")
    assert planned == {"study_first_layer": 2, "look_at_weights": 2, "write_report": 1}


@pytest.fixture(scope="module")
def inside(study, tmp_path_factory):
    """A copy of the finished small study, run once more with all parts that its networks allow."""
    folder = tmp_path_factory.mktemp("inside") / "checkout"
    shutil.copytree(study.folder, folder, symlinks=True)
    copy = Checkout.__new__(Checkout)
    copy.folder = folder
    copy.snakemake("--config", f"insight={ALL}")
    return copy


@pytest.mark.slow
@pytest.mark.xdist_group("study")
def test_every_part_leaves_its_files_and_nothing_is_left_to_do(inside):
    assert inside.planned("--config", f"insight={ALL}") == {}
    left = {path.name for path in (inside.folder / "results/small/insight/brain").rglob("*.tsv")}
    assert {"filters.tsv", "first_layer_groups.tsv", "examples.tsv", "embedding_points.tsv", "concepts.tsv"} <= left
    assert {"surrogates_fidelity.tsv", "r1f1_seed-1_held_out.tsv", "r1f1_seed-1_steps.tsv"} <= left


@pytest.mark.slow
@pytest.mark.xdist_group("study")
def test_every_part_has_its_place_in_the_report(inside):
    pages = "".join(path.read_text() for path in (inside.folder / "results/small/report").glob("*.html"))
    for title in (
        "Weights",
        "Groups in the first layer",
        "Ideal inputs",
        "Typical and atypical",
        "Influence",
        "Concepts",
    ):
        assert f">{title}" in pages, title


@pytest.mark.slow
@pytest.mark.xdist_group("study")
def test_what_is_shown_was_never_learned_from_by_the_network_that_is_asked(inside):
    root = inside.folder / "results/small"
    folds = pd.read_csv(root / "cohort/label-sex_folds.tsv", sep="\t")
    held_out = set(folds[folds["role"] == "test"][["split", "scan"]].itertuples(index=False, name=None))
    statistics = pd.read_csv(root / "insight/head/first_layer.tsv", sep="\t")
    assert set(statistics[["split", "scan"]].itertuples(index=False, name=None)) == held_out


@pytest.mark.slow
@pytest.mark.xdist_group("study")
def test_measures_of_a_table_of_ones_own_reach_the_models_that_ask_for_them(inside):
    rows = [f"{990000 + place},{place * 1.5}" for place in range(1, 11)]
    (inside.folder / "fs.csv").write_text("\n".join(["Subject,FS_Mask_Vol", *rows]) + "\n")
    asked = ["cohort={features: {path: fs.csv}}", "insight={surrogates: {features: [measures], bootstrap: 20}}"]
    asked.append("baselines={tabular: {fs: {model: logistic_regression, features: [measures]}}}")
    left = ["insight/brain/surrogates_terms.tsv", "predict/brain/tabular/fs_features.tsv"]
    inside.snakemake(*(f"results/small/{one}" for one in left), "--config", *asked)
    terms = pd.read_csv(inside.folder / "results/small" / left[0], sep="\t")
    assert set(terms.loc[terms["surrogate"] == "tree", "feature"]) == {"FS_Mask_Vol"}
    assert "FS_Mask_Vol" in (inside.folder / "results/small" / left[1]).read_text()

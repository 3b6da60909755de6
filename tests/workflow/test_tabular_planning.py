"""Models of tables in the workflow: what they wait for, and what stops a run before any work."""

import pytest

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("tabular")
MODEL = "{'model': 'knn', 'features': ['measures'], 'by': 'Age'}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("tabular"))
    rows = [f"99000{place},{place * 1.5},{place % 3}" for place in range(1, 10)]
    (checkout.folder / "fs.csv").write_text("\n".join(["Subject,FS_Mask_Vol,FS_Thck", *rows]) + "\n")
    return checkout


def test_a_model_of_measures_waits_for_their_table(checkout):
    asked = ["cohort={'features': {'path': 'fs.csv'}}", f"baselines={{'tabular': {{'fs': {MODEL}}}}}"]
    planned = checkout.planned("--config", *asked)
    assert planned["fit_tabular"] == planned["share_tabular"] == 2 and planned["tabulate_features"] == 1
    target = "results/small/predict/head/baselines/fs.tsv"
    alone = checkout.planned(target, "--config", *asked)
    assert alone["fit_tabular"] == alone["tabulate_features"] == 1 and "train_fold" not in alone


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("{'model': 'knn', 'features': ['Subject']}", "has Subject, which can never be a feature: an id"),
        ("{'model': 'knn', 'features': ['Gender']}", "has Gender, which can never be a feature: what label sex"),
        ("{'model': 'knn', 'features': ['measures']}", "but cohort.features names no table of them"),
        ("{'model': 'knn', 'features': ['Age'], 'grid': {'C': [1]}}", '"C", which knn has not'),
    ],
)
def test_a_model_that_cannot_be_stops_the_run_before_any_work_in_one_line(checkout, asked, line):
    said = checkout.snakemake("-n", "--config", f"baselines={{'tabular': {{'t': {asked}}}}}", check=False)
    assert len([row for row in said.splitlines() if line in row and "Command:" not in row]) == 1
    assert "Traceback" not in said


def test_where_embeddings_are_asked_for_a_table_of_measures_is_laid_out_too(checkout):
    asked = ["cohort={'features': {'path': 'fs.csv'}}", "insight={'embeddings': true}"]
    planned = checkout.planned("--config", *asked)
    assert planned["embed_table"] == planned["tabulate_features"] == 1 and planned["embed_features"] == 2
    assert planned["extract_features"] == 2 * 2 and "choose_examples" not in planned

"""The workflow as the Snakemake workflow catalog knows it."""

import shutil

import pytest

from tests.workflow.checkout import ROOT, Checkout


@pytest.mark.slow
@pytest.mark.xdist_group("planning")
def test_the_snakefile_of_the_catalog_plans_the_jobs_of_the_one_above(tmp_path):
    checkout = Checkout(tmp_path)
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    below = checkout.planned("-s", "workflow/Snakefile")
    assert below.pop("study") == 1
    assert below == checkout.planned() and below["train_fold"] == 4

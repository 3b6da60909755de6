import csv

import numpy as np
import pytest

from voxplain.demo.person import planted_groups
from voxplain.demo.table import COVARIATES, behavioural_rows, labels, write_table


def test_labels_are_the_planted_groups(made):
    np.testing.assert_array_equal(labels(made), planted_groups(made))


def test_null_labels_are_balanced_and_independent_of_the_images(made):
    agreement = []
    for seed in range(200):
        null = {**made, "subjects": 72, "seed": seed, "null_cohort": True}
        assert labels(null).sum() == 36
        agreement.append((labels(null) == planted_groups(null)).mean())
    assert np.mean(agreement) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("column", COVARIATES)
@pytest.mark.parametrize("null", [False, True])
def test_both_classes_hold_the_same_mixture_of_every_covariate(made, column, null):
    rows = behavioural_rows({**made, "subjects": 72, "null_cohort": null})
    mixtures = [sorted(row[column] for row in rows if row["Gender"] == sex) for sex in "FM"]
    assert mixtures[0] == mixtures[1]
    assert len(set(mixtures[0])) == len(COVARIATES[column])


def test_the_table_reads_back_as_written(made, tmp_path):
    write_table(tmp_path / "behavioural.csv", made)
    with open(tmp_path / "behavioural.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Subject"] for row in rows][:2] == ["990001", "990002"]
    assert {"Subject", "Gender", "Age", "Release", "Acquisition"} <= set(rows[0])

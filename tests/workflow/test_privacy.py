"""With `privacy: true`, as in the small study, whoever reads the logs does not learn whom they are about."""

import re

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("study")


def test_no_log_of_any_rule_names_a_subject(study):
    scans = pd.read_csv(study.folder / "results/small/cohort/scans.tsv", sep="\t", dtype=str)
    ids = {one for column in ("scan", "subject", "source_id") for one in scans[column]}
    named = re.compile("|".join(sorted(ids, key=len, reverse=True)))
    logs = sorted((study.folder / "logs" / "small").rglob("*.log"))
    assert len({log.relative_to(study.folder / "logs/small").parts[0] for log in logs}) > 20
    assert {str(log): found[0] for log in logs if (found := named.search(log.read_text()))} == {}
    # the lines are there, only the names are not
    assert any("(hidden)" in log.read_text() for log in logs)

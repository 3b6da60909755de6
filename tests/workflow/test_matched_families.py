"""A study of families, its classes matched by age, of whom one member's volume cannot be read."""

import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout
from tests.workflow.tabulated import table

pytestmark = [pytest.mark.xdist_group("matched_families"), pytest.mark.slow]

DAMAGED, ITS_MATCH, WITHOUT_MATCH = "s03", "s02", "s12"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Twelve subjects in pairs of an age and of both sides, families across the pairs, and one older than all."""
    checkout = Checkout(tmp_path_factory.mktemp("matched_families"))
    folder = checkout.folder / "families"
    rows = []
    for number in range(13):
        name = f"s{number:02}"
        made.write(folder / f"{name}.nii.gz", b"damaged" if name == DAMAGED else made.volume(number % 8))
        made.write(folder / f"{name}_mask.nii.gz", made.brain(number % 8))
        age = 99 if name == WITHOUT_MATCH else 50 + 5 * (number // 2)
        family = f"F{(number + 1) // 2 % 6}" if number < 12 else ""
        rows.append([name, f"{name}.nii.gz", f"{name}_mask.nii.gz", "ab"[number % 2], age, family])
    header = ["subject", "path", "mask", "Side", "Age", "Family"]
    made.write_table(checkout.folder / "families.csv", header, rows)
    made.write_study(
        checkout.folder,
        "families",
        cohort={
            "source": "table",
            "archives": "families",
            "table": "families.csv",
            "labels": {"side": {"column": "Side", "classes": {"a": 0, "b": 1}}},
            "covariates": ["Age"],
        },
        folds={"k": 2, "validation": 0.2, "match": {"Age": 1}, "group_by": ["family"]},
    )
    named = [f"results/families/cohort/{name}.tsv" for name in ("ledger", "label-side_balance", "label-side_folds")]
    checkout.snakemake(*named, config="families.yaml")
    return checkout.folder / "results" / "families" / "cohort"


def test_the_ledger_has_who_found_no_match_and_who_lost_it(study):
    ledger = table(study / "ledger.tsv").set_index("source_id")
    left_out = ledger[ledger["status"] == "excluded"]
    assert left_out["stage"].to_dict() == {DAMAGED: "prepare", ITS_MATCH: "matching", WITHOUT_MATCH: "matching"}
    assert left_out.loc[WITHOUT_MATCH, "reason"] == "label side: no match with Age within 1 (folds.match)"
    assert left_out.loc[ITS_MATCH, "reason"] == "label side: its match sub-s03 was left out (folds.match)"


def test_folds_hold_whole_families_of_those_who_are_left_and_no_others(study):
    folds = table(study / "label-side_folds.tsv")
    left = {f"sub-s{number:02}" for number in range(12)} - {f"sub-{DAMAGED}", f"sub-{ITS_MATCH}"}
    assert set(folds["scan"]) == left
    assert folds["group"].nunique() == 6
    assert (folds.groupby(["split", "group"])["role"].nunique() == 1).all()


def test_the_balance_has_the_matched_column(study):
    balance = table(study / "label-side_balance.tsv")
    assert set(balance["variable"]) >= {"Age", "brain_volume_ml"}

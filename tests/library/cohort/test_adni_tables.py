from collections import Counter

import pytest

from tests.library.cohort.adni_tables import (
    ANNUAL_COLUMNS,
    COLLECTION_COLUMNS,
    CORRUPT,
    annual_rows,
    collection_rows,
    write_rows,
)
from voxplain.cohort.tables.dates import parse_date
from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.tables.labels import Label
from voxplain.cohort.tables.vocabulary import diagnosis, is_ptid, site, visit
from voxplain.settings.known import ready_labels


@pytest.fixture(scope="module")
def annual(tmp_path_factory):
    return read_delimited(write_rows(tmp_path_factory.mktemp("adni") / "annual.csv", annual_rows()))


def test_the_annual_table_has_the_published_columns_and_counts(annual):
    assert annual.header == ANNUAL_COLUMNS and not annual.ragged and not annual.notes
    assert len(annual.rows) == 1590
    assert len({row["PTID"] for row in annual.rows}) == 464
    assert Counter(row["DX"] for row in annual.rows) == {"MCI": 621, "CN": 494, "Dementia": 475}
    assert Counter(row["Visit"] for row in annual.rows) == {"Screening": 606, "Month 12": 515, "Month 24": 469}
    assert len({row["Image.ID"] for row in annual.rows}) == 1590


def test_the_published_969_images_of_344_patients_remain(annual):
    label = Label("adni_ad_cn", ready_labels()["adni_ad_cn"])
    corrupt = [row for row in annual.rows if row["PTID"] == CORRUPT and row["Visit"] == "Screening"]
    assert len(corrupt) == 2
    left = [row for row in annual.rows if row not in corrupt]
    kept = [(row["PTID"], label.value(row["DX"])[0]) for row in left if label.value(row["DX"])[0] is not None]
    assert len(left) - len(kept) == 619
    assert Counter(one for _, one in kept) == {1: 475, 0: 494}
    patients = {patient: max(one for who, one in kept if who == patient) for patient, _ in kept}
    assert Counter(patients.values()) == {1: 193, 0: 151}


def test_some_who_are_ever_demented_were_normal_or_impaired_before(annual):
    seen = {}
    for row in annual.rows:
        seen.setdefault(row["PTID"], set()).add(diagnosis(row["DX"]))
    assert Counter(frozenset(one) for one in seen.values())[frozenset({"CN", "MCI", "AD"})] == 2
    assert Counter(frozenset(one) for one in seen.values())[frozenset({"MCI", "AD"})] == 71


def test_every_cell_of_the_annual_table_is_understood(annual):
    for row in annual.rows:
        assert is_ptid(row["PTID"]) and site(row["PTID"]) == row["PTID"][:3]
        assert visit(row["Visit"]) is not None and diagnosis(row["DX"]) is not None
        assert parse_date(row["Scan.Date"]) == parse_date(row["EXAMDATE"]) is not None


def test_the_same_seed_makes_the_same_tables():
    assert annual_rows(2) == annual_rows(2) != annual_rows(3)
    assert collection_rows(2) == collection_rows(2) != collection_rows(3)


def test_the_collection_has_the_archives_columns_visits_and_repeats(tmp_path):
    table = read_delimited(write_rows(tmp_path / "collection.csv", collection_rows()))
    assert table.header == COLLECTION_COLUMNS
    scans = Counter((row["Subject"], row["Visit"]) for row in table.rows)
    assert Counter(scans.values()) == {1: 15, 2: 3}
    for row in table.rows:
        assert diagnosis(row["Group"]) and visit(row["Visit"]) and parse_date(row["Acq Date"])
        assert ("-R" in row["Description"]) <= (scans[row["Subject"], row["Visit"]] == 2)

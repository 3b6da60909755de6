import pytest

from voxplain.cohort.tables.features import read_features
from voxplain.cohort.tables.refused_features import refused_name
from voxplain.errors import InputError, SettingsError

HEADER = "Subject,Release,Acquisition,Gender,FS_Vol,FS_Thick,Site Code,Const,EXAMDATE,Seen,Empty,Count,Copy"
ROWS = [
    "007,Q01,Q01,F,1200.5,2.5,A,1,2005-09-01,9/1/05,,11,0",
    "008,Q02,Q01,M,1300.5,2.5,B,1,2005-09-02,9/2/05,NA,12,1",
    "009,Q02,Q02,M,1400.5,NA,B,1,2005-09-03,9/3/05,,13,1",
    "010,Q03,Q02,F,1500.5,2.75,A,1,2005-09-04,9/4/05,,14,0",
]


@pytest.fixture
def features(tmp_path):
    def read(*rows, header=HEADER, id_column="Subject", **options):
        (tmp_path / "features.csv").write_text("\n".join([header, *(rows or ROWS)]))
        return read_features(tmp_path / "features.csv", id_column, **options)

    return read


def test_numbers_become_features_by_the_subjects_id_as_text(features):
    table = features(labels=["Gender"]).table
    assert list(table.index) == ["007", "008", "009", "010"]
    assert list(table) == ["FS_Vol", "FS_Thick", "Const", "Count", "Copy"]
    assert table["FS_Vol"].tolist() == [1200.5, 1300.5, 1400.5, 1500.5]
    assert table["FS_Thick"].isna().tolist() == [False, False, True, False]
    assert {str(kind) for kind in table.dtypes} == {"float64"}


def test_every_other_column_is_left_out_with_what_it_is(features):
    assert dict(features(labels=["gender"]).left_out) == {
        "Subject": "the subject's id",
        "Release": "a release, which says when somebody was published",
        "Acquisition": "a date, which says when somebody was seen",
        "Gender": "a label",
        "Site Code": "text ('A'), which can be a covariate but no feature",
        "EXAMDATE": "a date, which says when somebody was seen",
        "Seen": "a date in each cell, which says when somebody was seen",
        "Empty": "empty",
    }


def test_columns_to_look_at_twice_are_flagged(features):
    assert features(labels=["Gender"]).flags == [
        ("FS_Thick", "1 of 4 values missing"),
        ("Const", "the same for everybody"),
        ("Count", "another whole number for each subject; perhaps an id"),
        ("Copy", "each of its 2 values has one Gender; perhaps the label again"),
    ]


@pytest.mark.parametrize(
    "column, why",
    [
        ("Subject", "the subject's id"),
        ("subject", "the subject's id"),
        ("Release", "a release, which says when somebody was published"),
        ("Acquisition", "a date, which says when somebody was seen"),
        ("EXAMDATE", "a date, which says when somebody was seen"),
        ("Seen", "a date in each cell, which says when somebody was seen"),
        ("Gender", "a label"),
    ],
)
def test_who_asks_for_an_id_a_date_a_release_or_a_label_is_refused_by_name(features, column, why):
    with pytest.raises(SettingsError) as raised:
        features(columns=["FS_Vol", column], labels=["Gender"])
    name = "Subject" if column == "subject" else column
    assert str(raised.value) == f"cohort.features.columns: {name} can never be a feature: {why}; take it out"


@pytest.mark.parametrize(
    "name",
    ["Subject", "subject", "PTID", "RID", "participant_id", "Image ID", "Image.ID", "Series.ID", "ImageUID", "SITEID"]
    + [
        "IMAGEUID",
        "LONIUID",
        "SubjectId",
        "scannerID",
        "batchId",
        "Family_ID",
        "ID",
        "id",
        "Subject_Key",
        "subjectkey",
        "Index",
    ]
    + ["EXAMDATE", "Acq Date", "Scan.Date", "date_of_birth", "EXAMDATE_bl", "update_stamp", "DOB", "Acquisition"]
    + ["Release", "release", "Release_Q1", "FS_Release", "Unnamed: 0", "", "#"],
)
def test_ids_dates_and_releases_are_known_by_name(name):
    assert refused_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Age",
        "FS_L_Amygdala_Vol",
        "Amygdaloid",
        "FS_R_Carotid",
        "THYROID",
        "Ventricles",
        "MMSE",
        "Width",
        "Grid",
        "FS_Mid",
    ]
    + ["FS_BrainSeg_Vol", "Fluid Intelligence", "CDRSB", "ICV"],
)
def test_measures_are_not_taken_for_ids(name):
    assert refused_name(name) is None


def test_only_the_columns_that_are_asked_for_are_read(features):
    found = features(columns=["fs_vol", "Const", "FS_Vol"])
    assert list(found.table) == ["FS_Vol", "Const"] and not found.left_out
    with pytest.raises(SettingsError, match='^cohort.features.columns is "FS_Volume", no column of .*: FS_Vol'):
        features(columns=["FS_Volume"])


def test_rows_of_nobody_or_of_somebody_twice_are_listed_and_not_used(features):
    found = features("1,2.5", "2,3.5", "2,4.5", ",5.5", "3,6,7", header="Subject,FS_Vol")
    assert list(found.table.index) == ["1"]
    told = "3 fields, but 2 columns; a separator inside a cell may lack its quotes"
    assert found.problems == [
        ("3", told),
        ("2", "named 2 times in the table; keep one row"),
        ("", "no Subject in 1 rows of the table"),
    ]


@pytest.mark.parametrize(
    "cells, reason",
    [
        (["1", ">90", "x"], "not all numbers ('>90' and 1 other texts)"),
        (["1;5", "2;5", "3"], "not all numbers ('1;5' and 1 other texts)"),
        (['"1,5"', '"2,5"', '"3,5"'], "text ('1,5'); numbers with decimals need a point"),
    ],
)
def test_a_column_that_is_not_all_numbers_is_left_out_whole(features, cells, reason):
    rows = [f"{number},{cell},1.5" for number, cell in enumerate(cells)]
    assert features(*rows, header="Subject,FS_Vol,FS_Thick").left_out == [
        ("Subject", "the subject's id"),
        ("FS_Vol", reason),
    ]


def test_a_duplicated_column_is_left_out_or_refused_when_asked_for(features):
    options = {"header": "Subject,FS_Vol,FS_Vol,FS_Thick"}
    assert ("FS_Vol", "the name of several columns; rename all but one") in features("1,2,3,4", **options).left_out
    with pytest.raises(SettingsError, match='"FS_Vol" is 2 columns of'):
        features("1,2,3,4", columns=["FS_Vol"], **options)


def test_a_table_without_features_or_subjects_is_told(features):
    with pytest.raises(InputError, match="no column of numbers that can be a feature; Subject is the subject's id$"):
        features("1,F", header="Subject,Gender")
    with pytest.raises(InputError, match="no row of one subject; 1: named 2 times in the table; keep one row$"):
        features("1,2", "1,3", header="Subject,FS_Vol")

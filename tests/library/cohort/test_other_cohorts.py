import pytest

from tests.library.cohort.study_settings import study
from voxplain.cohort.other_cohorts import find_other_cohorts
from voxplain.cohort.scans import find_scans
from voxplain.errors import InputError, SettingsError

LABELS = {"dx": {"column": "Dx", "classes": {"AD": 1, "CN": 0}}, "age": {"column": "Age", "regression": True}}
EXPERIMENTS = {name: {"input": "affine", "labels": name} for name in LABELS}


def write(folder, name, rows, header="subject,session,path,Dx,Age"):
    (folder / name).mkdir()
    for row in rows:
        (folder / name / row.split(",")[2]).touch()
    (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    return {"archives": str(folder / name), "table": str(folder / f"{name}.csv")}


@pytest.fixture
def found(tmp_path):
    """The test cohorts of a study of two patients, each given as its rows and what differs in its settings."""
    own = write(tmp_path, "own", ["p1,m12,a.nii.gz,AD,70", "p2,m12,b.nii.gz,CN,71"])

    def find(folds=None, **cohorts):
        sections = {name: write(tmp_path, name, *given) | more for name, (given, more) in cohorts.items()}
        settings = study(EXPERIMENTS, folds, source="table", labels=LABELS, test_cohorts=sections, **own)
        return find_other_cohorts(settings, find_scans(settings)[1])

    return find


def test_scans_are_named_by_their_cohort_and_a_patient_of_both_is_one_subject(found):
    rows = ["p1,m12,a.nii.gz,AD,70", "p1,,b.nii.gz,AD,71", "P.3,m-12,c.nii.gz,CN,50"]
    cohort = found(**{"3t": ([rows], {})})["3t"]
    assert [(scan.scan, scan.subject, scan.visit) for scan in cohort.scans] == [
        ("sub-P3_ses-3tm12", "sub-P3", "m-12"),
        ("sub-p1_ses-3t", "sub-p1", ""),
        ("sub-p1_ses-3tm12", "sub-p1", "m12"),
    ]
    assert cohort.used["sub-p1_ses-3tm12"].labels == {"dx": 1, "age": 70}


def test_a_study_without_further_cohorts_has_none(found):
    assert found() == {}


def test_other_words_of_its_table_lie_over_the_studys_label_by_label(found):
    label = {"dx": {"column": "Group", "classes": {"ill": 1, "well": 0}}, "age": None}
    rows = [["p1,m12,a.nii.gz,ill", "p9,m12,b.nii.gz,well"], "subject,session,path,Group"]
    cohort = found(**{"3t": (rows, {"labels": label})})["3t"]
    assert [scan.labels for scan in cohort.scans] == [{"dx": 1}, {"dx": 0}]
    assert list(cohort.settings["experiments"]) == ["dx"]


def test_who_is_left_out_of_it_is_told_with_the_reason(found):
    rows = ["p1,m12,a.nii.gz,AD,70", "p3,m12,b.nii.gz,MCI,"]
    cohort = found(**{"3t": ([rows], {})})["3t"]
    assert list(cohort.used) == ["sub-p1_ses-3tm12"]
    assert [(scan.scan, scan.stage) for scan in cohort.scans if scan.stage] == [("sub-p3_ses-3tm12", "table")]


def test_it_is_not_dealt_into_the_studys_given_split(found, tmp_path):
    (tmp_path / "train.txt").write_text("p1\n")
    (tmp_path / "test.txt").write_text("p2\n")
    given = {"train": str(tmp_path / "train.txt"), "test": str(tmp_path / "test.txt")}
    cohort = found({"given": given}, **{"3t": ([["p9,m12,a.nii.gz,AD,70"]], {})})["3t"]
    assert list(cohort.used) == ["sub-p9_ses-3tm12"]


def test_a_family_that_its_table_does_not_tell_ties_nobody(found):
    rows = ["p1,m12,a.nii.gz,AD,70"]
    with_families = [["p9,m12,a.nii.gz,AD,70,f1"], "subject,session,path,Dx,Age,Site"]
    cohorts = found({"group_by": ["Dx"]}, a=([rows], {}), b=(with_families, {}))
    assert [cohort.settings["folds"]["group_by"] for cohort in cohorts.values()] == [["Dx"], ["Dx"]]
    without = [["p9,m12,a.nii.gz,ill"], "subject,session,path,Group"]
    label = {"dx": {"column": "Group", "classes": {"ill": 1, "well": 0}}, "age": None}
    assert found({"group_by": ["Dx"]}, c=(without, {"labels": label}))["c"].settings["folds"]["group_by"] == []


@pytest.mark.parametrize(
    ("rows", "more", "error", "line"),
    [
        (["p1,m12,a.nii.gz,MCI,"], {}, InputError, "no scan is left of 1; the commonest reason"),
        (
            ["p1,m12,a.nii.gz,AD,70"],
            {"labels": {"dx": {"column": "Dx", "classes": {"AD": 0, "CN": 1}}}},
            SettingsError,
            'its label "dx" tells AD, CN, but the study\'s CN, AD; let both mean the same',
        ),
        (
            ["p1,m12,a.nii.gz,AD,70"],
            {"labels": {"age": {"column": "Age", "thresholds": [65]}}},
            SettingsError,
            'its label "age" tells ',
        ),
        (["p1,m12,a.nii.gz,AD,70"], {"where": {"Field": "3T"}}, SettingsError, "cohort.where"),
    ],
)
def test_a_cohort_that_cannot_be_judged_is_refused_in_one_line_with_its_name(found, rows, more, error, line):
    with pytest.raises(error) as raised:
        found(**{"3t": ([rows], more)})
    said = str(raised.value)
    assert said.startswith("cohort.test_cohorts.3t: ") and line in said and "\n" not in said


def test_two_scans_of_one_name_are_refused(found):
    first, second = (["p1,b1,a.nii.gz,AD,70"], ["p1,1,a.nii.gz,AD,70"])
    with pytest.raises(SettingsError, match="cohort.test_cohorts.ab: sub-p1_ses-ab1 is a scan of a too; rename ab"):
        found(a=([first], {}), ab=([second], {}))


def test_a_cohort_of_another_source_shares_only_the_groups_that_the_study_goes_by(tmp_path):
    write(tmp_path, "own", ["p1,m12,a.nii.gz,AD,70", "p2,m12,b.nii.gz,CN,71"])
    (tmp_path / "hcp").mkdir()
    (tmp_path / "hcp" / "100307_3T_Structural_preproc.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    (tmp_path / "hcp.csv").write_text("Subject,Dx,Age,Family_ID\n100307,AD,70,f1\n")
    other = {"source": "hcp", "archives": str(tmp_path / "hcp"), "table": str(tmp_path / "hcp.csv"), "covariates": None}
    own = {"archives": str(tmp_path / "own"), "table": str(tmp_path / "own.csv")}
    settings = study(EXPERIMENTS, None, source="table", labels=LABELS, test_cohorts={"hcp": other}, **own)
    cohort = find_other_cohorts(settings, find_scans(settings)[1])["hcp"]
    assert list(cohort.used) == ["sub-100307_ses-hcp"]
    assert cohort.settings["folds"]["group_by"] == []

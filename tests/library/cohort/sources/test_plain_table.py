from collections import Counter

import pytest

from tests.library.cohort.adni_tables import annual_rows, write_rows
from tests.library.cohort.study_settings import study
from voxplain.cohort.scans import find_scans
from voxplain.cohort.tables.rows import study_table
from voxplain.errors import SettingsError

SEX = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
PAIRS = ("ad_normal", "ad_emci", "ad_lmci", "emci_normal", "lmci_normal", "lmci_emci")


@pytest.fixture
def table(tmp_path):
    def make(text, files=(), **changes):
        (tmp_path / "table.csv").write_text(text)
        for name in files:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return study(**{"source": "table", "table": str(tmp_path / "table.csv"), "labels": SEX} | changes)

    return make


def test_paths_begin_at_the_table_or_at_the_archives_or_are_whole(table, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "c.nii").touch()
    text = f"subject,path,sex\n007,a.nii.gz,F\n8,in/b.nii.gz,M\n9,{tmp_path}/far/c.nii,M\n"
    _, scans = find_scans(table(text, ["a.nii.gz", "in/b.nii.gz"]))
    assert [(scan.scan, scan.places["T1w"][0][1], scan.stage) for scan in scans] == [
        ("sub-007", "a.nii.gz", ""),
        ("sub-8", "in/b.nii.gz", ""),
        ("sub-9", "c.nii", ""),
    ]


def test_a_file_that_is_not_there_is_named_and_the_others_go_on(table, tmp_path):
    (tmp_path / "link.nii.gz").symlink_to(tmp_path / "annex")
    _, scans = find_scans(table("subject,path,sex\n1,a.nii.gz,F\n2,b.nii.gz,M\n3,link.nii.gz,M\n", ["a.nii.gz"]))
    assert [scan.stage for scan in scans] == ["", "archive", "archive"]
    assert scans[1].reason == f"no file {tmp_path}/b.nii.gz; check the path"
    assert scans[2].reason == f"no file {tmp_path}/link.nii.gz (a link to nothing; fetch its content)"


def test_a_path_that_leaves_the_folder_is_refused(table):
    _, scans = find_scans(table("subject,path,sex\n1,a.nii.gz,F\n2,../b.nii.gz,M\n", ["a.nii.gz"]))
    assert scans[1].reason == "its path '../b.nii.gz' leaves the folder by ..; write the whole path"


def test_one_file_in_two_rows_is_used_by_neither(table):
    _, scans = find_scans(
        table("subject,path,sex\n1,a.nii.gz,F\n2,a.nii.gz,M\n3,b.nii.gz,M\n", ["a.nii.gz", "b.nii.gz"])
    )
    assert {scan.scan: scan.reason for scan in scans} == {
        "sub-1": "named 2 times in the table; keep one row",
        "sub-2": "named 2 times in the table; keep one row",
        "sub-3": "",
    }


def test_a_table_of_labels_and_paths_plans_all_six_pairs(table):
    names = [f"data/{group}{number}.nii" for group in ("AD", "LMCI", "EMCI", "Normal") for number in (1, 2)]
    text = "Label,Path\n" + "".join(f'"{name[5:-5]}","{name}"\n' for name in names)
    experiments = {pair.replace("_", ""): {"input": "affine", "labels": f"adni_{pair}"} for pair in PAIRS}
    settings = table(text, names, experiments=experiments, labels={})
    assert len(settings["cohort"]["labels"]) == 6
    _, scans = find_scans(settings)
    assert not any(scan.stage for scan in scans)
    labels = {scan.source_id: scan.labels for scan in scans}
    assert labels["AD1"] == {"adni_ad_normal": 1, "adni_ad_emci": 1, "adni_ad_lmci": 1}
    assert labels["Normal2"] == {"adni_ad_normal": 0, "adni_emci_normal": 0, "adni_lmci_normal": 0}
    assert labels["EMCI1"] == {"adni_ad_emci": 0, "adni_emci_normal": 1, "adni_lmci_emci": 0}


TREE = "{PTID}/{Visit}/{PTID}_{Scan.Date}_{Visit}_{Image.ID}_{DX}_Warped.nii.gz"


def test_a_pattern_of_columns_gives_the_path(table):
    text = "PTID,Visit,Scan.Date,Image.ID,DX\n011_S_0003,Month 12,9/1/2005,12,Dementia\n"
    rows = study_table(table(text, columns={"path": TREE})["cohort"]).rows
    assert rows[0].image_id == "011_S_0003/Month12/011_S_0003_9-1-2005_Month12_12_Dementia_Warped.nii.gz"


def test_a_pattern_of_an_unknown_column_is_named(table):
    with pytest.raises(SettingsError, match='^cohort.columns.path is "Image_Id", no column of .*; nearest of its 2: '):
        find_scans(table("PTID,Image\n1,2\n", columns={"path": "{PTID}/{Image_Id}.nii"}))


def test_the_published_yearly_collection_leaves_969_images_of_344_patients(tmp_path):
    write_rows(tmp_path / "ADNI.csv", annual_rows())
    settings = study(
        {"ad": {"input": "affine", "labels": "adni_ad_cn"}},
        source="table", table=str(tmp_path / "ADNI.csv"), archives=str(tmp_path),
        columns={"path": TREE, "session": "Visit"},
        leave_out=["067_S_0077/Screening"], repeats="all",
    )  # fmt: skip
    for row in study_table(settings["cohort"]).rows:
        path = tmp_path / row.image_id
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    _, scans = find_scans(settings)
    used = [scan for scan in scans if not scan.stage]
    reasons = [scan.reason for scan in scans if scan.stage]
    assert (len(scans), len(used), len({scan.scan for scan in used})) == (1590, 969, 969)
    assert sum("none of this label's classes (Dementia, CN)" in reason for reason in reasons) == 619
    assert sum(reason == "named in cohort.leave_out" for reason in reasons) == 2
    assert Counter(scan.labels["adni_ad_cn"] for scan in used) == {1: 475, 0: 494}
    ever_demented = {scan.subject for scan in used if scan.labels["adni_ad_cn"] == 1}
    assert (len({scan.subject for scan in used}), len(ever_demented)) == (344, 193)
    assert all(len(scan.site) == 3 for scan in used)

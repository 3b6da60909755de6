from types import SimpleNamespace

import pytest

from tests.library.cohort.study_settings import study
from voxplain.cohort.images import Image
from voxplain.cohort.scans import commonest, find_scans, selected_scans, study_labels
from voxplain.cohort.tables.rows import study_table
from voxplain.errors import InputError, SettingsError

LABELS = {"group": {"column": "Group", "classes": {"CN": 0, "AD": 1}, "vocabulary": "adni"}}
ROWS = [
    "I1,011_S_0003,AD,M,81,sc,MRI,MP-RAGE,Original,9/01/2005,DCM",
    "I2,011_S_0003,AD,M,81,m12,MRI,MP-RAGE,Original,9/12/2006,DCM",
    "I3,011_S_0003,AD,M,81,m12,MRI,MP-RAGE REPEAT,Original,9/12/2006,DCM",
    "I4,022_S_0005,Dementia,F,70,bl,MRI,MP-RAGE,Original,10/02/2005,DCM",
    "I5,022_S_0007,NL,F,75,sc,MRI,MP-RAGE,Original,11/02/2005,DCM",
    "I6,022_S_0009,MCI,F,75,sc,MRI,MP-RAGE,Original,11/02/2005,DCM",
    "I7,022_S_0010,Demnetia,F,75,sc,MRI,MP-RAGE,Original,11/02/2005,DCM",
    "I8,022_S_0011,CN,F,75,sometime,MRI,MP-RAGE,Original,11/02/2005,DCM",
]
HEADER = "Image Data ID,Subject,Group,Sex,Age,Visit,Modality,Description,Type,Acq Date,Format"


def images(*numbers):
    subjects = {row.split(",")[0]: row.split(",")[1] for row in ROWS}
    return [
        Image(subjects[f"I{one}"], image_id=f"I{one}", places={"T1w": (("a.zip", f"I{one}.nii"),)}, state="1")
        for one in numbers
    ]


@pytest.fixture
def scans(tmp_path):
    """The scans that images of those numbers become, by image id, under changed settings of the cohort."""

    def make(*numbers, folds=None, rows=ROWS, found=None, **changes):
        experiments = {"one": {"input": "affine", "labels": "group"}}
        path = tmp_path / "collection.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        cohort = {"source": "adni", "archives": str(tmp_path), "table": str(path), "labels": LABELS} | changes
        settings = study(experiments, folds, **cohort)
        table = study_table(settings["cohort"])
        selected = selected_scans(found or images(*(numbers or range(1, 9))), table, settings)
        return {scan.image_id: scan for scan in selected}

    return make


def stages(scans):
    return {image: scan.stage for image, scan in scans.items()}


def test_scans_are_named_by_subject_and_visit_and_know_their_site(scans):
    found = scans()
    assert [found[f"I{one}"].scan for one in (1, 2, 4)] == [
        "sub-011S0003_ses-sc", "sub-011S0003_ses-m12", "sub-022S0005_ses-bl",
    ]  # fmt: skip
    assert (found["I1"].site, found["I4"].site) == ("011", "022")
    assert found["I1"].subject == "sub-011S0003"


def test_old_and_new_names_of_a_diagnosis_meet(scans):
    found = scans()
    assert {image: found[image].labels for image in ("I1", "I4", "I5")} == {
        "I1": {"group": 1}, "I4": {"group": 1}, "I5": {"group": 0},
    }  # fmt: skip


def test_an_unknown_diagnosis_or_visit_is_named_and_never_guessed(scans):
    found = scans()
    assert stages(found)["I6"] == stages(found)["I7"] == stages(found)["I8"] == "table"
    assert found["I6"].reason == "Group is 'MCI', none of this label's classes (CN, AD)"
    assert found["I7"].reason.startswith("Group is 'Demnetia', no diagnosis that is known; did you mean Dementia")
    assert found["I8"].reason == "visit 'sometime', none that is known; correct it in the table"


@pytest.mark.parametrize(("rule", "used", "left"), [("first", "I2", "I3"), ("last", "I3", "I2")])
def test_of_repeats_of_a_visit_one_is_used_by_the_stated_rule(scans, rule, used, left):
    found = scans(repeats=rule)
    assert found[used].stage == ""
    assert (found[left].stage, found[left].reason) == (
        "selection", f"a repeat of its visit; {used} is used (cohort.repeats: {rule})",
    )  # fmt: skip


def test_repeats_may_be_refused(scans):
    found = scans(repeats="refuse")
    assert {found["I2"].stage, found["I3"].stage} == {"selection"}
    assert found["I2"].reason == "2 images of one visit (I2, I3); keep one, or set cohort.repeats"


def test_repeats_may_all_be_used_as_sessions_of_their_own(scans):
    found = scans(repeats="all")
    assert (found["I2"].scan, found["I3"].scan) == ("sub-011S0003_ses-m12", "sub-011S0003_ses-m12run2")
    assert found["I3"].stage == "" and found["I3"].visit == "m12"


def test_a_repeat_left_out_for_something_else_does_not_stand_in_the_way(scans):
    found = scans(where={"Description": "*REPEAT"})
    assert found["I3"].stage == ""
    assert found["I2"].reason == "Description is 'MP-RAGE', not *REPEAT (cohort.where)"


def test_baseline_is_the_first_visit_of_a_new_participant(scans):
    found = scans(visits={"train": "baseline", "judge": "baseline"})
    assert stages(found)["I1"] == stages(found)["I4"] == ""
    assert found["I2"].stage == "selection"
    assert found["I2"].reason == "visit m12 is neither trained on nor judged (cohort.visits)"


def test_training_and_judging_may_have_visits_of_their_own(scans):
    found = scans(visits={"train": "all", "judge": ["Screening"]})
    assert {image: (found[image].train, found[image].judge) for image in ("I1", "I2", "I4")} == {
        "I1": (True, True), "I2": (True, False), "I4": (True, False),
    }  # fmt: skip


def test_a_visit_that_no_scan_has_stops_the_run(scans):
    with pytest.raises(SettingsError) as raised:
        scans(visits={"train": "all", "judge": ["m99"]})
    assert str(raised.value).startswith('cohort.visits.judge names "m99", a visit of no scan; there are: sc, m12, bl')


@pytest.mark.parametrize("name", ["011_S_0003/sc", "I1", "sub-011S0003_ses-sc"])
def test_what_the_study_leaves_out_may_be_named_as_subject_and_visit_image_or_scan(scans, name):
    assert stages(scans(leave_out=[name])) | {"I1": "settings"} == stages(scans(leave_out=[name]))
    assert stages(scans(leave_out=[name]))["I2"] == ""


def test_a_file_of_scans_to_leave_out_may_say_why(scans, tmp_path):
    (tmp_path / "out.tsv").write_text("# seen by eye\nI1\tcut at the top\n011_S_0003/m12\n")
    found = scans(leave_out=str(tmp_path / "out.tsv"))
    assert (found["I1"].stage, found["I1"].reason) == ("settings", "cut at the top")
    assert found["I2"].reason == "listed in out.tsv"


def test_an_image_without_a_row_and_a_row_without_an_image_are_both_listed(scans):
    extra = Image("011_S_0003", image_id="I99", places={"T1w": (("a.zip", "x.nii"),)})
    found = scans(found=[*images(1), extra])
    assert (found["I99"].stage, found["I99"].reason) == ("table", "no row with the image I99 in the table")
    assert found["I5"].stage == "archive" and found["I5"].reason.startswith("no file of image I5 in ")


def test_a_table_that_gives_an_image_to_somebody_else_is_believed_by_nobody(scans):
    stranger = Image("099_S_9999", image_id="I1", places={"T1w": (("a.zip", "x.nii"),)})
    assert (
        scans(found=[stranger, *images(4, 5)])["I1"].reason
        == "the table gives this image to 011_S_0003, its path to 099_S_9999; correct the table"
    )


def test_two_ids_with_one_name_are_left_out(tmp_path):
    path = tmp_path / "table.csv"
    for one in ("a", "b", "c"):
        (tmp_path / f"{one}.nii.gz").touch()
    path.write_text("subject,path,sex\n01-1,a.nii.gz,F\n011,b.nii.gz,M\n012,c.nii.gz,M\n")
    labels = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
    _, found = find_scans(study(source="table", table=str(path), labels=labels))
    assert [scan.reason for scan in found] == ["01-1, 011 would all be sub-011; rename one"] * 2 + [""]


def test_a_given_split_leaves_out_who_is_in_none_of_its_files(scans, tmp_path):
    (tmp_path / "train.txt").write_text("011_S_0003\n022_S_0007\n")
    (tmp_path / "test.txt").write_text("sub-022S0005\n")
    given = {"train": str(tmp_path / "train.txt"), "test": str(tmp_path / "test.txt")}
    assert set(stages(scans(1, 4, 5, folds={"given": given})).values()) <= {"", "archive", "table"}
    (tmp_path / "test.txt").write_text("022_S_9999\n")
    found = scans(1, 4, 5, folds={"given": given})
    assert (found["I4"].stage, found["I4"].reason) == ("folds", "022_S_0005 is in none of the files of folds.given")


def test_a_scan_is_kept_for_any_of_the_studys_labels(scans):
    found = scans(labels=LABELS | {"mci": {"column": "Group", "classes": {"MCI": 1, "CN": 0}, "vocabulary": "adni"}})
    assert {image: found[image].labels for image in ("I1", "I5", "I6")} == {
        "I1": {"group": 1}, "I5": {"group": 0, "mci": 0}, "I6": {"mci": 1},
    }  # fmt: skip


@pytest.mark.parametrize(("label", "classes"), [("hcp_age4", 4), ("age", 0)])
def test_an_experiment_may_tell_several_classes_or_a_number(label, classes):
    settings = study(
        experiments={"age": {"input": "affine", "labels": label}}, source="hcp", archives="a", table="b",
        labels={"age": {"column": "Age_in_Yrs", "regression": True}},
    )  # fmt: skip
    assert len(study_labels(settings)[label].names) == classes


def test_a_study_with_nobody_left_names_the_commonest_reason():
    scans = [
        SimpleNamespace(reason=f"{one}.zip: empty", source_id=one, image_id="", visit="", archive="")
        for one in ("11", "12")
    ]
    scans.append(SimpleNamespace(reason="no row", source_id="13", image_id="", visit="", archive=""))
    assert commonest(scans) == "no scan is left of 3; the commonest reason (2 times): <id>.zip: empty"


def test_nobody_left_stops_the_planning(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("subject,path,sex\n1,a.nii.gz,F\n2,b.nii.gz,M\n")
    labels = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
    with pytest.raises(InputError, match=r"^no scan is left of 2; the commonest reason \(2 times\): no file "):
        find_scans(study(source="table", table=str(path), labels=labels))


def test_sessions_of_another_study_are_not_taken_for_adnis(tmp_path):
    for name in ("a1", "a2", "b1", "b2"):
        (tmp_path / f"{name}.nii.gz").touch()
    rows = ["a,y2,a2.nii.gz,F", "a,y1,a1.nii.gz,F", "b,y1,b1.nii.gz,M", "b,y2,b2.nii.gz,M"]
    (tmp_path / "table.csv").write_text("\n".join(["subject,session,path,sex", *rows]) + "\n")
    labels = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
    visits = {"train": "baseline", "judge": "baseline"}
    settings = study(source="table", table=str(tmp_path / "table.csv"), labels=labels, visits=visits)
    _, scans = find_scans(settings)
    assert {scan.scan: scan.stage for scan in scans} == {
        "sub-a_ses-y1": "", "sub-a_ses-y2": "selection", "sub-b_ses-y1": "", "sub-b_ses-y2": "selection",
    }  # fmt: skip

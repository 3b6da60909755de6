from voxplain.cohort.flow import flow_steps, without_names
from voxplain.cohort.images import Scan


def scan(source_id, stage="", reason="", **more):
    return Scan(f"sub-{source_id}", source_id, stage=stage, reason=reason, **more)


def test_the_steps_follow_the_stages_and_count_who_is_left():
    scans = [scan("1"), scan("2", "prepare", "slow"), scan("3", "table", "no row"), scan("4", "table", "no row")]
    scans.append(scan("5", "odd", "?"))
    assert [tuple(step) for step in flow_steps(scans)] == [
        ("table", 2, [("no row", 2)], 3),
        ("prepare", 1, [("slow", 1)], 2),
        ("odd", 1, [("?", 1)], 1),
    ]


def test_equal_reasons_are_counted_whatever_they_name():
    scans = [
        scan(
            one,
            "extract",
            f"{one}_3T.zip: no {one}/T1w/a.nii.gz inside",
            archive=f"/data/{one}_3T.zip/{one}/T1w/a.nii.gz",
        )
        for one in ("100307", "100408")
    ]
    (step,) = flow_steps(scans)
    assert step.reasons == [("<file>: no <id>/T1w/<file> inside", 2)]


def test_an_id_inside_another_number_stays():
    assert without_names(scan("10", reason="10: 100 of 10 voxels")) == "<id>: 100 of <id> voxels"
    assert without_names(scan("1", reason="1 of 11")) == "1 of 11"


def test_the_dots_of_a_reason_stay_where_its_archive_is_the_folder_itself():
    for folder in (".", "..", "../scans"):
        assert without_names(scan("001", reason="apart by 17.3 mm; set cohort.form", archive=folder)) == (
            "apart by 17.3 mm; set cohort.form"
        )


def test_scans_beyond_one_limit_are_counted_together_whatever_was_measured():
    scans = [
        scan(
            name, "prepare", f"correlation with the template inside the brain is {found}, below 0.8; look at the volume"
        )
        for name, found in (("001", 0.75), ("002", 0.78), ("003", -0.1))
    ]
    (step,) = flow_steps(scans)
    assert step.reasons == [
        ("correlation with the template inside the brain is <value>, below 0.8; look at the volume", 3)
    ]


def test_a_visit_is_told_and_another_image_is_not():
    scans = [scan(one, "selection", f"visit m12: I{one}00 is used", visit="m12") for one in ("1", "2")]
    assert flow_steps(scans)[0].reasons == [("visit m12: <id> is used", 2)]


def test_nobody_left_out_is_no_step():
    assert flow_steps([scan("1")]) == []

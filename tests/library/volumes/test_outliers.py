import numpy as np
import pytest
from scipy import stats

from voxplain.volumes.outliers import LIMIT, WORSE, deviations, quality_table, worse

GENERATOR = np.random.default_rng(11)


def status(scan, name="affine", reason=None, **measures):
    about = {"scan": scan, "input": name, "accepted": reason is None, "stage": reason and "prepare", "reason": reason}
    return about | {"measures": measures}


def cohort(**last):
    """Twenty ordinary scans and one with the measures ``last``."""
    usual = [
        status(f"sub-{number:02}", dice=0.95 + 0.01 * number / 20, brain_volume_ml=1400 + 10 * (-1) ** number * number)
        for number in range(20)
    ]
    return [*usual, status("sub-x", **({"dice": 0.955, "brain_volume_ml": 1400} | last))]


def test_deviations_are_those_worked_by_hand():
    values = [1, 2, 3, 4, 100]
    assert deviations(values, values) == pytest.approx([one / 1.4826 for one in (-2, -1, 0, 1, 97)])


def test_deviations_of_normal_values_are_their_z_scores_and_scipys_mad():
    values = GENERATOR.normal(7, 3, 100_000)
    found = deviations(values, values)
    assert found == pytest.approx((values - 7) / 3, abs=0.06)
    assert found == pytest.approx(
        (values - np.median(values)) / stats.median_abs_deviation(values, scale="normal"), rel=1e-3
    )
    assert (np.abs(found) > LIMIT).mean() == pytest.approx(2 * stats.norm.sf(LIMIT), abs=3e-4)


def test_where_most_scans_are_alike_the_mean_deviation_takes_the_place_of_the_mad():
    values = np.array([1.0] * 9 + [3.0])
    assert deviations(values, values) == pytest.approx([0] * 9 + [2 / (1.2533 * 0.2)])


def test_scans_that_are_all_alike_deviate_by_nothing_and_what_differs_from_all_by_more_than_can_be_said():
    assert deviations([2.0, 2, 2], [2.0, 2, 2]).tolist() == [0, 0, 0]
    assert deviations([2.0, 3, 1, np.nan], [2.0, 2]).tolist()[:3] == [0, np.inf, -np.inf]
    assert np.isnan(deviations([1.0], [])).all() and np.isnan(deviations([np.nan, 1], [1.0, 2])).tolist() == [
        True,
        False,
    ]


def test_one_bad_scan_does_not_hide_itself_or_the_next():
    values = np.r_[GENERATOR.normal(0.95, 0.01, 20), 0.2, 0.3]
    assert (deviations(values, values)[-2:] < -30).all()
    assert (np.abs(values[-2:] - values.mean()) / values.std() < LIMIT).all()


@pytest.mark.parametrize(
    ("last", "flag", "said"),
    [
        ({"dice": 0.7}, "outlier", "dice 0.7, "),
        ({"dice": 0.999}, "", ""),
        ({"brain_volume_ml": 2400}, "outlier", "MADs above the median"),
        ({"brain_volume_ml": 400}, "outlier", "MADs below the median"),
        ({}, "", ""),
        ({"mask_review": 1}, "review", "its mask disagrees with a second one"),
        ({"reason": "correlation 0.5", "dice": 0.4}, "refused", "prepare: correlation 0.5; dice 0.4, "),
        ({"reason": "truncated"}, "refused", "prepare: truncated"),
    ],
)
def test_a_scan_is_flagged_for_what_is_worse_than_usual_and_on_that_side_alone(last, flag, said):
    table = quality_table(cohort(**last)).set_index("scan")
    assert table.loc["sub-x", "flag"] == flag and said in table.loc["sub-x", "why"]
    assert (table.drop("sub-x")["flag"] == "").all()


def test_the_worst_comes_first_and_refused_ones_before_it():
    several = [
        *cohort(dice=0.8),
        status("sub-y", dice=0.7, brain_volume_ml=1400),
        status("sub-z", reason="no such file"),
    ]
    table = quality_table(several)
    assert table["scan"][:3].tolist() == ["sub-z", "sub-y", "sub-x"]
    assert table["worst"][1:].is_monotonic_decreasing and np.isnan(table["worst"][0])
    assert table["worst"][1] == pytest.approx(-table["dice_mads"][1])


def test_a_refused_scan_does_not_move_what_is_usual():
    alone = quality_table(cohort())
    beside = quality_table([*cohort(), *(status(f"sub-bad{n}", reason="bad", dice=0.1) for n in range(15))])
    kept = beside[beside["flag"] != "refused"].reset_index(drop=True)
    assert kept["dice_mads"].tolist() == alone["dice_mads"].tolist()


def test_every_input_has_a_usual_of_its_own():
    rigid = [one | {"input": "rigid", "measures": {"dice": one["measures"]["dice"] - 0.2}} for one in cohort()]
    table = quality_table([*cohort(), *rigid])
    assert len(table) == 42 and (table["flag"] == "").all()
    by_input = table.sort_values("scan").groupby("input")["dice_mads"]
    assert by_input.get_group("rigid").tolist() == pytest.approx(by_input.get_group("affine").tolist())


def test_a_piece_that_no_other_mask_has_is_seen():
    several = [status(f"sub-{n}", mask_components=1, mask_holes=0) for n in range(30)]
    table = quality_table([*several, status("sub-x", mask_components=2, mask_holes=0)])
    assert table["scan"][0] == "sub-x" and table["flag"].tolist() == ["outlier"] + [""] * 30


def test_measures_without_a_side_are_listed_and_not_judged():
    table = quality_table([status("sub-1", scale=1.0), status("sub-2", scale=9.0), status("sub-3", scale=1.1)])
    assert "scale" in table and "scale_mads" not in table and (table["flag"] == "").all()


def test_no_scan_at_all_gives_a_table_without_rows():
    assert quality_table([]).columns[:5].tolist() == ["scan", "input", "flag", "why", "worst"]
    assert len(quality_table([])) == 0


def test_a_measure_gets_worse_on_its_own_side():
    assert {worse(name, 2.0) for name, side in WORSE.items() if side != "low"} == {2.0}
    assert {worse(name, 2.0) for name, side in WORSE.items() if side == "low"} == {-2.0}

import numpy as np
import pandas as pd
import pytest

from voxplain.cohort.shift import intensities, measured, shift, standardised_difference
from voxplain.store import Volumes, write_store

SHAPE = (6, 7, 8)


def store(path, count, bright=0.0, session=""):
    generator = np.random.default_rng(3)
    scans = [f"sub-{number}{session}" for number in range(count)]
    mask = np.zeros(SHAPE)
    mask[1:5, 2:6, 2:6] = 1
    data = {scan: generator.random(SHAPE).astype(np.float32) + bright * (mask > 0) for scan in scans}
    write_store(path, ((scan, scan.split("_")[0], data[scan], mask) for scan in scans), np.eye(4), "mni152", {})
    return Volumes(path), data, mask > 0


def long(measure, values, kind="covariate"):
    return pd.DataFrame(
        {"scan": [f"sub-{place}" for place in range(len(values))], "kind": kind, "measure": measure, "value": values}
    )


def test_a_standardised_difference_is_in_units_of_the_mean_variance():
    first, second = np.array([1.0, 2, 3]), np.array([4.0, 6, 8])
    assert standardised_difference(first, second) == pytest.approx((6 - 2) / np.sqrt((1 + 4) / 2))
    assert standardised_difference(second, first) == -standardised_difference(first, second)
    assert standardised_difference(first, first) == 0
    assert standardised_difference(np.ones(2), np.ones(3)) == 0
    assert standardised_difference(np.ones(2), np.zeros(3)) == -np.inf
    assert np.isnan(standardised_difference(first, np.ones(1)))


def test_drawn_normal_values_a_given_distance_apart_are_found_that_far_apart():
    generator = np.random.default_rng(1)
    first, second = generator.normal(5, 2, 20_000), generator.normal(6, 2, 20_000)
    assert standardised_difference(first, second) == pytest.approx(0.5, abs=0.03)


def test_the_most_different_measure_stands_first_and_its_values_are_left():
    own = pd.concat([long("Age", ["70", "72", "74"]), long("snr", [10.0, 11, 12], "quality")])
    other = pd.concat([long("Age", ["71", "73"]), long("snr", [30.0, 31], "quality")])
    table, values = shift(own, other, "3t")
    assert table["measure"].tolist() == ["snr", "Age"]
    assert table.loc[1, ["study", "study_sd", "study_n", "cohort", "cohort_n"]].tolist() == [72, 2, 3, 72, 2]
    assert table.loc[1, "difference"] == 0
    of_age = values[values["measure"] == "Age"]
    assert of_age["value"].tolist() == [70, 72, 74, 71, 73]
    assert of_age["cohort"].tolist() == ["study"] * 3 + ["3t"] * 2


def test_words_are_compared_by_the_share_of_each():
    table, _ = shift(long("Sex", ["F", "F", "M", "M"]), long("Sex", ["F", "F", "F", "M"]), "3t")
    shares = table.set_index("measure")[["study", "cohort"]].to_dict("index")
    assert shares == {"Sex: F": {"study": 0.5, "cohort": 0.75}, "Sex: M": {"study": 0.5, "cohort": 0.25}}


def test_a_measure_that_only_one_side_has_is_shown_without_a_difference():
    table, _ = shift(long("Age", ["70", "71"]), long("Dose", ["1", "2"]), "3t")
    assert table["difference"].isna().all() and set(table["measure"]) == {"Age", "Dose"}


def test_intensities_are_those_of_the_packed_volume_in_and_around_the_brain(tmp_path):
    volumes, data, inside = store(tmp_path / "own.h5", 1)
    found, volume = intensities(volumes, 0), data["sub-0"]
    assert found["mean in the brain"] == pytest.approx(volume[inside].mean(), rel=1e-3)
    assert found["spread in the brain"] == pytest.approx(volume[inside].std(ddof=1), rel=1e-3)
    assert found["median in the brain"] == pytest.approx(np.median(volume[inside]), rel=1e-3)
    assert found["mean outside the brain"] == pytest.approx(volume[~inside].mean(), rel=1e-3)


def test_a_brighter_cohort_of_larger_heads_is_told_by_kind(tmp_path):
    own, _, _ = store(tmp_path / "own.h5", 5)
    other, _, _ = store(tmp_path / "other.h5", 4, bright=2.0, session="_ses-3t")
    tables = {}
    for volumes, size in ((own, 1000.0), (other, 1200.0)):
        tables[size] = pd.DataFrame({"scan": volumes.scans, "brain_volume_ml": size + np.arange(len(volumes))})
        tables[size] = tables[size].assign(correlation_affine=0.9, snr_affine=20.0, snr_other=1.0, age=50.0)
    parts = [
        measured(volumes, tables[size], dict.fromkeys(volumes.scans, "AD"), ["Age"], "affine")
        for volumes, size in ((own, 1000.0), (other, 1200.0))
    ]
    table = shift(*parts, "3t")[0].set_index("measure")
    assert table["kind"].to_dict() | {"brain_volume_ml": "size"} == table["kind"].to_dict()
    assert table.loc[["correlation", "snr", "Age", "label: AD"], "kind"].tolist() == [
        "template", "quality", "covariate", "label",
    ]  # fmt: skip
    assert table.loc["brain_volume_ml", "difference"] > 10 and "snr_other" not in table.index
    assert table.loc["mean in the brain", "difference"] > 10
    assert table.loc[["correlation", "snr", "Age", "label: AD"], "difference"].tolist() == [0, 0, 0, 0]

from types import SimpleNamespace

import pytest

from voxplain.cohort.shards import SHARD_SIZE, UNSHARDED, planned_shards
from voxplain.errors import SettingsError


def settings(size=None, engine="ants", strip="archive"):
    return {"cohort": {"shard_size": size}, "inputs": {"affine": {"engine": engine, "strip": strip}}}


def scans(many, dicom=0):
    return [SimpleNamespace(scan=f"sub-{place:05d}", dicom=place < dicom) for place in range(many)]


def test_each_scan_has_its_own_job_up_to_five_thousand():
    assert UNSHARDED == 5000 and planned_shards(settings(), scans(5000)) == {}


def test_more_scans_are_put_into_shards_of_two_hundred():
    shards = planned_shards(settings(), scans(5001))
    assert len(shards) == 26 and [len(one) for one in shards.values()] == [SHARD_SIZE] * 25 + [1]
    assert list(shards)[:2] == ["0001", "0002"] and shards["0001"][0] == "sub-00000"
    assert sum(shards.values(), []) == [scan.scan for scan in scans(5001)]


def test_a_small_cohort_is_put_into_shards_where_that_is_asked():
    assert [len(one) for one in planned_shards(settings(3), scans(7)).values()] == [3, 3, 1]


def test_dicom_series_have_shards_of_their_own():
    shards = planned_shards(settings(3), scans(7, dicom=4))
    assert list(shards.values()) == [
        ["sub-00004", "sub-00005", "sub-00006"],
        ["sub-00000", "sub-00001", "sub-00002"],
        ["sub-00003"],
    ]


@pytest.mark.parametrize(("engine", "strip", "named"), [("fireants", "ants", "fireants"), ("ants", "hd-bet", "hd-bet")])
def test_a_tool_with_jobs_of_its_own_refuses_shards_and_is_not_put_into_them(engine, strip, named):
    with pytest.raises(SettingsError, match=f"cohort.shard_size is 3, but inputs.affine uses {named}") as caught:
        planned_shards(settings(3, engine, strip), scans(7))
    assert "\n" not in str(caught.value)
    assert planned_shards(settings(None, engine, strip), scans(5001)) == {}

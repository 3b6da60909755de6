"""What jobs ask of a cluster: enough, not absurdly much, and more of larger studies."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from voxplain.settings.known import default_settings
from voxplain.settings.resources import NEEDS, Work, disk, grown, megabytes, megavoxels, minutes, scans_of_job, work_of

ROOT = Path(__file__).parents[2]
WORK = Work(scans=1113, voxels=0.6, batch=8, epochs=100)


def study(spacing=2.0, **settings):
    defaults = default_settings()
    return defaults | {"template": defaults["template"] | {"spacing": spacing}} | settings


def test_every_rule_asks_by_its_own_name_and_no_other_is_listed():
    text = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    ruled = re.findall(r"^ *(?:rule|use rule \w+ as) (\w+)(?:| with):", text, re.M)
    for kind in ("memory_of", "disk_of"):
        asked = re.findall(rf'{kind}\("(\w+)"\)', text)
        assert len(asked) == len(set(asked)) and set(asked) <= set(ruled)
        assert set(asked) == set(NEEDS)
    assert not re.search(r"mem_mb=\d", text)


def test_voxels_of_an_input_are_those_of_the_stores_that_were_written():
    assert megavoxels(study(3.0), "affine") == pytest.approx(52 * 65 * 54 / 1e6, rel=0.02)
    whole = study(6.0)
    whole["template"]["margin"] = None
    assert megavoxels(whole, "affine") == pytest.approx(33 * 39 * 32 / 1e6, rel=0.02)
    cube = study(2.0)
    cube["template"]["shape"] = [110, 110, 110]
    assert megavoxels(cube, "affine") == pytest.approx(1.331)
    one = default_settings()["inputs"]["affine"]
    recipe = study(inputs={"own": one | {"recipe": "voxcnn_110", "channels": ["intensity", "log_jacobian"]}})
    assert megavoxels(recipe, "own") == pytest.approx(2 * 1.331)


@pytest.mark.parametrize("rule", NEEDS)
def test_no_rule_asks_less_of_a_larger_study(rule):
    larger = [replace(WORK, scans=40000), replace(WORK, voxels=5.0), replace(WORK, batch=16)]
    for asked in (megabytes, minutes, disk):
        assert all(asked(rule, one) >= asked(rule, WORK) for one in larger)
    assert megabytes(rule, WORK) >= 700, "Snakemake itself takes 300 inside a job"


def test_no_ordinary_study_asks_for_more_than_a_node_has():
    most = {rule: megabytes(rule, WORK) for rule in NEEDS}
    assert max(most.values()) <= 24_000, most


def test_an_experiment_asks_by_its_own_batch_and_epochs():
    settings = study()
    settings["experiments"]["brain"]["training"] = {"batch": 45, "epochs": 20}
    work = work_of(settings, 100, experiment="brain")
    assert (work.batch, work.epochs, work.scans) == (45, 20, 100)
    longer = replace(work, epochs=40)
    assert minutes("train_fold", longer) > minutes("train_fold", work)
    assert minutes("predict_experiment", longer) == minutes("predict_experiment", work)


def test_a_twin_on_permuted_labels_asks_by_the_epochs_that_it_trains():
    settings = study()
    settings["sanity"]["permuted_training"] = {"epochs": 900}
    twin = work_of(settings, 100, experiment="brain", arm="permuted1")
    assert twin == replace(work_of(settings, 100, experiment="brain"), epochs=900)


def test_a_job_asks_for_the_scans_that_it_has_to_do_with():
    members = range(103), {"0001": range(7)}, {"3t": range(900)}, 5
    maps = {"experiment": "brain", "method": "gradient", "split": "r1f1", "seed": "1"}
    expected = [
        ({"folder": "sub-1", "scan": "sub-1"}, 1),
        ({"input": "affine", "shard": "0001"}, 7),
        ({"input": "affine"}, 103),
        ({"experiment": "brain", "split": "r1f1"}, 103),
        (maps, 21),
        ({"input": "affine", "cohort": "3t"}, 900),
        (maps | {"cohort": "3t"}, 900),
    ]
    assert [scans_of_job(named, *members) for named, _ in expected] == [scans for _, scans in expected]


def test_a_gpu_shortens_the_work_of_networks_alone():
    on_gpu = replace(WORK, on_gpu=True)
    assert minutes("train_fold", on_gpu) < minutes("train_fold", WORK)
    assert minutes("average_maps", on_gpu) == minutes("average_maps", WORK)


def test_each_further_attempt_asks_for_twice_as_much():
    assert [grown(700, attempt) for attempt in (1, 2, 3)] == [700, 1400, 2800]

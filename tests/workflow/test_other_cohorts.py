"""A study whose networks judge a second cohort, with patients of both, from its files to scores and shift."""

import pytest
import yaml

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout
from tests.workflow.tabulated import table
from voxplain.attribution.maps import read_maps

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cohorts")]

OWN = {f"p{number}": number for number in range(8)}
OTHER = {("p0", "m12"): 2, ("p1", "m12"): 3, ("new1", "sc"): 4, ("new2", "sc"): 5, ("p0", "m24"): 6}
HEADER = ["subject", "session", "path", "mask", "Dx", "Age"]
THERE = {"archives": "other", "table": "other.csv"}
CLASSES = {"classes": {"AD": 1, "CN": 0}}


def write_cohort(folder, name, subjects):
    rows = []
    for (subject, session), number in subjects.items():
        path, mask = f"{subject}_{session}.nii.gz", f"{subject}_{session}_mask.nii.gz"
        made.write(folder / name / path, made.volume(number))
        made.write(folder / name / mask, made.brain(number))
        group = "AD" if subject in ("new1",) or int(subject[-1]) % 2 and subject[0] == "p" else "CN"
        rows.append([subject, session, path, mask, group, str(60 + number)])
    made.write_table(folder / f"{name}.csv", HEADER, rows)


def settings(**cohorts):
    labels = {"dx": {"column": "Dx"} | CLASSES}
    study = {"source": "table", "archives": "own", "table": "own.csv", "labels": labels, "covariates": ["Age"]}
    return {
        "cohort": study | {"test_cohorts": cohorts},
        "folds": {"k": 2, "validation": 0.4},
        "methods": [
            {"name": "gradient", "method": "gradient", "target": 1},
            {
                "name": "references",
                "method": "expected_gradients",
                "options": {"references": {"training": 2}, "samples": 2},
            },
        ],
        "training": {"epochs": 1, "batch": 2, "threads": 1},
        "sanity": {"scans_per_split": 1, "untrained_per_split": 1, "draws": 2, "bootstrap": 20},
    }


WANTED = [f"results/both/predict/one/{name}.tsv" for name in ("scores", "cohort-3t_scores", "cohort-3t_shift")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("cohorts"))
    write_cohort(checkout.folder, "own", {(subject, ""): number for subject, number in OWN.items()})
    write_cohort(checkout.folder, "other", OTHER)
    made.write_study(checkout.folder, "both", **settings())
    checkout.snakemake(WANTED[0], config="both.yaml")
    return checkout


@pytest.fixture(scope="module")
def planned(checkout):
    """Jobs of the run that adds the second cohort to the finished study."""
    made.write_study(checkout.folder, "both", **settings(**{"3t": THERE}))
    return checkout.planned(*WANTED, config="both.yaml")


@pytest.fixture(scope="module")
def judged(checkout, planned):
    checkout.snakemake(*WANTED, config="both.yaml")
    return checkout.folder / "results" / "both"


def test_a_further_cohort_prepares_and_judges_its_own_scans_and_makes_nothing_of_the_study_anew(planned):
    assert planned == {
        "extract_scan": 5,
        "prepare_scan": 5,
        "tabulate_cohort": 1,
        "pack_cohort": 1,
        "deal_cohort": 1,
        "predict_cohort": 1,
        "compare_cohort": 1,
    }


def test_its_scans_are_named_by_it_and_listed_in_a_ledger_of_its_own(judged):
    ledger = table(judged / "cohort" / "cohort-3t_ledger.tsv")
    assert ledger["scan"].tolist() == [
        "sub-new1_ses-3tsc", "sub-new2_ses-3tsc", "sub-p0_ses-3tm12", "sub-p0_ses-3tm24", "sub-p1_ses-3tm12",
    ]  # fmt: skip
    assert set(ledger["cohort"]) == {"3t"} and set(ledger["status"]) == {"used"}
    scans = set(table(judged / "cohort" / "scans.tsv")["scan"])
    assert scans == {f"sub-{subject}" for subject in OWN}
    assert set(table(judged / "cohort" / "label-dx_folds.tsv")["scan"]) == scans


def test_no_network_judges_a_patient_whom_it_has_seen_and_all_judge_the_others(judged):
    folds = table(judged / "cohort" / "label-dx_folds.tsv")
    told = table(judged / "predict" / "one" / "cohort-3t_predictions.tsv")
    for split, rows in told.groupby("split"):
        seen = folds[(folds["split"] == split) & folds["role"].isin(["train", "validation"])]
        assert not set(rows["subject"]) & set(seen["subject"])
    counts = told.drop_duplicates("scan").set_index("scan")["networks"].to_dict()
    assert counts == {
        "sub-new1_ses-3tsc": "2",
        "sub-new2_ses-3tsc": "2",
        "sub-p0_ses-3tm12": "1",
        "sub-p0_ses-3tm24": "1",
        "sub-p1_ses-3tm12": "1",
    }


def test_it_is_scored_by_network_by_their_mean_and_by_size_and_its_shift_is_told(judged):
    scores = table(judged / "predict" / "one" / "cohort-3t_scores.tsv")
    models = {"network", "network_mean", "network_by_subject", "size", "native_size"}
    assert set(scores["model"]) == models
    mean = table(judged / "predict" / "one" / "cohort-3t_mean.tsv")
    assert mean["scan"].is_unique and len(mean) == 5 and set(mean["split"]) == {"mean"}
    shift = table(judged / "predict" / "one" / "cohort-3t_shift.tsv").set_index("measure")
    assert shift.loc["Age", ["kind", "study_n", "cohort_n"]].tolist() == ["covariate", "8", "5"]
    assert float(shift.loc["Age", "study"]) == 63.5 and float(shift.loc["Age", "cohort"]) == 64
    assert {"intensity", "size", "template", "covariate", "label"} <= set(shift["kind"])


def test_each_network_explains_the_scans_that_it_judges_and_takes_references_from_the_study(judged, checkout):
    maps = judged / "explain" / "one"
    ends = [f"cohort-3t_r1f{fold}_seed-1" for fold in (1, 2)]
    wanted = [f"results/both/explain/one/{name}/{end}.h5" for name in ("gradient", "references") for end in ends]
    files = [f"results/both/explain/one/gradient/maps/cohort-3t_split-r1f{fold}_seed-1.tsv" for fold in (1, 2)]
    checkout.snakemake(*wanted, *files, config="both.yaml")
    told = table(judged / "predict" / "one" / "cohort-3t_predictions.tsv")
    for split, rows in told.groupby("split"):
        found = read_maps(maps / "gradient" / f"cohort-3t_{split}_seed-1.h5")
        assert sorted(found.scan) == sorted(rows["scan"])
        assert dict(zip(found.scan, found.predicted.astype(str), strict=True)) == dict(
            rows[["scan", "predicted"]].values
        )
        images = table(maps / "gradient" / "maps" / f"cohort-3t_split-{split}_seed-1.tsv")
        assert images["scan"].tolist() == found.scan
        assert all((maps / "gradient" / "maps" / name).exists() for name in images["file"])
        averaged = read_maps(maps / "references" / f"cohort-3t_{split}_seed-1.h5")
        assert averaged.scan == found.scan and all(one.any() for one in averaged.maps)


def test_files_of_its_maps_are_planned_in_the_spaces_that_are_asked_for(judged, checkout):
    both = checkout.planned("--config", "report={'maps': ['template', 'native']}", config="both.yaml")
    assert both["write_native_cohort_maps"] == both["write_native_maps"] == both["write_maps"] == 4
    native = checkout.planned("--config", "report={'maps': 'native'}", config="both.yaml")
    assert native["write_native_cohort_maps"] == 4 and "write_cohort_maps" not in native


def test_a_judged_cohort_has_nothing_to_do(judged, checkout):
    assert checkout.planned(*WANTED, config="both.yaml") == {}


@pytest.mark.parametrize(
    ("cohort", "line"),
    [
        (THERE | {"table": "nowhere.csv"}, "nowhere.csv"),
        (THERE | {"labels": {"dx": {"column": "Age"} | CLASSES}}, "no scan is left"),
        (THERE | {"labels": {"dx": {"column": "Dx", "classes": {"AD": 0, "CN": 1}}}}, "let both mean the same"),
    ],
)
def test_a_cohort_that_cannot_be_used_stops_the_run_before_any_work_with_one_line(checkout, judged, cohort, line):
    wrong = yaml.safe_load((checkout.folder / "both.yaml").read_text())
    wrong["cohort"]["test_cohorts"] = {"x": cohort}
    (checkout.folder / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    said = checkout.snakemake("-n", config="wrong.yaml", check=False)
    assert len([row for row in said.splitlines() if "cohort.test_cohorts.x" in row and line in row]) == 1
    assert "Traceback" not in said

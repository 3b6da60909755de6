"""The small study from made archives to its report, and what a second run would do."""

from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml

from docs.cluster.measured import asked_settings, measured_jobs
from voxplain.relevance.image_names import image_names
from voxplain.settings.baselines import CONFOUNDS
from voxplain.settings.known import default_settings
from voxplain.settings.resources import SNAKEMAKE_MB, megabytes, work_of

pytestmark = pytest.mark.xdist_group("study")

SETTINGS = yaml.safe_load((Path(__file__).parents[1] / "study" / "config.yaml").read_text())


def expected_files(scans, experiments, methods, splits, inputs=("affine",)):
    """Every file that the small configuration makes, derived from the settings alone."""
    groups = default_settings()["relevance"]["groups"]
    files = {f"cohort/{table}.tsv" for table in ("scans", "ledger", "label-sex_folds", "label-sex_balance")}
    files |= {f"template/mni152_{part}.nii.gz" for part in ("T1w", "mask")}
    files |= {f"template/mni152_atlas-made_dseg.{end}" for end in ("nii.gz", "tsv")}
    files |= {"quality/qc.tsv"}
    files |= {f"volumes/{name}" for name in ("dataset_description.json", "README", ".bidsignore")}
    for name in inputs:
        files |= {f"packed/{name}.h5", f"sanity/truth/{name}_effect-region.nii.gz"}
        for scan in scans:
            anat = f"volumes/{scan}/anat/{scan}"
            files |= {f"{anat}_desc-source_{part}.{end}" for part in ("T1w", "mask") for end in ("nii.gz", "json")}
            files |= {
                f"{anat}_space-mni152_desc-{name}_{part}.{end}"
                for part in ("T1w", "mask")
                for end in ("nii.gz", "json")
            }
            files |= {f"{anat}_desc-source_status.json"}
            files |= {f"{anat}_desc-{name}_status.json"}
            files |= {f"{anat}_desc-{name}_from-T1w_to-mni152_xfm.mat"}
    for experiment in experiments:
        drawn = ("performance", "mosaic_gradient_group-all")
        files |= {f"figures/{experiment}/{name}.{end}" for name in drawn for end in ("svg", "png", "txt")}
        files |= {f"figures/{experiment}/{name}" for name in ("figures.tsv", ".snakemake_timestamp")}
        files |= {f"predict/{experiment}/{table}.tsv" for table in ("predictions", "scores", "curves")}
        checks = ("localisation", "localisation_by_subject", "shortcuts", "criteria", "verdicts")
        files |= {f"relevance/{experiment}/agreement.tsv", *(f"sanity/{experiment}/{table}.tsv" for table in checks)}
        files |= {f"sanity/{experiment}/{methods[0]}/masked_input.{end}" for end in ("tsv", "json")}
        files |= {f"predict/{experiment}/models.tsv"}
        files |= {f"insight/{experiment}/{name}" for name in ("weights.npz", "filters.tsv")}
        files |= {f"predict/{experiment}/baselines/{one}.{end}" for one in CONFOUNDS for end in ("tsv", "card.json")}
        for name in SETTINGS["baselines"]["tabular"]:
            files |= {f"predict/{experiment}/baselines/{name}.{end}" for end in ("tsv", "card.json")}
            tables = ("scores", "grid", "importances", "features", "correlations")
            files |= {f"predict/{experiment}/tabular/{name}_{table}.tsv" for table in tables}
        files |= {f"train/{experiment}/{s}_seed-1.{end}" for s in splits for end in ("pt", "history.tsv", "card.json")}
        for method in methods:
            files |= {f"explain/{experiment}/{method}/{split}_seed-1.h5" for split in splits}
            folder = f"relevance/{experiment}/{method}"
            files |= {f"{folder}/{image}" for group in groups for image in image_names(group)}
            files |= {f"{folder}/groups.tsv", f"{folder}/averages.npz"}
            files |= {f"{folder}/atlas-made_{table}.tsv" for table in ("regions", "gains", "sides", "subjects")}
            checks = ("randomisation", "faithfulness", "faithfulness_curves")
            files |= {f"sanity/{experiment}/{method}/{table}.tsv" for table in checks}
    return files


def test_the_files_made_are_those_that_the_settings_name(study):
    root = study.folder / "results" / "small"
    made = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    scans = sorted(path.name for path in (root / "volumes").glob("sub-*"))
    methods = [one["name"] for one in SETTINGS["methods"]]
    assert len(scans) == SETTINGS["cohort"]["made"]["subjects"]
    made = {name for name in made if not name.startswith("report/")}
    assert made == expected_files(scans, SETTINGS["experiments"], methods, ["r1f1", "r1f2"])


def test_the_report_has_its_pages_and_one_for_every_scan(study):
    root = study.folder / "results" / "small"
    pages = {str(path.relative_to(root / "report")) for path in (root / "report").rglob("*.html")}
    scans = {f"subjects/{path.name}.html" for path in (root / "volumes").glob("sub-*")}
    named = ("index", "data", "quality", "training", "relevance", "sanity", "methods", "provenance", "viewer")
    assert scans and {f"{name}.html" for name in named} | scans <= pages


def test_a_finished_study_has_nothing_to_do(study):
    assert study.planned() == {}


def test_every_scan_is_judged_and_explained_by_a_network_that_never_saw_it(study):
    root = study.folder / "results" / "small"
    folds = pd.read_csv(root / "cohort" / "label-sex_folds.tsv", sep="\t")
    seen = set(folds[folds.role != "test"][["scan", "split"]].itertuples(index=False, name=None))
    predictions = pd.read_csv(root / "predict" / "brain" / "predictions.tsv", sep="\t")
    assert len(predictions) == 10
    assert not seen & set(predictions[["scan", "split"]].itertuples(index=False, name=None))
    explained = []
    for split in ("r1f1", "r1f2"):
        with h5py.File(root / "explain" / "brain" / "gradient" / f"{split}_seed-1.h5") as maps:
            explained += [(scan, split) for scan in maps["scan"].asstr()[:]]
    assert len(explained) == 10 and not seen & set(explained)


def test_group_maps_lie_in_the_templates_space(study):
    root = study.folder / "results" / "small"
    template = nibabel.load(root / "template" / "mni152_T1w.nii.gz")
    group = nibabel.load(root / "relevance" / "brain" / "gradient" / "group-all_mean.nii.gz")
    assert group.shape == template.shape
    np.testing.assert_allclose(group.affine, template.affine)
    assert np.isfinite(group.get_fdata()).all() and group.get_fdata().std() > 0


def test_regions_of_the_made_atlas_are_ranked_and_their_shares_are_a_whole(study):
    root = study.folder / "results" / "small"
    regions = pd.read_csv(root / "relevance" / "brain" / "gradient" / "atlas-made_regions.tsv", sep="\t")
    own = regions[regions["group"] == "all"]
    assert {"left planted region", "right planted region"} <= set(own["region"])
    assert abs(own["share"].sum() - 1) < 1e-4 and own["rank"].is_monotonic_increasing
    agreement = pd.read_csv(root / "relevance" / "brain" / "agreement.tsv", sep="\t")
    assert {"methods", "splits", "subjects"} <= set(agreement["kind"])


def test_no_job_left_a_part_or_a_checkpoint_behind(study):
    left = [path for path in (study.folder / "results").rglob("*") if ".part" in path.name or "checkpoint" in path.name]
    assert not left


def test_every_job_stayed_within_the_memory_that_it_asks_for(study):
    work = work_of(asked_settings(SETTINGS), 1, experiment="brain")
    peaks = measured_jobs(study.folder / "logs" / "small")
    assert {"train_fold", "prepare_scan", "write_report"} <= set(peaks)
    within = {rule: megabytes(rule, work) - SNAKEMAKE_MB for rule in peaks}
    beyond = {rule: (found["mb"], within[rule]) for rule, found in peaks.items() if found["mb"] > within[rule]}
    assert not beyond, "measured and asked megabytes"


def test_editing_the_reports_code_reruns_only_the_report(study, edited):
    edited("voxplain/report/overview.py", "import", "LATELY_ADDED = 1\nimport")
    assert study.planned() == {"write_report": 1}


def test_editing_what_draws_figures_or_turning_them_round_reruns_no_more_than_them_and_the_report(study, edited):
    turned = study.planned("--config", "report={'orientation': 'radiological'}")
    edited("voxplain/report/papers/mosaic.py", "import", "LATELY_ADDED = 1\nimport")
    assert study.planned() == turned == {"draw_figures": 2, "write_report": 1}


def test_editing_the_reports_style_reruns_only_the_report(study, edited):
    edited("voxplain/report/templates/assets/style.css", "{", "{ /* wider */ ")
    assert study.planned() == {"write_report": 1}


ONE_METHOD = {"explain_split": 4, "average_maps": 2, "randomise_model": 2, "localise_maps": 2, "write_report": 1}
ONE_METHOD |= {"rank_regions": 2, "agree_maps": 2, "score_faithfulness": 2, "judge_methods": 2}
ONE_METHOD |= {"find_shortcuts": 2, "draw_figures": 2}


def test_editing_one_method_reruns_that_method_and_what_follows_from_it(study, edited):
    edited("voxplain/attribution/grad_cam.py", "import", "LATELY_ADDED = 1\nimport")
    assert study.planned() == ONE_METHOD


def test_changing_one_experiments_epochs_leaves_the_other_alone(study, edited):
    edited("tests/study/config.yaml", "mask: brain,", "mask: brain, training: {epochs: 2},")
    assert study.planned() == {
        "train_fold": 2,
        "predict_experiment": 1,
        "compare_models": 1,
        "explain_split": 4,
        "average_maps": 2,
        "rank_regions": 2,
        "agree_maps": 1,
        "randomise_model": 2,
        "score_faithfulness": 2,
        "mask_inputs": 1,
        "find_shortcuts": 1,
        "look_at_weights": 1,
        "localise_maps": 1,
        "judge_methods": 1,
        "draw_figures": 1,
        "write_report": 1,
    }


def test_adding_a_method_runs_that_method_alone(study, edited):
    edited("tests/study/config.yaml", "methods:\n", "methods:\n  - {name: cam2, method: grad_cam, target: predicted}\n")
    # masks are tried of the first method alone, which it is now
    assert study.planned() == ONE_METHOD | {"mask_inputs": 2}


def test_a_scan_rated_exclude_reruns_what_depends_on_who_is_used_and_nothing_before(study):
    scan = min(path.name for path in (study.folder / "results" / "small" / "volumes").glob("sub-*"))
    ratings = study.folder / "qc_ratings.tsv"
    ratings.write_text(f"scan\trating\tcomment\n{scan}\texclude\tmoved in the scanner\n")
    planned = study.planned("--config", "cohort={'ratings': 'qc_ratings.tsv'}")
    assert {"tabulate_scans", "make_folds", "train_fold", "write_report"} <= set(planned)
    assert not {"make_cohort", "extract_scan", "prepare_scan", "tabulate_quality", "pack_input"} & set(planned)


def test_another_cohort_seed_remakes_everything(study, edited):
    edited("tests/study/config.yaml", "subjects: 10,", "subjects: 10, seed: 2,")
    planned = study.planned()
    assert planned["make_cohort"] == 1 and planned["prepare_scan"] == 10 and planned["train_fold"] == 4


def test_touching_an_archive_or_a_library_file_reruns_nothing(study):
    for path in (study.folder / "data" / "small" / "archives").iterdir():
        path.touch()
    for path in (study.folder / "voxplain").rglob("*.py"):
        path.touch()
    assert study.planned() == {}


def test_editing_a_comment_of_the_library_reruns_nothing(study, edited):
    edited("voxplain/training/loop.py", "\nimport", "\n# why, in other words\nimport")
    assert study.planned() == {}

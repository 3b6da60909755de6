"""Methods in the workflow: presets, the same one twice, what they take of the study, and what adding one does."""

import json

import nibabel
import numpy as np
import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout
from voxplain.attribution.maps import read_maps
from voxplain.attribution.table import methods
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import Volume, save_volume

SMALL = {"k": 2, "validation": 0.4}
OF_EACH = "explain_split", "average_maps", "randomise_model"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("methods"))


@pytest.mark.xdist_group("methods")
def test_a_preset_from_the_command_line_plans_each_of_its_methods(checkout):
    planned = checkout.planned("--config", "methods=fast")
    assert [planned[rule] for rule in OF_EACH] == [10 * 4, 10 * 2, 10 * 2]


@pytest.mark.slow
@pytest.mark.xdist_group("methods")
def test_the_demo_with_everything_plans_every_method_that_its_networks_take_in_both_spaces(checkout):
    planned = checkout.planned(config=checkout.folder / "config" / "studies" / "demo_full.yaml")
    experiments, splits, seeds = 7, 6, 2
    # cam needs another network, and occlusion by regions an atlas; five stand there with other options
    count = len(methods()) - 2 + 5
    assert planned["explain_split"] == experiments * splits * seeds * count
    assert planned["write_maps"] == planned["write_native_maps"] == planned["explain_split"]
    assert planned["train_arm"] > 0 and planned["try_candidate"] > 0 and planned["pretrain_encoder"] > 0
    assert planned["probe_size"] == experiments and planned["prepare_scan"] == 4 * 72
    assert planned["rank_regions"] == planned["measure_stability"] == planned["find_subtypes"] == experiments * count
    assert planned["randomise_data"] == planned["score_faithfulness"] == experiments * count
    assert planned["mask_inputs"] == experiments * count
    assert planned["deface_volumes"] == 1
    assert planned["judge_methods"] == planned["find_shortcuts"] == experiments
    assert planned["fit_voxels"] == planned["predict_confounds"] == planned["compare_models"] == experiments
    assert planned["fit_tabular"] == 5 and planned["share_tabular"] == 5 * (experiments - 1)
    assert planned["look_at_weights"] == planned["study_first_layer"] == planned["choose_examples"] == experiments
    assert planned["embed_features"] == planned["fit_surrogates"] == planned["score_concepts"] == experiments
    assert planned["rank_influence"] == planned["maximise_activation"] == experiments * splits * seeds
    assert planned["extract_features"] == experiments * splits * seeds
    assert planned["compare_groups"] == 2 * experiments * count and planned["agree_maps"] == experiments


@pytest.mark.xdist_group("methods")
@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("[fats]", "which is neither a preset nor a method"),
        ("[{'name': 'a', 'method': 'occlusion', 'options': {'fill': 'white'}}]", "methods.a.options.fill\" is 'white'"),
        ("[{'name': 'a', 'method': 'region_occlusion', 'options': {'labels': 'aal'}}]", "none of template.atlases"),
    ],
)
def test_a_wrong_method_stops_the_run_before_any_work_in_one_line(checkout, asked, line):
    said = checkout.snakemake("-n", "--config", f"methods={asked}", check=False)
    assert len([row for row in said.splitlines() if line in row and "Command:" not in row]) == 1
    assert "Traceback" not in said


@pytest.mark.xdist_group("study")
def test_the_same_method_with_other_options_reruns_nothing_else(study, edited):
    edited(
        "tests/study/config.yaml",
        "methods:\n",
        "methods:\n  - {name: cam2, method: grad_cam, target: 1, options: {layer: features.conv1, mask: brain}}\n",
    )
    others = {"explain_split": 4, "rank_regions": 2, "agree_maps": 2, "localise_maps": 2, "write_report": 1}
    others |= {"score_faithfulness": 2, "mask_inputs": 2, "find_shortcuts": 2, "judge_methods": 2, "draw_figures": 2}
    assert study.planned() == dict.fromkeys(OF_EACH, 2) | others


@pytest.mark.xdist_group("study")
def test_checking_one_method_on_fewer_scans_leaves_the_checks_of_the_others(study, edited):
    edited("tests/study/config.yaml", "bootstrap: 20", "bootstrap: 20, methods: {grad_cam: {draws: 3}}")
    others = {"localise_maps": 2, "score_faithfulness": 2, "judge_methods": 2, "draw_figures": 2, "write_report": 1}
    assert study.planned() == {"randomise_model": 2} | others


@pytest.mark.xdist_group("study")
def test_files_of_maps_in_either_space_are_made_beside_what_is_there(study):
    both = study.planned("--config", "report={'maps': ['template', 'native']}")
    assert both == {"write_maps": 8, "write_native_maps": 8, "write_report": 1}
    native = study.planned("--config", "report={'maps': 'native'}")
    assert native == {"write_native_maps": 8, "write_report": 1}


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """A study with an atlas of two halves, its methods naming things of the study, after its maps were made."""
    checkout = Checkout(tmp_path_factory.mktemp("explained"))
    mask = load_template({"image": "mni152", "mask": None, "spacing": 3.0}).mask
    right = (np.arange(mask.data.shape[0]) * mask.affine[0, 0] + mask.affine[0, 3] > 0)[:, None, None]
    halves = np.where(mask.data > 0, 1 + right, 0).astype(np.float32)
    save_volume(checkout.folder / "halves.nii.gz", Volume(halves, mask.affine), np.int16)
    (checkout.folder / "halves.tsv").write_text("1\tleft half\n2\tright half\n")
    atlas = {"name": "halves", "image": "halves.nii.gz", "labels": "halves.tsv"}
    wanted = {
        "regions": ("region_occlusion", {"labels": "halves", "fill": "training_mean"}),
        "expected": ("expected_gradients", {"references": {"training": 3}, "samples": 4}),
        "cam": ("grad_cam", {"mask": "brain"}),
    }
    made.write_study(
        checkout.folder,
        "named",
        cohort={"made": {"subjects": 10, "spacing": 6.0}},
        template={"spacing": 6.0, "margin": None, "atlases": [atlas]},
        inputs={"affine": {"transform": "affine"}},
        experiments={"one": {"input": "affine", "mask": "brain", "network": {"name": "mrinet", "width": 2}}},
        methods=[{"name": name, "method": one, "target": 1, "options": asked} for name, (one, asked) in wanted.items()],
        folds=SMALL,
        training={"epochs": 1, "batch": 2, "threads": 1},
        report={"maps": ["template", "native"]},
    )
    ends = [f"split-r1f{fold}_seed-1{space}.tsv" for fold in (1, 2) for space in ("", "_space-T1w")]
    files = [f"results/named/explain/one/{name}/maps/{end}" for name in wanted for end in ends]
    files += [f"results/named/sanity/one/{name}/randomisation.tsv" for name in wanted]
    checkout.snakemake(*files, "results/named/sanity/one/localisation.tsv", config="named.yaml")
    return checkout


@pytest.mark.slow
@pytest.mark.xdist_group("explained")
def test_a_region_of_an_atlas_has_one_value_and_the_two_halves_differ(explained):
    root = explained.folder / "results" / "named"
    halves = np.asarray(nibabel.load(root / "template" / "mni152_atlas-halves_dseg.nii.gz").dataobj)
    found = read_maps(root / "explain" / "one" / "regions" / "r1f1_seed-1.h5")
    for one in found.maps:
        values = [np.unique(one[halves == label]) for label in (0, 1, 2)]
        assert [len(part) for part in values] == [1, 1, 1] and values[0] == 0 and values[1] != values[2]


@pytest.mark.slow
@pytest.mark.xdist_group("explained")
def test_maps_stand_in_the_templates_and_in_each_scans_own_space_with_what_made_them(explained):
    root = explained.folder / "results" / "named"
    template = nibabel.load(root / "template" / "mni152_T1w.nii.gz")
    maps = root / "explain" / "one" / "expected" / "maps"
    native = sorted(maps.glob("*_space-T1w_map.nii.gz"))
    assert len(native) == 10
    for path in native:
        scan = path.name.split("_split-")[0]
        source = nibabel.load(root / "volumes" / scan / "anat" / f"{scan}_desc-source_T1w.nii.gz")
        image, there = nibabel.load(path), nibabel.load(maps / path.name.replace("_space-T1w", ""))
        assert image.shape == source.shape and np.allclose(image.affine, source.affine, atol=1e-4)
        assert there.shape == template.shape and np.allclose(there.affine, template.affine)
        assert image.get_fdata().any() and there.get_fdata().any()
        told = json.loads((maps / path.name.replace(".nii.gz", ".json")).read_text())
        assert told["settings"]["options"] == {"references": {"training": 3}, "samples": 4}
        assert "completeness_error" in told["notes"] and told["space"] == "T1w"


@pytest.mark.slow
@pytest.mark.xdist_group("explained")
def test_a_log_has_a_line_for_each_scan_and_a_finished_study_has_nothing_to_do(explained):
    log = (explained.folder / "logs" / "named" / "explain_split" / "one" / "cam_r1f1_seed-1.log").read_text()
    lines = [line for line in log.splitlines() if "cam, r1f1: sub-" in line]
    assert len(lines) == 5 and lines[-1].endswith("0 s left") and ", 5 of 5, " in lines[-1]
    assert explained.planned("results/named/sanity/one/localisation.tsv", config="named.yaml") == {}
    left = [path for path in (explained.folder / "results").rglob("*") if path.suffix in (".kept", ".part")]
    assert not left

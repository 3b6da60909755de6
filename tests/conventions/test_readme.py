"""What the README and the documents beside it show works as it stands."""

import re
from pathlib import Path

import pytest
import yaml

import voxplain
from voxplain.cohort.scans import study_labels
from voxplain.settings.merging import merged_settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


INPUTS = (ROOT / "docs" / "inputs.md").read_text()


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_library_in_ten_lines_runs(capsys):
    for code in blocks("python"):
        exec(compile(code, "README.md", "exec"), {})
    assert "grad_cam" in capsys.readouterr().out


@pytest.mark.parametrize("text", [*blocks("yaml"), *blocks("yaml", INPUTS)])
def test_the_settings_shown_are_settings(text):
    settings = merged_settings(yaml.safe_load(text), voxplain.networks(), voxplain.methods())
    assert settings["cohort"]["source"] != "made"
    assert list(study_labels(settings))


def test_the_rule_graph_names_the_rules_that_there_are():
    named = set(re.findall(r"\w+", " ".join(blocks("mermaid")))) - {"flowchart", "TB", "all"}
    rules = {path.stem for path in (ROOT / "scripts").glob("*.py")}
    on_request = {"write_maps", "tabulate_features", "check_cohort", "run_hd_bet", "run_synthstrip"}
    on_request |= {
        "try_candidate",
        "choose_candidate",
        "train_arm",
        "tabulate_arms",
        "randomise_data",
        "pretrain_encoder",
        "probe_size",
    }
    on_request |= {"extract_shard", "convert_shard", "prepare_shard", "index_shards"}
    on_request |= {"explain_mine", "write_native_maps", "deface_volumes", "mark_anatomy"}
    on_request |= {"tabulate_cohort", "deal_cohort", "predict_cohort", "compare_cohort"}
    on_request |= {"fit_voxels", "fit_tabular", "share_tabular"}
    on_request |= {"find_subtypes", "compare_groups", "measure_stability", "compare_outside"}
    on_request |= {"describe_experiment", "compare_experiments", "adjust_scores", "compare_published"}
    on_request |= {"extract_features", "choose_examples", "rank_influence", "embed_features", "embed_table"}
    on_request |= {"study_first_layer", "maximise_activation"}
    on_request |= {"fit_surrogates", "score_concepts", "decode_latents", "compare_pretraining"}
    assert named == rules - on_request

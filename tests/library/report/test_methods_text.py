"""The text for a paper: made from the settings and from what ran, with what it cites and nothing else."""

import json
import re
from pathlib import Path

import pytest

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.attribution.table import methods
from voxplain.networks.table import networks
from voxplain.relevance.agreement import MEASURES as AGREEMENT
from voxplain.report.methods import explaining, volumes
from voxplain.report.methods import networks as trained
from voxplain.report.methods.references import Citations, as_bibtex, references
from voxplain.report.methods.section import write_bibtex, written
from voxplain.report.results import Results
from voxplain.sanity.shortcuts import COLUMNS

CARD = {
    "network": {"name": "mrinet", "width": 3},
    "training": {
        **{"epochs": 7, "batch": 4, "optimiser": "adam", "learning_rate": 0.002, "weight_decay": 0, "keep": "loss"},
        **{"schedule": "milestones", "milestones": [5], "gamma": 0.3, "patience": 4, "preset": None},
    },
    "input_shape": [20, 24, 18],
    "versions": {"torch": "9.8.7"},
}


@pytest.fixture
def study(tmp_path):
    """A finished study of one's own whose networks have whole cards."""
    root = make_results(tmp_path / "results")
    for path in root.glob("train/*/*.card.json"):
        path.write_text(json.dumps(CARD))
    return root


def text_of(root, settings=SETTINGS):
    blocks, cite = written(Results(root, settings))
    return " ".join(block.text for block in blocks), cite


def test_numbers_of_the_text_are_those_of_the_run(study):
    text, _ = text_of(study)
    assert "6 scans found, 4 used" in text and "a learning rate of 0.002 (times 0.3 after epoch 5)" in text
    for path in study.glob("train/*/*.card.json"):
        path.write_text(json.dumps(CARD | {"training": CARD["training"] | {"learning_rate": 0.0125}}))
    assert "a learning rate of 0.0125 (times 0.3" in text_of(study)[0]


def test_only_what_ran_is_written_and_cited(study):
    text, cite = text_of(study)
    assert "Grad-CAM (Selvaraju et al., 2017)" in text and "Weights were randomised" in text
    assert "kan2020" in cite.keys and "adebayo2018" in cite.keys
    for path in [*study.glob("relevance/*/gradCam/groups.tsv"), *study.glob("explain/*/gradCam/*.h5")]:
        path.unlink()
    for path in [*study.glob("sanity/*/*/randomisation.tsv"), *study.glob("train/*/*.card.json")]:
        path.unlink()
    text, cite = text_of(study)
    assert "Grad-CAM" not in text and "Weights were randomised" not in text and "mrinet" not in text
    assert not {"selvaraju2017", "adebayo2018", "kan2020"} & set(cite.keys)


def test_a_study_without_files_has_no_sentence_about_networks_and_maps(tmp_path):
    text, _ = text_of(tmp_path)
    assert "network" not in text.replace("the networks' own", "") and "explained" not in text


def test_made_heads_are_said_to_be_made_and_real_ones_have_their_source(study):
    assert "was made by voxplain" in text_of(study)[0]
    real = SETTINGS | {"cohort": SETTINGS["cohort"] | {"source": "hcp", "where": {"Release": ["S500", "S900"]}}}
    text, cite = text_of(study, real)
    assert "Human Connectome Project (Van Essen et al., 2013; Glasser et al., 2013)" in text and "made by" not in text
    assert "Only scans with Release: S500 and S900" in text and "glasser2013" in cite.keys


@pytest.mark.parametrize(
    ("flagged", "words"),
    [
        ("no", "the whole head to be seen"),
        ("yes", "the head as it came to be seen, its face changed"),
        ("undefined", "the head as it came to be seen, which may lack its face"),
    ],
)
def test_a_head_that_is_not_made_is_called_whole_only_where_its_face_is_known_to_be_there(study, flagged, words):
    real = SETTINGS | {"cohort": SETTINGS["cohort"] | {"source": "hcp"}}
    assert "which may lack its face" in text_of(study, real)[0], "nobody looked"
    write_table(
        study / "sanity/head/shortcuts.tsv",
        [{**dict.fromkeys(COLUMNS, "undefined"), "cue": "faces", "flagged": flagged}],
    )
    assert words in text_of(study, real)[0] and "the whole head to be seen" in text_of(study)[0]


@pytest.mark.parametrize(
    ("given", "volume", "words"),
    [
        ({"recipe": "mrinet_58"}, "T1w/T1w.nii.gz", "all outside the brain set to zero"),
        ({"recipe": "icbm_193", "strip": "template"}, "T1w/T1w.nii.gz", "all outside the brain set to zero"),
        ({"strip": "template"}, "T1w/T1w.nii.gz", "all outside the brain set to zero"),
        ({"transform": "rigid"}, "T1w/T1w_acpc_dc_restore_brain.nii.gz", "all outside the brain set to zero"),
        ({"recipe": "head_58"}, "T1w/T1w.nii.gz", "which may lack its face"),
    ],
)
def test_what_was_stripped_before_it_came_to_the_network_is_no_head(study, given, volume, words):
    cohort = SETTINGS["cohort"] | {"source": "hcp", "members": {"volume": volume}}
    text, _ = text_of(study, SETTINGS | {"cohort": cohort, "inputs": {"affine": {"transform": "affine"} | given}})
    assert words in text.partition("Experiment head: ")[2].partition("Experiment brain: ")[0]


def test_averages_of_volumes_that_were_not_registered_are_not_said_to_lie_in_the_template(study):
    said = "those of head and brain were not registered, so a voxel of one brain is none of another"
    assert said not in text_of(study)[0] and "on the grid of an experiment's volumes." in text_of(study)[0]
    inputs = {"affine": {"transform": "none", "recipe": "mrinet_58"}}
    assert said in text_of(study, SETTINGS | {"inputs": inputs})[0]


def test_a_reason_of_the_ledger_is_told(study):
    assert "1 at the stage prepare (most often: correlation 0.31 with the template, below 0.8)" in text_of(study)[0]


def test_options_of_a_method_and_what_it_explains_are_told(study):
    entry = {"name": "gradient", "method": "smoothgrad", "target": 1, "score": "log_odds", "options": {"samples": 11}}
    text, _ = text_of(study, SETTINGS | {"methods": [entry]})
    assert "gradient: SmoothGrad (Smilkov et al., 2017), with samples 11, of the log-odds of class M." in text


def test_shuffled_labels_and_contrasts_are_told_where_they_left_files(study):
    asked = {"contrasts": {"age": {"tested": "Age"}}, "statistics": {"test": "tfce", "permutations": 321}}
    settings = SETTINGS | {"relevance": asked}
    assert "321" not in text_of(study, settings)[0]
    write_table(study / "relevance/head/gradient/contrast-age_regions.tsv", [{"region": "left"}])
    text, cite = text_of(study, settings)
    assert "321 rearrangements" in text and {"smith2009", "winkler2014"} <= set(cite.keys)


def test_every_method_network_and_measure_has_its_words():
    assert set(explaining.PAPERS) == set(methods())
    assert set(trained.PAPERS) <= set(networks()) and set(explaining.AGREEMENT) == set(AGREEMENT)
    assert set(volumes.DIFFEOMORPHIC) | set(volumes.GREEDY) <= set(volumes.REGISTERED)


def test_what_is_cited_anywhere_is_a_reference_and_every_reference_is_cited():
    folder = Path(explaining.__file__).parent
    code = " ".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert set(re.findall(r'["\']([a-z]+(?:19|20)\d\d)["\']', code)) == set(references())


def test_the_file_of_references_holds_what_the_text_cites(study, tmp_path):
    write_bibtex(Results(study, SETTINGS), tmp_path)
    bibtex = (tmp_path / "references.bib").read_text()
    _, cite = text_of(study)
    assert set(re.findall(r"^@\w+\{(\w+),$", bibtex, re.M)) == set(cite.keys)
    assert bibtex.count("{") == bibtex.count("}")


def test_bibtex_has_names_as_it_parts_them():
    entry = as_bibtex("vanessen2013")
    assert "author = {Van Essen, D. C. and Smith, S. M. and" in entry and "pages = {62--79}" in entry
    assert "and others}" in as_bibtex("glasser2013") and "Müller, K. R." in as_bibtex("bach2015")


def test_one_two_and_many_authors_are_cited_as_is_usual():
    cite = Citations()
    assert cite("dice1945", "efron1993", "wang2004") == "(Dice, 1945; Efron and Tibshirani, 1993; Wang et al., 2004)"
    assert [line.split(" ")[0] for line in cite.listed()] == ["Dice", "Efron", "Wang"]


def test_each_of_several_inputs_is_told_with_who_fitted_what(study):
    fast = {"transform": "fast", "strip": "ants", "bias": True, "channels": ["intensity", "log_jacobian"]}
    experiments = SETTINGS["experiments"] | {"warped": SETTINGS["experiments"]["brain"] | {"input": "warped"}}
    settings = SETTINGS | {"inputs": SETTINGS["inputs"] | {"warped": fast}, "experiments": experiments}
    text, cite = text_of(study, settings)
    assert "Input affine: brain masks came with the scans." in text and "N4 (Tustison et al., 2010)" in text
    assert "by ANTs (Avants et al., 2011; Tustison et al., 2021), and a greedy warp (Joshi et al., 2004)" in text
    assert "shown 2 channels of each scan: intensity and log jacobian" in text and "joshi2004" in cite.keys


def test_each_look_inside_is_told_where_it_ran_and_left_files(study):
    asked = {
        "first_layer": {"run": True},
        "influence": {"run": True, "methods": ["tracin"]},
        "embeddings": {"run": True, "methods": ["pca", "tsne"]},
        "concepts": {"run": False},
    }
    for name in (
        "first_layer_groups.tsv",
        "influence/r1f1_seed-1_training.tsv",
        "embedding_points.tsv",
        "concepts.tsv",
    ):
        path = study / "insight" / "brain" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("scan\n")
    text, cite = text_of(study, SETTINGS | {"insight": asked})
    assert "TracIn (Pruthi et al., 2020)." in text and "principal components and t-SNE (van der Maaten" in text
    assert "corrected for their number (Holm, 1979; Benjamini and Hochberg, 1995)" in text
    assert "kim2018" not in cite.keys and "koh2017" not in cite.keys and "concept" not in text
    assert "Inside the networks" not in text_of(study)[0]

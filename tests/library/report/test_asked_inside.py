"""Simple models, concepts, codes and pretraining in the report, told from the tables that their rules leave."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from tests.library.insight.linear_vae import SHAPE, InMemory, LinearVae
from tests.library.insight.made_regions import LABELS, NAMES, OfRegions, made_volumes
from tests.library.training.made_predictions import made_classes
from voxplain.insight.concept_tests import COLUMNS
from voxplain.insight.decode_latents import decode_latents
from voxplain.insight.fidelity import fidelity_table, split_surrogates
from voxplain.insight.latent_images import write_latent_images
from voxplain.insight.region_means import region_means
from voxplain.insight.transfer import learning_table, moved_weights, transfer_table
from voxplain.report import insight, insight_concepts, insight_latents, insight_surrogates, insight_transfer
from voxplain.report.results import Results
from voxplain.store import Volumes

COHORT = {"source": "made", "labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}}
SETTINGS = {"study": "tiny", "cohort": COHORT, "experiments": {"brain": {"labels": "sex"}}}
REFUSED = {"left_out": {"Gender": "what the label is made from"}, "refused": {"r1f2_seed-1": "nothing varies"}}


class Placed(InMemory):
    """Volumes in memory that say where they lie, as those of a store do."""

    affine, affines, channel_names = np.eye(4), None, ["intensity"]


def written(folder, **tables):
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False, na_rep="undefined")


def texts(blocks):
    return [block.text for block in blocks if block.kind == "text"]


@pytest.fixture(scope="module")
def surrogates(tmp_path_factory):
    """Blocks of a network that is a line of two regions, and of the tables that are left of it."""
    root = tmp_path_factory.mktemp("surrogates")
    volumes = made_volumes(root / "store.h5", 30)
    parts = [Volumes(volumes.path, volumes.scans[:20]), Volumes(volumes.path, volumes.scans[20:])]
    network = OfRegions([[0, 0, 0, 0, 0], [1.5, 0, -2, 0, 0]])
    features = region_means(volumes, LABELS, NAMES)
    fitted, told = split_surrogates(network, *parts, features, "r1f1", kinds=["linear", "tree"])
    terms = pd.concat([one.terms.assign(split="r1f1", seed=1, surrogate=kind) for kind, one in fitted.items()])
    folder = root / "insight/brain"
    written(folder, surrogates_fidelity=fidelity_table(told, 20), surrogates_terms=terms, surrogates_answers=told)
    models = [
        {"split": "r1f1", "seed": 1, "surrogate": kind, "chosen": one.chosen, "text": one.text}
        for kind, one in fitted.items()
    ]
    (folder / "surrogates.json").write_text(json.dumps(REFUSED | {"models": models}))
    return insight_surrogates.blocks(Results(root, SETTINGS))


def test_a_line_that_says_all_is_told_with_its_features(surrogates):
    first, blocks = surrogates
    said = texts(blocks)
    assert "a sparse line (2 features) with an R² of 1.00" in said[1] and said[1] in first.picture.alt
    assert "over 1 network the line goes by 2 features: two (-" in said[2]
    assert "left one (" in said[2] and "made scans" in first.caption


def test_features_and_networks_that_were_left_out_are_named_with_the_reason(surrogates):
    said = texts(surrogates[1])
    assert "brain: left out of the features: Gender (what the label is made from)." in said
    assert "brain, r1f2_seed-1: nothing varies." in said


def test_the_tree_stands_in_words_below_the_tables(surrogates):
    fold = surrogates[1][-3]
    assert [block.kind for block in fold.blocks] == ["table", "table", "code"]
    assert "left one" in fold.blocks[2].text or "two" in fold.blocks[2].text


def concepts(root, **changed):
    row = {"layer": "relu3", "target": 1, "kind": "pattern", "n": 20, "splits": 2, "effect": -0.5, "alignment": -0.2}
    row |= {"tcav": 0.0, "tcav_p": 0.2, "tested": "effect", "null_low": -0.1, "null_high": 0.1, "p": 0.002}
    row |= {"holm": 0.004, "q": 0.004, "reading": 0.6, "reading_p": 0.002, "outcome": "opposes"}
    rows = [row | {"concept": "left front"}, row | {"concept": "Age", "effect": 0.05, "outcome": "not known"} | changed]
    written(root / "insight/brain", concepts=pd.DataFrame(rows)[COLUMNS])
    (root / "insight/brain/concepts.json").write_text(json.dumps({"left_out": {}, "refused": {}}))
    return insight_concepts.blocks(Results(root, SETTINGS))


def test_a_concept_that_is_told_apart_is_named_with_its_effect_and_others_are_counted(tmp_path):
    first, blocks = concepts(tmp_path)
    assert texts(blocks)[1] == (
        "brain: of 2 concepts asked of layer relu3, 1 is told apart from random ones: answers fall with left front (by "
        "0.50 log-odds of M for a standard deviation, random ones -0.10 to 0.10, corrected p 0.004). 1 is not known "
        "to the layer."
    )
    assert texts(blocks)[1] in first.picture.alt


def test_a_concept_whose_effect_is_not_defined_is_written_out(tmp_path):
    undefined = dict.fromkeys(["effect", "null_low", "null_high", "p", "holm", "q"], np.nan)
    first, blocks = concepts(tmp_path, **undefined, outcome="undefined")
    assert first is not None and "1 is told apart" in texts(blocks)[1]
    assert blocks[-1].blocks[0].rows[1][3] == "undefined"


def test_codes_are_told_by_what_they_keep_and_pictures_stand_first(tmp_path):
    torch.manual_seed(1)
    made = [Placed(np.random.default_rng(seed).normal(size=(count, 1, *SHAPE))) for seed, count in ((1, 8), (2, 5))]
    tables, volumes = decode_latents(LinearVae(), *made, [0, 1, 0, 1, 1, 0, 0, 1], ["F", "M"], dimensions=2)
    folder = tmp_path / "insight/brain/latents"
    written(folder, **{f"r1f1_seed-1_{name}": table for name, table in tables.items()})
    images = write_latent_images(folder / "r1f1_seed-1", tables, volumes, made[1])
    (folder / "r1f1_seed-1.json").write_text(json.dumps({"empty": None, "images": images}))
    (folder / "r1f2_seed-1.json").write_text(json.dumps({"empty": "it holds out no scan", "images": []}))
    first, blocks = insight_latents.blocks(Results(tmp_path, SETTINGS))
    kinds = [block.kind for block in blocks]
    assert first.kind == "figure" and kinds == ["text", "figure", "figure", "text", "fold", "text"]
    lowest = tables["reconstruction"]["explained_brain"].min()
    assert f"shares {lowest:.2f} to" in texts(blocks)[1] and "5 held-out scans" in texts(blocks)[1]
    answered = tables["expected"][["answered_0", "answered_1"]].to_numpy().argmax(axis=1)
    assert f"takes {(answered == [0, 1]).sum()} of 2 decoded classes" in texts(blocks)[1]
    assert "nothing was decoded: it holds out no scan" in texts(blocks)[2]


@pytest.fixture
def arms(tmp_path):
    """A finished comparison of two arms, and the tables of the difference."""
    experiments = {
        "anew": {"labels": "sex", "pretrain": None},
        "pretrained": {"labels": "sex", "pretrain": {"epochs": 2}},
    }
    scores = transfer_table(made_classes(60, 2, seed=1), made_classes(60, 2, seed=2), 20)
    slow, fast = (pd.DataFrame({"epoch": [1, 2], "validation_loss": losses}) for losses in ([0.9, 0.5], [0.6, 0.4]))
    learning = learning_table({"r1f1_seed-1": fast}, {"r1f1_seed-1": slow})
    moved = moved_weights({"a.weight": torch.ones(2)}, {"features.a.weight": torch.ones(2) * 2})
    written(
        tmp_path / "insight/pretrained",
        **{"transfer-anew_scores": scores, "transfer-anew_learning": learning, "transfer-anew_moved": moved},
    )
    return Results(tmp_path, SETTINGS | {"experiments": experiments}), scores.set_index("measure")


def test_pretraining_is_told_by_its_paired_difference_and_how_fast_it_learned(arms):
    results, scores = arms
    first, blocks = insight_transfer.blocks(results)
    row = scores.loc["balanced_accuracy"]
    assert f"The difference is {row['difference']:.2f} (95 % interval {row['low']:.2f}" in texts(blocks)[1]
    assert f"better in {row['splits_better']} of 3 splits" in texts(blocks)[1]
    assert texts(blocks)[2] == (
        "After one epoch its validation loss was lower in 1 of 1 training, by 0.300 on average; it was as good as the "
        "other ever was in 1 of 1, at epoch 2 in the median (the other's best is epoch 2)."
    )
    assert first.kind == "figure" and [one.kind for one in blocks[-1].blocks] == ["table"] * 3


def test_arms_that_were_not_compared_are_named_and_a_study_without_arms_shows_nothing(tmp_path, arms):
    results, _ = arms
    (results.folder / "insight/pretrained/transfer-anew_moved.tsv").unlink()
    assert texts(insight_transfer.blocks(results)[1])[1] == "pretrained and anew: the two were not compared."
    assert insight_transfer.blocks(Results(tmp_path, SETTINGS)) == (None, [])


def test_the_section_holds_them_and_leaves_out_a_part_that_does_not_run(arms):
    results, _ = arms
    concepts(results.folder)
    experiments = results.settings["experiments"] | SETTINGS["experiments"]
    both = Results(results.folder, results.settings | {"experiments": experiments})
    titles = [block.text for block in insight.section(both).blocks if block.kind == "heading"]
    assert titles == ["Concepts", "With and without pretraining"]
    off = both.settings | {"insight": {"concepts": {"run": False}}}
    titles = [block.text for block in insight.section(Results(both.folder, off)).blocks if block.kind == "heading"]
    assert titles == ["With and without pretraining"]

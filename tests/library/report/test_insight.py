"""Weights, the first layer and ideal inputs on the report's pages, from files as the rules leave them."""

import nibabel
import numpy as np
import pandas as pd
import pytest
import torch

from tests.library.report.made_results import AFFINE, SETTINGS, SHAPE, make_results, write_table
from voxplain.insight.filters import filter_table
from voxplain.insight.group_differences import compare_groups
from voxplain.insight.weights import all_weights
from voxplain.networks.build import build
from voxplain.report import insight, insight_activation_maximisation, insight_first_layer, insight_weights
from voxplain.report.results import Results

SPLITS = ("r1f1", "r1f2")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished study whose experiment head was looked into by three parts, with numbers that are easily told."""
    root = make_results(tmp_path_factory.mktemp("insight"))
    folder = root / "insight" / "head"
    torch.manual_seed(1)
    network = build("mrinet", (22, 26, 24), width=2)
    with torch.no_grad():
        network.features.conv1.weight[1] = 0
    volumes = torch.rand(3, 1, 22, 26, 24)
    write_table(folder / "filters.tsv", filter_table(network, volumes).assign(split="r1f1", seed=1))
    weights = all_weights(network)
    np.savez(folder / "weights.npz", **{f"r1f1_seed-1/{name}": weights[name] for name in ("features.conv1",)})
    _first_layer(folder)
    _ideal_inputs(folder / "ideal_inputs")
    return Results(root, SETTINGS)


def _first_layer(folder):
    generator, rows = np.random.default_rng(3), []
    for split in SPLITS:
        for network, shift in (("trained", 3.0), ("untrained", 0.0)):
            for scan in range(20):
                one = {"network": network, "split": split, "seed": 1, "layer": "pool1", "map": 0, "scan": f"{scan}"}
                values = {"mean": generator.normal() + shift * (scan % 2), "entropy": generator.normal()}
                rows.append(one | {"subject": f"{scan}"} | values)
    groups = {f"{scan}": "FM"[scan % 2] for scan in range(20)}
    write_table(folder / "first_layer_groups.tsv", compare_groups(pd.DataFrame(rows), groups))


def _ideal_inputs(folder):
    # of opposite signs in two halves each, so that they do not correlate
    right, front = (np.sign(np.indices(SHAPE)[axis] - SHAPE[axis] / 2 + 0.5) for axis in (0, 1))
    folder.mkdir()
    changes = {("r1f1", True): right, ("r1f2", True): right + front, ("r1f1", False): right, ("r1f2", False): front}
    for split in SPLITS:
        rows = []
        for projected in (False, True):
            for draw in (1, 2):
                file = f"{split}_seed-1_target-class1_{'projected' if projected else 'free'}_draw-{draw}_input.nii.gz"
                image = nibabel.Nifti1Image(changes[split, projected].astype(np.float32), AFFINE)
                nibabel.save(image, folder / file.replace("_input.", "_change."))
                row = {"split": split, "seed": 1, "target": "class1", "asked": "class M", "projected": projected}
                row |= {"file": file, "reason": "", "draw": draw, "score_before": 0.0, "score_after": 2.0 + draw}
                rows.append(row | {"training_best": 4.25, "sds": 1.5, "alike": 0.9, "off_axes": 0.5, "silent": 0})
        write_table(folder / f"{split}_seed-1.tsv", rows)
        write_table(folder / f"{split}_seed-1_steps.tsv", [{"step": 1}])


def texts(found):
    return [block.text for block in found if block.kind == "text"]


def test_filters_without_weights_are_counted_and_kernels_are_drawn(finished):
    picture, found = insight_weights.blocks(finished)
    assert picture.picture.alt.startswith("Kernels of features.conv1, 2, weights from ")
    table = finished.table("insight/head/filters.tsv")
    dead = (table["state"] == "dead").sum()
    told = texts(found)[0]
    assert told.startswith(
        f"head: {len(table)} filters in 1 network, listened to on 3 held-out scans a network: 1 whose"
    )
    assert (f"{dead} that never say anything" in told) == (dead > 0)
    first_row = found[-1].blocks[0].rows[0]
    assert first_row[:4] == ["features.conv1", "Conv3d", 2, 1]


def test_groups_that_differ_in_the_trained_network_alone_are_told_as_that(finished):
    picture, found = insight_first_layer.blocks(finished)
    means, entropies = texts(found)
    assert means.startswith("head: means of the first layer's maps differ between F and M in 2 of 2 comparisons (mean")
    assert "those of networks that learned nothing in 0 of 2 comparisons" in means
    assert "in 0 of 2 comparisons" in entropies and means in picture.picture.alt
    largest = found[-1].blocks[1]
    assert largest.rows[0][3] == "mean" and largest.rows[0][4] == "F minus M" and largest.rows[0][5].startswith("-")


def test_what_was_not_compared_says_why(tmp_path):
    write_table(tmp_path / "insight/head/first_layer_groups.tsv", [{"measure": "", "reason": "a single group"}])
    picture, found = insight_first_layer.blocks(Results(tmp_path, SETTINGS))
    assert picture is None
    assert texts(found) == ["head: maps of the first layer were not compared: a single group."]


def test_ideal_inputs_along_the_axes_come_first_and_networks_are_held_against_each_other(finished):
    picture, found = insight_activation_maximisation.blocks(finished)
    assert picture.caption.startswith("head, class M, along the training scans' principal axes, mean of 2 networks.")
    _, along, free = texts(found)
    assert "the score goes from 0.00 to 3.50, mean of 4 searches by 2 networks; the best training scan has 4" in along
    assert along.endswith(f"changes that two networks ask for correlate by {0.5**0.5:.2f}.")
    assert free.startswith("head, class M, anywhere within") and free.endswith("correlate by 0.00.")
    assert [block.title for block in found[-2:]] == ["The same with another prior", "Scores of ideal inputs"]


def test_the_section_holds_the_parts_that_left_files_and_there_is_none_without(finished, tmp_path):
    section = insight.section(finished)
    headings = [block.text for block in section.blocks if block.kind == "heading"]
    assert headings == ["Weights", "Groups in the first layer", "Ideal inputs"]
    assert section.picture.picture.alt.startswith("Kernels")
    assert insight.section(Results(tmp_path, SETTINGS)) is None


def test_what_an_earlier_run_left_of_a_part_that_is_off_is_not_shown(finished):
    asked = dict.fromkeys(["first_layer", "activation_maximisation"], {"run": False})
    off = Results(finished.folder, SETTINGS | {"insight": asked})
    headings = [block.text for block in insight.section(off).blocks if block.kind == "heading"]
    assert headings == ["Weights"]

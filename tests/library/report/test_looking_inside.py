"""Examples, influence and embeddings as the report shows them."""

import base64
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.library.report.made_results import SCANS, SETTINGS, write_table
from voxplain.insight.feature_files import SplitFeatures, write_features
from voxplain.report import insight, insight_embeddings, insight_examples, insight_influence
from voxplain.report.blocks import Fold, Gallery, Table, Text
from voxplain.report.figures import QUIET
from voxplain.report.results import Results
from voxplain.report.scatter import is_colour, scatters

USED = [SCANS[0], *SCANS[2:5]]
INSIDE = SETTINGS | {"insight": {name: {"run": True} for name in ("examples", "influence", "embeddings")}}


@pytest.fixture
def results(made_results, tmp_path):
    """The cohort, volumes and predictions of a finished study, without any part of the inside."""
    for part in ("cohort", "template", "volumes", "predict"):
        shutil.copytree(made_results / part, tmp_path / part)
    return Results(tmp_path, INSIDE)


def texts(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def tiles(blocks):
    return [tile for block in blocks if isinstance(block, Gallery) for tile in block.tiles]


def tables(blocks):
    return [one for block in blocks if isinstance(block, Fold) for one in block.blocks if isinstance(one, Table)]


def example(kind, scan, of, value, split="r1f1", rank=1, **more):
    role = "train" if kind in ("medoid", "prototype", "criticism") else "test"
    row = {"split": split, "seed": 1, "role": role, "kind": kind, "of": of, "rank": rank, "scan": scan, "subject": scan}
    return row | {"label": of, "predicted": 1 - of if kind == "wrong" else of, "value": value} | more


def near(scan, label, predicted, unlike, neighbour_label, split="r1f1"):
    row = {"split": split, "seed": 1, "scan": scan, "subject": scan, "label": label, "predicted": predicted, "rank": 1}
    return row | {"neighbour": USED[0], "neighbour_label": neighbour_label, "distance": 1.5, "unlike": unlike}


def with_examples(results):
    folder = results.folder / "insight/head"
    rows = [example("right", USED[0], 0, 0.9), example("right", USED[1], 1, 0.8)]
    rows += [example("wrong", USED[2], 1, 0.7), example("wrong", USED[3], 1, 0.97, "r1f2")]
    rows += [example("medoid", USED[0], 0, 3.5), example("medoid", USED[1], 0, 3.9, rank=2)]
    rows += [example("prototype", USED[0], 0, 0.1), example("criticism", USED[3], 0, -0.2)]
    rows += [example("prototype", USED[2], 1, 0.1, "r1f2")]
    write_table(folder / "examples.tsv", rows)
    told = {"split": "r1f1", "seed": 1, "n": 4, "prototypes": 2, "random_low": 0.2, "random_high": 0.8}
    shares = [
        told | {"of": "label", "share": 0.75, "random": 0.5},
        told | {"of": "predicted", "share": 1, "random": 0.5},
    ]
    write_table(folder / "prototypes.tsv", shares)
    rows = [near(USED[0], 0, 0, 0.2, 0), near(USED[1], 1, 1, 0.96, 0), near(USED[2], 1, 0, 0.3, 0)]
    write_table(folder / "neighbours.tsv", [*rows, near(USED[3], 1, 0, 0.5, 1, "r1f2")])


def test_those_told_wrong_come_first_the_surest_before_and_are_marked(results):
    with_examples(results)
    picture, blocks = insight_examples.blocks(results)
    shown = [tile for tile in tiles(blocks) if "split r1f" in tile.lines[-1]]
    assert [(tile.name, tile.marked) for tile in shown] == [
        (USED[0], False), (USED[3], True), (USED[2], True), (USED[1], False)
    ]  # fmt: skip
    assert shown[1].lines == ["class M", "told wrong: called F, probability 0.97", "split r1f2, seed 1"]
    assert f"2 scans, most of all {USED[3]}, of class M, with a probability of 0.97" in texts(blocks)
    assert "the nearest prototype tells the class of 75 %, scans drawn at random that of 50 %" in picture.caption


def test_training_examples_are_those_of_one_network_a_scan_once_with_slices(results):
    with_examples(results)
    shown = tiles(insight_examples.blocks(results)[1])[4:]
    assert {tile.name: (tile.lines[1], tile.marked) for tile in shown} == {
        USED[0]: ("medoid and prototype 1", False),
        USED[3]: ("criticism 1", True),
    }
    assert all(tile.picture is not None and tile.name in tile.picture.alt for tile in shown)


def test_held_out_scans_told_wrong_or_unlike_all_others_stand_with_their_neighbours(results):
    with_examples(results)
    _, blocks = insight_examples.blocks(results)
    assert "of 50 % of the held-out scans the nearest training scan has their own class, of 50 % the one" in texts(
        blocks
    )
    assert f"1 held-out scan is unlike all that a network learned from: {USED[1]}." in texts(blocks)
    listed = next(one for one in tables(blocks) if "told wrong or unlike" in one.caption)
    assert [row[0] for row in listed.rows] == [USED[1], USED[2], USED[3]]


def test_amounts_have_close_and_far_answers_and_thirds_in_place_of_classes(results):
    labels = {"age": {"column": "Age", "regression": True}}
    experiments = {"head": {"input": "affine", "mask": "none", "labels": "age"}}
    told = Results(
        results.folder, INSIDE | {"cohort": INSIDE["cohort"] | {"labels": labels}, "experiments": experiments}
    )
    rows = [
        example(kind, scan, -1, value, label=30.0, predicted=30 + value)
        for kind, scan, value in (("close", USED[0], -0.5), ("over", USED[1], 9.0), ("under", USED[2], -7.0))
    ]
    rows.append(example("medoid", USED[3], 2, 4.0))
    write_table(told.folder / "insight/head/examples.tsv", rows)
    picture, blocks = insight_examples.blocks(told)
    assert picture is None and [tile.name for tile in tiles(blocks)] == [USED[1], USED[2], USED[0], USED[3]]
    assert tiles(blocks)[0].lines[:2] == ["told too high", "39.0 told, 30.0 true"]
    assert tiles(blocks)[3].lines == ["highest third", "medoid"]


def own(scan, value, rank, top, split="r1f1", method="tracin"):
    row = {"method": method, "split": split, "seed": 1, "scan": scan, "subject": scan, "label": 1, "note": ""}
    return row | {"self_influence": value, "rank": rank, "top_decile": top}


def pair(scan, label, training, training_label, influence, rank, split="r1f1"):
    row = {"method": "tracin", "split": split, "seed": 1, "scan": scan, "subject": scan, "label": label}
    row |= {"training_scan": training, "training_subject": training, "training_label": training_label}
    return row | {"influence": influence, "relative": influence, "rank": rank}


def with_influence(results):
    folder = results.folder / "insight/head/influence"
    first = [own(USED[0], 6.0, 1, 1), own(USED[1], 2.0, 2, 0), own(USED[2], 1.0, 3, 0)]
    second = [own(USED[1], 9.0, 1, 1, "r1f2"), own(USED[3], 1.0, 2, 0, "r1f2")]
    write_table(folder / "r1f1_seed-1_training.tsv", first)
    write_table(folder / "r1f2_seed-1_training.tsv", second)
    held_out = [pair(USED[3], 1, USED[0], 1, 2.0, 1), pair(USED[3], 1, USED[1], 0, -1.0, 3)]
    write_table(folder / "r1f1_seed-1_held_out.tsv", held_out)
    wrong = [pair(USED[0], 0, USED[1], 0, 2.0, 1, "r1f2"), pair(USED[0], 0, USED[3], 0, -3.0, 2, "r1f2")]
    write_table(folder / "r1f2_seed-1_held_out.tsv", wrong)
    named = [USED[3], USED[0]]
    told = pd.DataFrame({"scan": named, "subject": named, "split": ["r1f1", "r1f2"], "seed": 1})
    told.assign(label=[1, 0], predicted=[1, 1]).to_csv(results.folder / "predict/head/predictions.tsv", sep="\t")


def test_influence_is_pooled_over_the_networks_that_learned_from_a_scan(results):
    with_influence(results)
    picture, blocks = insight_influence.blocks(results)
    assert picture.caption == (
        f"head, TracIn: of 4 training scans, {USED[0]} moves the networks that learned from it most, 2.0 times as "
        "much as their mean training scan; 1 lies in the strongest tenth of every network that learned from them: "
        f"{USED[0]}."
    )
    strongest = tiles(blocks)[:4]
    assert [tile.name for tile in strongest] == [USED[0], USED[1], USED[2], USED[3]]
    assert strongest[1].lines[1:] == ["1.2 times the mean", "in the strongest tenth of 1 of 2 networks"]


def test_whom_a_held_out_scan_owes_its_answer_to_stands_beside_it_those_told_wrong_first(results):
    with_influence(results)
    _, blocks = insight_influence.blocks(results)
    shown = tiles(blocks)[4:]
    assert [tile.name for tile in shown] == [USED[0], USED[1], USED[3], USED[3], USED[0], USED[1]]
    assert shown[0].lines[1] == "told wrong" and shown[0].marked and shown[2].lines[1] == f"opposes {USED[0]} most"
    assert "helps it most in 100 % of the cases, of the one which opposes it most in 50 %" in texts(blocks)


def test_a_network_of_which_no_influence_can_be_asked_has_a_sentence(results):
    row = {"method": "tracin", "split": "r1f1", "seed": 1, "note": "it ends in no <linear> layer"}
    nothing = dict.fromkeys(("scan", "subject", "label", "self_influence", "rank", "top_decile"))
    write_table(results.folder / "insight/brain/influence/r1f1_seed-1_training.tsv", [row | nothing])
    picture, blocks = insight_influence.blocks(results)
    assert picture is None and texts(blocks) == "brain: no TracIn, because it ends in no <linear> layer."


def with_embeddings(results, stem="insight/head/embedding", **named):
    generator, path = np.random.default_rng(2), results.folder / stem
    points = pd.DataFrame(generator.normal(size=(4, 2)), columns=["x", "y"]).assign(scan=USED, **named)
    points = points.assign(role=["train", "train", "test", "test"] if named else "all", space="features")
    points = pd.concat([points.assign(method=method) for method in ("pca", "tsne")])
    write_table(path.with_name(f"{path.name}_points.tsv"), points)
    probe = {"space": "features", "method": "none", "kind": "probe", "measure": "balanced_accuracy", "n": 4, "note": ""}
    rows = [probe | named | {"column": "sex", "value": 0.9, "chance": 0.5, "chance_low": 0.3, "chance_high": 0.7}]
    rows.append(probe | named | {"column": "site", "note": "one value alone"})
    write_table(path.with_name(f"{path.name}_scores.tsv"), rows)
    columns = {"scan": USED, "sex": ["F", "M", "M", None], "site": ["x"] * 4, "Age": [20.0, 30, 40, 50]}
    write_table(path.with_name(f"{path.name}_columns.tsv"), pd.DataFrame(columns))


def test_points_are_coloured_by_what_differs_and_say_what_is_told_beside_chance(results):
    with_embeddings(results, split="r1f1", seed=1)
    picture, blocks = insight_embeddings.blocks(results)
    assert "features by PCA and features by t-SNE, coloured by sex." in picture.caption
    others = next(block for block in blocks if isinstance(block, Fold) and "Other colours" in block.title)
    assert [figure.caption.split("coloured by ")[1].split(".")[0] for figure in others.blocks] == ["Age"]
    assert (
        "head: from features of held-out scans, a linear model tells sex with 0.90 (chance 0.30 to 0.70, above it in "
        "1 of 1 network), each a balanced accuracy."
    ) in texts(blocks)


def test_a_table_of_measures_has_pictures_without_any_network(results):
    with_embeddings(results, "insight/table")
    picture, blocks = insight_embeddings.blocks(results)
    assert picture.caption.startswith("table of measures: 4 scans as points") and "Rings" not in picture.caption
    assert "a linear model tells sex with 0.90 (chance 0.30 to 0.70)" in texts(blocks)


def test_few_values_and_amounts_are_colours_and_many_names_or_one_value_are_none():
    assert is_colour(pd.Series(["F", "M", None])) and is_colour(pd.Series(np.arange(20.0)))
    assert not is_colour(pd.Series([f"site {number}" for number in range(8)])) and not is_colour(
        pd.Series([1, 1, None])
    )


@pytest.mark.parametrize("known", [["a", "b"] * 4, np.arange(8.0)], ids=["values", "a scale"])
def test_scans_of_which_nothing_is_known_are_grey(known):
    points = pd.DataFrame(
        {"x": np.arange(9.0), "y": 0.0, "scan": list("abcdefghi"), "role": ["train", "test", "test"] * 3}
    )
    svg = []
    for last in (known[1], None):
        colour = pd.Series([*known, last], index=points["scan"])
        picture = scatters({"features by PCA": points}, colour, "Age", "alt")
        svg.append(base64.b64decode(picture.source.partition(",")[2]).decode())
    assert f"fill: {QUIET}" not in svg[0] and f"fill: {QUIET}" in svg[1]


def test_parts_that_do_not_run_are_not_shown_though_an_earlier_run_left_files(results):
    with_embeddings(results, split="r1f1", seed=1)
    with_examples(results)
    titles = [block.text for block in insight.section(results).blocks if block.kind == "heading"]
    assert titles == ["Typical and atypical subjects", "Pictures of features"]
    off = {"insight": {"examples": {"run": False}, "embeddings": {"run": False}}}
    assert insight.section(Results(results.folder, SETTINGS | off)) is None


def test_networks_without_features_have_a_sentence_that_says_why(results):
    folder = results.folder / "insight/head"
    for name, columns in (
        ("examples", ["scan", "role"]),
        ("embedding_points", ["scan", "split", "seed"]),
        ("embedding_scores", ["kind"]),
        ("embedding_columns", ["scan"]),
    ):
        write_table(folder / f"{name}.tsv", pd.DataFrame(columns=columns))
    parts = {insight_examples: "nobody is typical of anything", insight_embeddings: "nothing can be drawn"}
    for part, so in parts.items():
        (block,) = part.blocks(results)[1]
        assert block.text.startswith(f"head: {so}, because features are alike")
    (folder / "features").mkdir()
    for split, why in (("r1f1", 'layer "head" is no linear layer'), ("r1f2", "nobody was held out")):
        found = SplitFeatures(pd.DataFrame({"scan": []}), np.zeros((0, 0)), None, {"split": split, "empty": why})
        write_features(folder / f"features/{split}_seed-1.npz", found)
    for part, so in parts.items():
        picture, (block,) = part.blocks(results)
        assert picture is None and block.tone == "missing"
        assert block.text == f'head: {so}, because layer "head" is no linear layer and nobody was held out.'

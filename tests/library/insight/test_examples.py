from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from tests.library.insight.made_features import made_features
from voxplain.insight.confidence import most_confident
from voxplain.insight.examples import COLUMNS, choose_examples, told_by_prototypes, training_groups
from voxplain.insight.neighbours import nearest_training, neighbours_alike, own_nearest


def test_the_surest_of_a_class_are_those_of_the_largest_probability_of_what_is_predicted():
    table = pd.DataFrame(
        {
            "scan": list("abcdefg"),
            "subject": list("abcdefg"),
            "label": [0, 0, 0, 0, 1, 1, 1],
            "predicted": [0, 0, 1, 1, 1, 1, 1],
            "probability_0": [0.7, 0.9, 0.4, 0.1, 0.2, 0.2, 0.45],
            "probability_1": [0.3, 0.1, 0.6, 0.9, 0.8, 0.8, 0.55],
        }
    )
    found = most_confident(table, 2)
    shown = [(row.kind, row.of, row.rank, row.scan, row.value) for row in found.itertuples()]
    assert shown == [
        ("right", 0, 1, "b", 0.9),
        ("right", 0, 2, "a", 0.7),
        ("wrong", 0, 1, "d", 0.9),
        ("wrong", 0, 2, "c", 0.6),
        ("right", 1, 1, "e", 0.8),
        ("right", 1, 2, "f", 0.8),
    ]


def test_an_amount_is_told_best_where_its_error_is_least_and_worst_above_and_below():
    table = pd.DataFrame({"scan": list("abcd"), "subject": list("abcd"), "label": [50.0, 50, 50, 50]})
    table["predicted"] = [49.5, 57.0, 41.0, 52.0]
    found = most_confident(table, 1)
    assert found[["kind", "of", "scan", "value"]].to_numpy().tolist() == [
        ["close", -1, "a", -0.5],
        ["over", -1, "b", 7.0],
        ["under", -1, "c", -9.0],
    ]


@pytest.mark.parametrize("classes", [2, 3, None])
def test_every_kind_of_example_is_there_and_comes_from_the_scans_that_it_may_come_from(classes):
    found = made_features(classes=classes)
    examples = choose_examples(found, 2)
    assert list(examples) == COLUMNS
    groups = classes or 3
    of_training = examples[examples["role"] == "train"]
    assert of_training["kind"].value_counts().to_dict() == {
        "prototype": 2 * groups,
        "criticism": 2 * groups,
        "medoid": groups,
    }
    for kind, rows in examples.groupby("kind"):
        role = "train" if kind in ("medoid", "prototype", "criticism") else "test"
        assert set(rows["scan"]) <= set(found.of(role).table["scan"])
    if classes:
        assert (of_training["of"] == of_training["label"]).all()


def test_thirds_of_the_labels_stand_for_classes_in_a_regression():
    table = pd.DataFrame({"label": [50.0, 20.0, 30.0, 60.0, 40.0, 25.0, 70.0]})
    found = training_groups(table)
    assert {key: sorted(table["label"][places]) for key, places in found.items()} == {
        0: [20.0, 25.0],
        1: [30.0, 40.0],
        2: [50.0, 60.0, 70.0],
    }


def test_held_out_scans_change_no_prototype_and_no_criticism():
    found = made_features()
    held_out = (found.table["role"] == "test").to_numpy()
    moved = replace(found, features=found.features + 50 * held_out[:, None].astype(np.float32))
    kinds = ("medoid", "prototype", "criticism")
    one, other = (
        examples[examples["kind"].isin(kinds)] for examples in (choose_examples(found), choose_examples(moved))
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_split_without_held_out_scans_or_without_any_has_the_examples_that_it_can_have():
    assert set(choose_examples(made_features(test=0))["role"]) == {"train"}
    none = made_features().of("nobody")
    assert choose_examples(none).empty and list(choose_examples(none)) == COLUMNS
    assert nearest_training(none).empty and neighbours_alike(nearest_training(none)).empty
    assert told_by_prototypes(none, choose_examples(none)).empty


def test_nearest_training_scans_are_scikit_learns():
    found = made_features()
    near = nearest_training(found, 4)
    train, test = found.of("train"), found.of("test")
    distances, places = NearestNeighbors(n_neighbors=4).fit(train.features).kneighbors(test.features)
    names, labels = (train.table[column].to_numpy() for column in ("scan", "label"))
    assert near["neighbour"].tolist() == names[places].ravel().tolist()
    assert near["neighbour_label"].tolist() == labels[places].ravel().tolist()
    np.testing.assert_allclose(near["distance"], distances.ravel(), rtol=1e-5)
    first = neighbours_alike(near).iloc[0]
    told = KNeighborsClassifier(1).fit(train.features, train.table["label"]).predict(test.features)
    assert first["own_label"] == np.mean(told == test.table["label"]) and first["n"] == 12
    assert first["predicted_label"] == np.mean(told == test.table["predicted"])


def test_who_lies_apart_from_all_training_scans_is_called_unlike_them():
    found = made_features()
    found.features[-1] += 100
    near = nearest_training(found, 1).set_index("scan")["unlike"]
    usual = own_nearest(found.of("train"))
    assert near.iloc[-1] == 1 and near.iloc[:-1].mean() < 0.95
    one = found.of("test").table["scan"].iloc[0]
    distance = nearest_training(found, 1).set_index("scan")["distance"][one]
    assert near[one] == np.mean(usual < distance)


def test_a_second_scan_of_the_same_person_does_not_make_training_scans_seem_near():
    found = made_features(train=10).of("train")
    twice = replace(
        found,
        table=pd.concat([found.table, found.table], ignore_index=True),
        features=np.vstack([found.features, found.features]),
    )
    np.testing.assert_allclose(own_nearest(twice)[:10], own_nearest(found))
    assert len(own_nearest(replace(found, table=found.table.assign(group="one family")))) == 0


def test_prototypes_of_clouds_tell_held_out_scans_as_the_nearest_prototype_says():
    found = made_features(apart=6.0)
    examples = choose_examples(found, 2)
    told = told_by_prototypes(found, examples).set_index("of")
    train, test = found.of("train"), found.of("test")
    chosen = train.table["scan"].isin(examples.loc[examples["kind"] == "prototype", "scan"]).to_numpy()
    nearest = KNeighborsClassifier(1).fit(train.features[chosen], train.table["label"][chosen]).predict(test.features)
    assert told.loc["label", "share"] == np.mean(nearest == test.table["label"]) > 0.9
    assert told.loc["predicted", "share"] == np.mean(nearest == test.table["predicted"])
    assert told.loc["label", "prototypes"] == 4 and 0.5 < told.loc["label", "random"] <= 1
    pd.testing.assert_frame_equal(told, told_by_prototypes(found, examples).set_index("of"))
    assert told_by_prototypes(made_features(classes=None), choose_examples(made_features(classes=None))).empty

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from scripts.embed_features import embed_features
from scripts.embed_table import embed_table
from tests.library.insight.made_features import made_features
from voxplain.errors import InputError
from voxplain.insight import latents
from voxplain.insight.dense_autoencoder import DenseAutoencoder
from voxplain.insight.feature_files import write_features

ASKED = {"methods": ["pca"], "columns": None, "draws": 2, "seed": 1, "options": {}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Features of two splits, of which the second has none, and the tables of their 42 scans and folds."""
    folder = tmp_path_factory.mktemp("features")
    found = made_features(30, 12)
    none = replace(made_features(0, 0), about={"split": "r1f2", "seed": 1, "layer": None, "told": []})
    paths = [folder / "r1f1.npz", folder / "r1f2.npz"]
    for path, one in zip(paths, (found, none), strict=True):
        write_features(path, one)
    generator, table = np.random.default_rng(3), found.table
    scans = pd.DataFrame({"scan": table["scan"], "subject": table["scan"], "label_sex": table["label"]})
    scans = scans.assign(Age=generator.uniform(20, 40, 42).round(1), Release=generator.choice(["a", "b"], 42))
    scans.to_csv(folder / "scans.tsv", sep="\t", index=False)
    folds = scans[["scan", "subject"]].assign(group=scans["subject"], label=scans["label_sex"], split="r1f1")
    folds.assign(role=table["role"]).to_csv(folder / "folds.tsv", sep="\t", index=False)
    measures = pd.DataFrame({"scan": scans["scan"], "thickness": scans["Age"], "volume": generator.normal(size=42)})
    measures.to_csv(folder / "features.tsv", sep="\t", index=False)
    return paths, found, folder


def test_points_and_scores_are_those_of_each_network_and_the_fold_is_a_colour_alone(study):
    paths, found, folder = study
    how = {"asked": ASKED, "labels": {"sex": ["F", "M"]}, "carried": ["Age", "Release"]}
    points, scores, columns = embed_features(paths, folder / "scans.tsv", folder / "folds.tsv", **how)
    assert list(columns) == ["sex", "Age", "Release", "fold"] and set(columns["sex"]) == {"F", "M"}
    assert columns["fold"].notna().sum() == 12, "each is held out once, and 30 of these scans never"
    assert set(scores["column"]) == {"sex", "Age", "Release"}
    expected = latents.embed_space(latents.spaces_of_split(found)[0], ["pca"])
    pd.testing.assert_frame_equal(points[list(expected)], expected, check_dtype=False)
    assert set(points["split"]) == set(scores["split"]) == {"r1f1"} and len(points) == 42


def test_networks_without_features_leave_empty_tables_with_their_columns(study):
    paths, _, folder = study
    how = {"asked": ASKED, "labels": {"sex": ["F", "M"]}}
    points, scores, columns = embed_features(paths[1:], folder / "scans.tsv", folder / "folds.tsv", **how)
    assert points.empty and scores.empty and {"split", "x", "y"} <= set(points) and len(columns) == 42


def test_a_column_that_the_scans_have_not_is_named(study):
    paths, _, folder = study
    how = {"asked": ASKED | {"columns": ["Weight"]}, "labels": {"sex": ["F", "M"]}}
    with pytest.raises(InputError, match="no column Weight among the scans"):
        embed_features(paths, folder / "scans.tsv", folder / "folds.tsv", **how)


def test_a_table_of_measures_and_its_codes_tell_what_is_in_it(study, monkeypatch):
    monkeypatch.setattr(latents, "DenseAutoencoder", partial(DenseAutoencoder, epochs=5))
    _, _, folder = study
    files = folder / "features.tsv", folder / "scans.tsv", folder / "folds.tsv"
    how = {"asked": ASKED, "labels": {"sex": ["F", "M"]}, "carried": ["Age", "Release"]}
    points, scores, columns = embed_table(*files, **how)
    assert set(points["space"]) == {"table", "codes"} and len(points) == 84 and set(points["role"]) == {"all"}
    probes = scores[scores["kind"] == "probe"].set_index(["space", "column"])["value"]
    assert probes["table", "Age"] > 0.95, "the thickness is the age"
    assert "fold" in columns and "fold" in set(scores["column"])

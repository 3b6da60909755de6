from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from tests.library.insight.made_features import made_features
from voxplain.errors import InputError
from voxplain.insight.dense_autoencoder import DenseAutoencoder
from voxplain.insight.latents import (
    POINTS,
    SCORES,
    embed_features,
    embed_space,
    embed_table,
    spaces_of_split,
    spaces_of_table,
)
from voxplain.insight.probes import probe

LIGHT = {"draws": 10}


def columns_of(found, seed=0):
    """The class, and a sex and an age that features know nothing of."""
    generator, n = np.random.default_rng([seed, 5]), len(found.table)
    made = {"class": found.table["label"].to_numpy(), "sex": generator.choice(["F", "M"], n)}
    return pd.DataFrame(made | {"age": generator.uniform(20, 80, n)}, index=found.table["scan"])


def test_every_scan_has_a_point_in_every_picture_and_training_scans_alone_decide_on_its_axes():
    found = made_features()
    points, scores = embed_features(found, columns_of(found), ["pca", "isomap"], **LIGHT)
    assert list(points) == ["split", "seed", *POINTS] and list(scores) == ["split", "seed", *SCORES]
    assert points.groupby("method")["scan"].apply(list).tolist() == [found.table["scan"].tolist()] * 2
    rows = points[points["method"] == "pca"]
    train = found.of("train").features.astype(float)
    expected = PCA(2).fit(train).transform(found.features.astype(float))
    np.testing.assert_allclose(np.abs(rows[["x", "y"]]), np.abs(expected), atol=1e-5)


def test_scores_are_of_held_out_scans_alone():
    found = made_features(test=24)
    points, scores = embed_features(found, columns_of(found), ["pca"], **LIGHT)
    test, known = found.of("test"), scores.set_index(["method", "column", "kind"])["value"]
    label = test.table["label"]
    assert known["none", "class", "silhouette"] == pytest.approx(silhouette_score(test.features.astype(float), label))
    shown = points[points["role"] == "test"][["x", "y"]]
    assert known["pca", "class", "silhouette"] == pytest.approx(silhouette_score(shown, label))
    assert known["none", "class", "probe"] == probe(test.features, label, test.table["group"], draws=2)["value"] > 0.8
    assert ("none", "age", "silhouette") not in known.index and ("none", "age", "probe") in known.index
    sex = scores[(scores["column"] == "sex") & (scores["kind"] == "probe")].iloc[0]
    assert sex["value"] < sex["chance_high"] + 0.1 and sex["n"] == 24


def test_what_a_network_is_told_is_no_part_of_its_space():
    found = made_features()
    told = replace(found, about=found.about | {"told": ["sex"]}, latents=found.features[:, :2])
    features, latents = spaces_of_split(told)
    np.testing.assert_array_equal(features.values, found.features[:, :-1])
    assert latents.name == "latents" and latents.values.shape == (42, 2)
    _, scores = embed_features(told, columns_of(told), [], **LIGHT)
    assert (scores.loc[scores["space"] == "features", "note"] == "without sex, which the network is told").all()
    assert set(scores["space"]) == {"features", "latents"}


def test_scans_without_a_value_are_left_out_of_that_columns_scores():
    found = made_features()
    columns = columns_of(found)
    columns.loc[columns.index[-3:], "sex"] = None
    _, scores = embed_features(found, columns.iloc[:-1], ["pca"], **LIGHT)
    assert scores.groupby("column")["n"].unique().apply(list).to_dict() == {"age": [11], "class": [11], "sex": [9]}


def test_features_that_are_the_same_for_everybody_have_no_picture_and_an_undefined_score(caplog):
    found = made_features()
    points, scores = embed_features(
        replace(found, features=np.ones_like(found.features)), columns_of(found), ["pca"], **LIGHT
    )
    assert points.empty and "pca: all 30 scans have the same values" in caplog.text
    assert scores["value"].isna().all() and scores["note"].str.len().min() > 0


def test_a_split_without_a_network_has_no_point_and_no_score():
    points, scores = embed_features(made_features().of("nobody"), pd.DataFrame(), ["pca"])
    assert points.empty and scores.empty and list(points) == ["split", "seed", *POINTS]


def planted_table(n=60, seed=1):
    generator = np.random.default_rng(seed)
    factor, sex = generator.normal(size=n), np.where(np.arange(n) % 2, "M", "F")
    made = {f"region{place}": factor * place + generator.normal(size=n) + 4 * (sex == "M") for place in range(7)}
    made |= {"same": 3.0, "copy": made["region1"], "hemisphere": "left"}
    table = pd.DataFrame(made, index=[f"sub-{number}" for number in range(n)])
    table.iloc[4, 2] = np.nan
    return table, pd.DataFrame({"sex": sex, "factor": factor}, index=table.index)


def test_a_planted_factor_of_a_table_is_told_by_its_columns_and_by_their_five_codes():
    table, columns = planted_table()
    points, scores = embed_table(table, columns, methods=["pca", "ica"], draws=3)
    assert set(points["space"]) == {"table", "codes"} and (points["role"] == "all").all()
    probes = scores[scores["kind"] == "probe"].set_index(["space", "column"])
    assert (probes.loc["table", "value"] > 0.8).all() and (probes.loc["codes", "value"] > 0.6).all()
    assert (probes["value"] > probes["chance_high"]).all()
    assert scores["note"].str.startswith("without hemisphere").all()
    seen = StandardScaler().fit_transform(
        table[[f"region{place}" for place in range(7)]].fillna(table.median(numeric_only=True))
    )
    rows = points[(points["space"] == "table") & (points["method"] == "pca")]
    np.testing.assert_allclose(np.abs(rows[["x", "y"]]), np.abs(PCA(2).fit_transform(seen)), atol=1e-6)


def test_codes_are_fitted_in_each_fold_of_a_probe(monkeypatch):
    table, columns = planted_table()
    rows = []
    whole = DenseAutoencoder.fit
    monkeypatch.setattr(DenseAutoencoder, "fit", lambda self, X, y=None: rows.append(len(X)) or whole(self, X))
    codes = spaces_of_table(table, epochs=2)[1]
    probe(codes.values, columns["sex"], before=codes.before, draws=1)
    assert rows == [48] * 5
    assert list(embed_space(codes, [])) == POINTS


def test_a_table_without_numbers_is_refused():
    with pytest.raises(InputError, match="no column of numbers"):
        spaces_of_table(pd.DataFrame({"hemisphere": ["left", "right"]}))

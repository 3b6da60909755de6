import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA, FastICA
from sklearn.manifold import TSNE, Isomap
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from voxplain.errors import InputError, SettingsError
from voxplain.insight.embeddings import embed, embeddings

QUICK = ["pca", "ica", "isomap", "tsne"]


def cloud(n=40, d=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) * np.arange(d, 0, -1)


def alike_up_to_signs(found, expected):
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-6)
    assert (found[np.abs(found).argmax(0), range(found.shape[1])] > 0).all()


def test_coordinates_are_scikit_learns_up_to_the_sign_of_an_axis():
    values = cloud()
    alike_up_to_signs(embed(values, "pca"), PCA(2).fit_transform(values))
    alike_up_to_signs(embed(values, "ica"), FastICA(2, random_state=1, max_iter=1000).fit_transform(values))
    alike_up_to_signs(
        embed(values, "isomap"), Isomap(n_neighbors=10, n_components=2, eigen_solver="dense").fit_transform(values)
    )
    expected = TSNE(2, random_state=1, perplexity=13.0, method="exact").fit_transform(values)
    alike_up_to_signs(embed(values, "tsne"), expected)


@pytest.mark.parametrize("method", QUICK)
def test_the_same_seed_gives_the_same_coordinates(method):
    np.testing.assert_array_equal(embed(cloud(), method, seed=7), embed(cloud(), method, seed=7))


@pytest.mark.parametrize("method", ["pca", "ica", "isomap"])
def test_rows_that_are_not_fitted_change_nothing_for_the_others(method):
    values, fitted = cloud(), np.arange(40) % 4 > 0
    moved = values + 9 * ~fitted[:, None]
    one, other = embed(values, method, fitted=fitted), embed(moved, method, fitted=fitted)
    np.testing.assert_array_equal(one[fitted], other[fitted])
    assert not np.allclose(one[~fitted], other[~fitted])
    np.testing.assert_array_equal(one[fitted], embed(values[fitted], method))


def test_what_comes_before_is_fitted_on_the_fitted_rows_alone():
    values, fitted = cloud(), np.arange(40) < 30
    scaler = StandardScaler().fit(values[:30])
    expected = PCA(2).fit(scaler.transform(values[:30])).transform(scaler.transform(values))
    found = embed(values, "pca", fitted=fitted, before=StandardScaler())
    np.testing.assert_allclose(np.abs(found), np.abs(expected))


def test_isomap_unrolls_a_spiral_that_principal_components_do_not():
    along = np.linspace(1, 3, 120)
    spiral = np.column_stack([along * np.cos(3 * along), along * np.sin(3 * along), np.zeros(120)])
    assert abs(spearmanr(embed(spiral, "isomap", n_neighbors=6)[:, 0], along)[0]) > 0.99
    assert abs(spearmanr(embed(spiral, "pca")[:, 0], along)[0]) < 0.6


def test_one_column_has_a_second_axis_of_zeros():
    found = embed(np.arange(8.0)[:, None], "pca")
    assert found.shape == (8, 2) and not found[:, 1].any() and np.ptp(found[:, 0]) == 7


def test_what_cannot_be_drawn_is_said_in_a_line():
    with pytest.raises(SettingsError, match='no embedding "lda"; choose of pca'):
        embed(cloud(), "lda")
    with pytest.raises(SettingsError, match="tsne: options .* do not fit 40 scans"):
        embed(cloud(), "tsne", perplexity=60)
    with pytest.raises(SettingsError, match="pca: options"):
        embed(cloud(), "pca", neighbours=3)
    with pytest.raises(InputError, match="4 scans to fit"):
        embed(cloud(4), "pca")
    with pytest.raises(InputError, match="all 40 scans have the same values"):
        embed(np.ones((40, 3)), "ica")
    with pytest.raises(InputError, match="1 scans have values that are not finite"):
        embed(np.vstack([cloud(), [np.nan] * 6]), "pca")
    assert embeddings() == [*QUICK, "umap"]


@pytest.mark.slow
def test_umap_keeps_clouds_apart_puts_new_rows_among_their_own_and_draws_the_same_each_time():
    generator = np.random.default_rng(4)
    label = np.arange(60) % 2
    values, fitted = generator.normal(size=(60, 5)) + 12 * label[:, None], np.arange(60) < 48
    found = embed(values, "umap", fitted=fitted)
    np.testing.assert_array_equal(found, embed(values, "umap", fitted=fitted))
    centres = np.stack([found[fitted & (label == one)].mean(0) for one in (0, 1)])
    nearest = np.linalg.norm(found[:, None] - centres, axis=2).argmin(1)
    assert (nearest == label).all()
    with pytest.raises(SettingsError, match="umap: options"):
        embed(values, "umap", neighbours=3)


@pytest.mark.slow
def test_t_sne_of_many_rows_is_as_repeatable_and_keeps_clouds_apart():
    label = np.arange(520) % 2
    values = np.random.default_rng(6).normal(size=(520, 4)) + 10 * label[:, None]
    found = embed(values, "tsne", max_iter=300)
    np.testing.assert_array_equal(found, embed(values, "tsne", max_iter=300))
    assert silhouette_score(found, label) > 0.5

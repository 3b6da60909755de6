import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from voxplain.insight.dense_autoencoder import DenseAutoencoder


@pytest.fixture(scope="module")
def planted():
    """A table of twelve columns that three factors make, curved ones among them, standardised, and the factors."""
    generator = np.random.default_rng(2)
    factors = generator.normal(size=(150, 3))
    columns = factors @ generator.normal(size=(3, 12)) + 0.1 * generator.normal(size=(150, 12))
    columns[:, :4] = np.tanh(columns[:, :4])
    return StandardScaler().fit_transform(columns), factors


def test_layers_are_as_wide_as_published():
    found = DenseAutoencoder(epochs=1).fit(np.random.default_rng(0).normal(size=(30, 8)))
    linear = [layer for layer in [*found.encoder_, *found.decoder_] if isinstance(layer, torch.nn.Linear)]
    assert [layer.out_features for layer in linear] == [20, 10, 5, 10, 20, 8]


def test_codes_hold_the_planted_factors_of_rows_that_it_was_not_trained_on(planted):
    values, factors = planted
    coder = DenseAutoencoder().fit(values[:100])
    codes = coder.transform(values)
    told = LinearRegression().fit(codes[:100], factors[:100])
    assert told.score(codes[100:], factors[100:]) > 0.8
    left = np.mean((coder.inverse_transform(codes[100:]) - values[100:]) ** 2)
    components = PCA(1).fit(values[:100])
    assert left < np.mean((components.inverse_transform(components.transform(values[100:])) - values[100:]) ** 2) / 2
    assert coder.history_[-1] < coder.history_[0] / 5


def test_the_same_seed_gives_the_same_codes_and_leaves_random_numbers_alone(planted):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one = DenseAutoencoder(epochs=5).fit(planted[0]).transform(planted[0])
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(one, DenseAutoencoder(epochs=5).fit(planted[0]).transform(planted[0]))
    assert not np.allclose(one, DenseAutoencoder(epochs=5, seed=2).fit(planted[0]).transform(planted[0]))

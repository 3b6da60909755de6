"""A variational autoencoder that has learnt made scans: what it decodes shows what was planted in them."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.library.insight.linear_vae import SHAPE, InMemory, LinearVae
from voxplain.insight.decode_latents import decode_latents
from voxplain.networks.vae_age import divergence

CLASS, FACTOR = torch.zeros(SHAPE), torch.zeros(SHAPE)
CLASS[1:4, 1:5, 2:6] = 0.5
FACTOR[4:7, 2:6, 1:8] = 0.5
LABELS = torch.arange(40) % 2


def made(seed):
    """Made volumes of noise; a place that only the class makes bright, and one that only a drawn amount does."""
    generator = torch.Generator().manual_seed(seed)
    amounts, noise = torch.randn(40, generator=generator), 0.1 * torch.randn(40, 1, *SHAPE, generator=generator)
    both = torch.tensordot(torch.stack([LABELS.float(), amounts], 1), torch.stack([CLASS, FACTOR]), 1)
    return InMemory(noise + both[:, None]), amounts.numpy()


@pytest.fixture(scope="module")
def decoded():
    """Tables and volumes of a trained network, its codes' amounts and held-out scans."""
    (training, _), (held_out, amounts) = made(1), made(2)
    torch.manual_seed(1)
    network = LinearVae(latent=3)
    network.decoder[1].p = 0.0
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(400):
        answers, mean, log_variance = network.encoded(training.array)
        # drawn as in training; the squared error is that of all voxels, so that the divergence does not drown it
        codes = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        rebuilt = ((network.decoder(codes) - training.array) ** 2).sum((1, 2, 3, 4)).mean()
        loss = 5 * rebuilt + divergence(mean, log_variance, network.prior_mean(answers))
        optimiser.zero_grad()
        (loss + cross_entropy(answers, LABELS)).backward()
        optimiser.step()
    return decode_latents(network, training, held_out, LABELS.tolist(), ["none", "blob"], dimensions=3), amounts


def alike(volume, planted):
    return np.corrcoef(volume.ravel(), planted.numpy().ravel())[0, 1]


def test_classes_decoded_from_their_priors_differ_where_the_scans_of_the_classes_do(decoded):
    (tables, volumes), _ = decoded
    none, blob = volumes["expected"]
    assert alike(blob - none, CLASS) > 0.9 and abs(alike(blob - none, FACTOR)) < 0.5
    answers = tables["expected"]
    towards = answers["answered_1"] - answers["answered_0"]
    assert towards[0] < 0 < towards[1], "each volume is taken for the class that it was decoded for"


def test_a_scan_as_of_the_other_class_keeps_its_own_amount(decoded):
    (_, volumes), _ = decoded
    for as_none, as_blob in volumes["as_of"]:
        assert alike(as_blob - as_none, CLASS) > 0.9
        inside = FACTOR.numpy() > 0
        apart = np.abs((as_blob - as_none)[0][inside].mean())
        assert apart < 0.25 * np.abs((as_blob - as_none)[0][CLASS.numpy() > 0].mean())


def test_the_dimension_that_varies_most_moves_what_varies_most(decoded):
    (tables, volumes), _ = decoded
    moved = volumes["traversals"][0, -1] - volumes["traversals"][0, 0]
    # a dimension may carry some of the class too: nothing in the loss keeps the two apart
    assert abs(alike(moved, FACTOR)) > max(0.8, abs(alike(moved, CLASS)))
    latents = tables["latents"]
    assert latents["active"][0] == "yes" and latents["activity"][0] > latents["activity"][1]


def test_most_of_a_held_out_scan_that_differs_from_the_mean_is_rebuilt(decoded):
    (tables, _), amounts = decoded
    table = tables["reconstruction"]
    unusual = np.abs(amounts) > 1
    assert (table["explained"][unusual] > 0.5).all() and table["error"].max() < 0.1

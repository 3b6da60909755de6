"""Rules for every operation hold on the published networks themselves, batch norms before and behind convolutions."""

import pytest
import torch

from tests.library.attribution.conftest import settled
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.networks.build import build

NETWORKS = {
    "vox_resnet": {"shape": (58, 57, 60), "width": 2},
    "korolev_cnn": {"shape": (124, 125, 127), "width": 2},
    "vox_cnn": {"shape": (101, 100, 103), "width": 2},
    "adni_cnn": {"shape": (78, 81, 79)},
}


SLOW = {"korolev_cnn", "vox_cnn"}


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in NETWORKS])
def published(request):
    """A published network, narrow, with every weight and statistic settled, and a volume with a background."""
    options = dict(NETWORKS[request.param])
    shape = options.pop("shape")
    network = settled(build(request.param, shape, **options)).eval()
    volumes = torch.randn(1, 1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).abs()
    volumes[:, :, :6] = 0
    with torch.no_grad():
        # logits of the size of ones, so that what is tested is no rounding of huge numbers
        last = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)][-1]
        size = network(volumes).abs().max()
        last.weight /= size
        last.bias /= size
    return network, volumes


def log_odds(network, volumes):
    with torch.no_grad():
        logits = network(volumes)
    return logits[:, 1] - logits[:, 0]


def test_deeplift_sums_to_the_change_of_the_log_odds(published):
    network, volumes = published
    with notes() as said:
        maps = attribute(network, volumes, "deeplift", target=1)
    change = log_odds(network, volumes) - log_odds(network, torch.zeros_like(volumes))
    assert (change.abs() > 1e-6).all()
    torch.testing.assert_close(maps.flatten(1).sum(1), change, rtol=1e-8, atol=1e-10)
    assert max(map(abs, said["completeness_error"])) < 1e-8


def test_relevance_without_epsilon_is_gradient_times_input(published, differs):
    network, volumes = published
    plain = attribute(network, volumes, "grad_times_input", target=1)
    assert differs(attribute(network, volumes, "lrp_epsilon", target=1, epsilon=0), plain) < 1e-9


def test_composites_tell_their_error_of_conservation(published):
    network, volumes = published
    with notes() as said:
        maps = attribute(network, volumes, "lrp_epsilon", target=1, composite="epsilon_plus", first="flat")
    missed = maps.flatten(1).sum(1) - log_odds(network, volumes)
    assert torch.isfinite(maps).all() and (maps != 0).any()
    torch.testing.assert_close(
        torch.tensor(said["conservation_error"], dtype=torch.float64), missed, rtol=1e-8, atol=1e-10
    )

import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.covered_passes import covered_passes
from voxplain.attribution.local_passes import LocalPasses
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked
from voxplain.attribution.whole_passes import WholePasses
from voxplain.networks.build import build


def both(network, batch, size, monkeypatch, **options):
    """The occlusion map by local passes and by whole ones."""
    request = {"target": 1, "size": size, "stride": 2, "fill": 0.5, "max_memory_gb": 1e-5} | options
    local = attribute(network, batch, "occlusion", **request)
    with monkeypatch.context() as patched:
        patched.setattr("voxplain.attribution.drops.covered_passes", lambda *_: WholePasses)
        return local, attribute(network, batch, "occlusion", **request)


def passes_of(network, batch):
    question = asked(network.eval(), 1, None, batch)
    with torch.no_grad():
        made = covered_passes(question, batch[:1])
        return type(made(question.of(torch.tensor([0])), batch[:1]))


class Wrapped(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner


class Functional(nn.Module):
    """Functional ReLU and pooling that drops a plane; stride, dilation and padding in its convolutions."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv3d(2, 3, 3, stride=2, padding=(1, 0, 2), dilation=(1, 2, 1))
        self.norm, self.second = nn.BatchNorm3d(3), nn.Conv3d(3, 4, (1, 2, 3), groups=1, padding=1)
        self.linear = nn.LazyLinear(3)

    def forward(self, volumes):
        volumes = F.relu(self.norm(self.first(volumes)))
        return self.linear(F.max_pool3d(torch.relu(self.second(volumes)), 2).flatten(1))


class Skip(nn.Module):
    """Its chain ends where the skip begins."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.act = nn.Conv3d(2, 3, 3), nn.Conv3d(3, 3, 3, padding=1), nn.ReLU(inplace=True)

    def forward(self, volumes):
        volumes = self.act(self.first(volumes))
        return (volumes + self.second(volumes)).mean((2, 3, 4))


def settled(network, batch):
    network.double().eval()
    with torch.no_grad():
        network(batch)
        for weights in network.parameters():
            weights.copy_(torch.randn(weights.shape, generator=torch.Generator().manual_seed(3)))
    return network


@pytest.mark.parametrize("kind", [Functional, Skip])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_local_passes_give_the_drops_of_whole_ones(kind, size, monkeypatch):
    batch = torch.randn(2, 2, 11, 12, 9, generator=torch.Generator().manual_seed(1)).double()
    network = settled(kind(), batch)
    assert passes_of(network, batch) is LocalPasses
    local, whole = both(network, batch, size, monkeypatch)
    torch.testing.assert_close(local, whole, rtol=1e-10, atol=1e-12)
    assert (local != 0).any()


@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
@pytest.mark.parametrize("axes", [2, 3])
def test_they_do_on_images_and_volumes_however_relu_is_called(net, volumes, monkeypatch, relu, axes):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    if relu != "functional":
        assert passes_of(network, batch) is LocalPasses
    local, whole = both(network, batch, 3, monkeypatch)
    torch.testing.assert_close(local, whole, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "shape", "size"), [("mrinet", (25, 24, 29), 5), ("adni_cnn", (79, 82, 90), 30)])
def test_they_do_on_the_published_networks(monkeypatch, differs, name, shape, size):
    torch.manual_seed(1)
    network, batch = build(name, shape, width=2).double(), torch.rand(1, 1, *shape).double()
    batch[:, :, :10] = 0.5
    assert passes_of(network, batch) is LocalPasses
    local, whole = both(network, batch, size, monkeypatch, stride=size - 1)
    assert differs(local, whole) < 1e-10
    if name == "mrinet":
        # 22 voxels of the last axis are all that its pooling leaves
        assert (local[..., -1] == 0).all()


def test_they_do_on_a_network_that_pads_what_it_would_not_see(monkeypatch, differs):
    torch.manual_seed(1)
    network = build("mrinet", (25, 24, 29), width=2, padding="seen").double()
    batch = torch.rand(1, 1, 25, 24, 29).double()
    assert passes_of(network, batch) is LocalPasses
    local, whole = both(network, batch, 5, monkeypatch, stride=4)
    assert differs(local, whole) < 1e-10
    assert (local[..., -1] != 0).any()


def test_float32_agrees_to_a_hundred_thousandth(monkeypatch):
    torch.manual_seed(1)
    network, batch = build("mrinet", (22, 30, 26), width=4), torch.rand(2, 1, 22, 30, 26)
    local, whole = both(network, batch, 4, monkeypatch)
    assert (local - whole).abs().max() < 1e-5


def test_a_network_that_cannot_be_followed_or_is_watched_is_run_whole(net, volumes):
    class Chooses(Wrapped):
        """Goes by the values that it sees."""

        def forward(self, batch):
            return self.inner(batch) if batch.mean() > 0 else -self.inner(batch)

    watched = net()
    watched.norm1.register_forward_hook(lambda *_: None)
    for network in (Chooses(net()), watched, nn.Sequential(nn.Flatten(), nn.Linear(378, 2).double())):
        assert passes_of(network, volumes()) is WholePasses


def test_a_network_that_asks_about_shapes_or_knows_a_tracer_is_followed_by_its_example(net, volumes, monkeypatch):
    class Asks(Wrapped):
        def forward(self, batch):
            if batch.shape[1] != 1:
                raise ValueError
            return self.inner(batch)

    class Changes(Wrapped):
        """Traced as one thing and run as another."""

        def forward(self, batch):
            return self.inner(batch) if isinstance(batch, fx.Proxy) else -self.inner(batch)

    for network in (Asks(net()), Changes(net())):
        assert passes_of(network, volumes()) is LocalPasses
        with notes() as said:
            local, whole = both(network, volumes(), 3, monkeypatch)
        assert said["path"] == "windows, by torch.export"
        torch.testing.assert_close(local, whole, rtol=1e-10, atol=1e-12)


def test_the_users_network_is_not_changed_by_following_it(net, volumes):
    network = net()
    before = (repr(network), dict(vars(network)), sorted(network.state_dict()))
    attribute(network, volumes(), "occlusion", target=1, size=3, stride=3)
    assert (repr(network), dict(vars(network)), sorted(network.state_dict())) == before

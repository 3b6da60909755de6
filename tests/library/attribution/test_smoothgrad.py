import pytest
import torch
from captum.attr import InputXGradient, IntegratedGradients, Saliency
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError


def drawn(batch, samples, seed=0):
    """Standard normal noise of each sample, the same for every volume."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(batch.shape[1:], dtype=torch.float64, generator=generator) for _ in range(samples)]


def looped(peer, batch, deviation, samples, seed=0, **options):
    noisy = [batch + deviation * noise for noise in drawn(batch, samples, seed)]
    return torch.stack([peer.attribute(one, target=1, **options).detach() for one in noisy])


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
@pytest.mark.parametrize("form", ["mean", "square", "variance"])
def test_each_form_is_that_of_a_loop_over_noisy_copies(net, volumes, differs, relu, axes, form):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    ours = attribute(
        *(network, batch, "smoothgrad"),
        **{"target": 1, "score": "logit", "samples": 6, "noise": 0.3, "unit": "absolute", "form": form, "seed": 4},
    )
    found = looped(Saliency(network.eval()), batch, 0.3, 6, seed=4, abs=False)
    expected = {"mean": found.mean(0), "square": (found**2).mean(0), "variance": found.var(0, correction=0)}[form]
    assert differs(ours, expected) < 1e-10


@pytest.mark.parametrize(
    ("of", "options", "peer", "theirs"),
    [
        ("gradient", {"form": "abs"}, Saliency, {"abs": True}),
        ("grad_times_input", {}, InputXGradient, {}),
        (
            "integrated_gradients",
            {"steps": 4, "rule": "midpoint"},
            IntegratedGradients,
            {"n_steps": 4, "method": "riemann_middle"},
        ),
    ],
)
def test_any_gradient_method_can_be_smoothed(net, brain, differs, of, options, peer, theirs):
    network = net().eval()
    ours = attribute(
        *(network, brain, "smoothgrad"),
        **{"target": 1, "score": "logit", "of": of, "options": options, "samples": 4, "noise": 0.2},
    )
    extent = brain.flatten(1).amax(1) - brain.flatten(1).amin(1)
    found = looped(peer(network), brain, 0.2 * extent.view(3, 1, 1, 1, 1), 4, **theirs)
    assert differs(ours, found.mean(0)) < 1e-10


@pytest.mark.parametrize(
    "of",
    [
        *("gradient", "grad_times_input", "guided_backprop", "integrated_gradients", "interior_gradients"),
        *("guided_integrated_gradients", "deconvnet", "guided_grad_cam", "deeplift"),
    ],
)
def test_without_noise_it_is_the_method_itself_and_the_variance_is_zero(net, volumes, of):
    options = {"steps": 4} if "integrated" in of else {}
    asked = {"target": 2, "samples": 5, "noise": 0, "of": of, "options": options}
    plain = attribute(net(), volumes(), of, target=2, **options)
    assert torch.equal(attribute(net(), volumes(), "smoothgrad", **asked), plain)
    assert torch.equal(attribute(net(), volumes(), "smoothgrad", form="square", **asked), plain.square())
    assert (attribute(net(), volumes(), "smoothgrad", form="variance", **asked) == 0).all()


def test_the_map_of_a_linear_network_is_its_weights_without_variance(volumes):
    linear = nn.Linear(volumes()[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    weights = linear.weight[1].detach().view(volumes().shape[1:]).expand_as(volumes())
    asked = {"target": 1, "score": "logit"}
    torch.testing.assert_close(attribute(network, volumes(), "smoothgrad", **asked), weights)
    assert attribute(network, volumes(), "smoothgrad", form="variance", **asked).abs().max() < 1e-25


def test_a_quadratic_score_shows_the_variance_of_the_noise(volumes):
    class Quadratic(nn.Module):
        def forward(self, batch):
            return (3 * batch**2).flatten(1).sum(1, keepdim=True)

    asked = {"noise": 0.5, "unit": "absolute", "samples": 400}
    variance = attribute(Quadratic(), volumes(), "smoothgrad", form="variance", **asked)
    # the gradient 6 x has variance 36 sigma^2, here 9, and over 378 voxels and 400 draws hardly any chance is left
    assert float(variance.mean()) == pytest.approx(9, rel=0.02)
    mean = attribute(Quadratic(), volumes(), "smoothgrad", **asked)
    assert float((mean - 6 * volumes()).std()) == pytest.approx(3 / 20, rel=0.1)


def test_noise_in_shares_of_the_range_follows_the_scale_of_each_volume(net, volumes, differs):
    class Scaled(nn.Module):
        def __init__(self, network, scale):
            super().__init__()
            self.network, self.scale = network, scale

        def forward(self, batch):
            return self.network(batch / self.scale)

    plain = attribute(net(), volumes(), "smoothgrad", target=1, samples=4)
    larger = attribute(Scaled(net(), 50), 50 * volumes(), "smoothgrad", target=1, samples=4)
    assert differs(50 * larger, plain) < 1e-10


def test_the_range_is_the_largest_less_the_smallest_value_of_each_volume(net, brain, differs):
    batch = brain - 7
    extent = torch.stack([one.max() - one.min() for one in batch]).view(3, 1, 1, 1, 1)
    ours = attribute(net(), batch, "smoothgrad", target=1, score="logit", samples=3, noise=0.1)
    assert differs(ours, looped(Saliency(net().eval()), batch, 0.1 * extent, 3, abs=False).mean(0)) < 1e-10


def test_the_noise_is_of_the_seed_alone(net, volumes, differs):
    network = net()

    def maps(batch, **options):
        return attribute(network, batch, "smoothgrad", target=1, samples=3, **options)

    torch.manual_seed(11)
    state = torch.get_rng_state()
    assert torch.equal(maps(volumes()), maps(volumes()))
    assert differs(maps(volumes())[2], maps(volumes()[2:])[0]) < 1e-10
    assert differs(maps(volumes(), seed=1), maps(volumes())) > 0.01
    assert torch.equal(torch.get_rng_state(), state)


def test_the_class_is_that_predicted_without_noise(net, volumes):
    network, batch = net().eval(), volumes()
    predicted = network(batch).argmax(1)
    noisy = [network(batch + 3 * noise).argmax(1) for noise in drawn(batch, 5)]
    assert any((one != predicted).any() for one in noisy)
    asked = {"score": "logit", "samples": 5, "noise": 3, "unit": "absolute"}
    assert torch.equal(
        attribute(network, batch, "smoothgrad", **asked),
        attribute(network, batch, "smoothgrad", target=predicted, **asked),
    )


def test_the_methods_inside_note_nothing_of_noisy_copies(net, volumes):
    with notes() as said:
        attribute(net(), volumes(), "smoothgrad", of="integrated_gradients", options={"steps": 2}, samples=2)
    assert said == {"path": "lean graph"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of": "occlusion"}, "of is 'occlusion'; use one of gradient, grad_times_input"),
        ({"of": "gradient", "options": {"steps": 3}}, 'unknown option "steps" of gradient; known options: form'),
        ({"noise": -0.1}, "noise is -0.1; give a standard deviation of at least 0"),
        ({"noise": "high"}, "noise is 'high'"),
        ({"unit": "percent"}, "unit is 'percent'; use one of range, absolute"),
        ({"form": "abs"}, "form is 'abs'; use one of mean, square, variance"),
        ({"samples": 0}, "samples is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_wrong_options_are_refused(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words):
        attribute(net(), volumes(), "smoothgrad", **options)

from copy import deepcopy

import pytest
import torch
from torch import nn

from voxplain.errors import UnsupportedModel
from voxplain.sanity.randomisation import cascade, layers

EXAMPLE = torch.zeros(1, 1, 6, 7, 5)


class Backwards(nn.Module):
    """Defined from the head down, run from the input up."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)
        self.norm = nn.BatchNorm3d(4)
        self.body = nn.Conv3d(3, 4, 3)
        self.first = nn.Sequential(nn.Conv3d(1, 3, 3, bias=False), nn.BatchNorm3d(3, affine=False), nn.ReLU())

    def forward(self, volumes):
        return self.head(torch.relu(self.norm(self.body(self.first(volumes)))).mean(dim=(2, 3, 4)))


@pytest.fixture
def trained():
    torch.manual_seed(3)
    model = Backwards()
    model.train()
    for _ in range(3):
        model(torch.randn(4, 1, 6, 7, 5))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter)
    return model.eval()


def changed_tensors(one, other):
    return {name for name in one if one[name].numpy().tobytes() != other[name].numpy().tobytes()}


def test_layers_stand_in_the_order_of_the_forward_pass_with_their_normalisation(trained):
    found = layers(trained, EXAMPLE)
    assert [layer.modules for layer in found] == [("first.0", "first.1"), ("body", "norm"), ("head",)]


def test_looking_for_layers_leaves_the_model_as_it_was(trained):
    trained.first[1].train()
    before = deepcopy(trained.state_dict())
    layers(trained, torch.randn_like(EXAMPLE))
    assert not changed_tensors(before, trained.state_dict())
    assert trained.first[1].training
    assert not trained.training
    assert not any(module._forward_pre_hooks for module in trained.modules())


def test_each_step_changes_exactly_the_tensors_of_its_layers(trained):
    original = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    found = layers(trained, EXAMPLE)
    listed = set()
    for layer, (name, state) in zip(reversed(found), cascade(trained, found, [1, 2]), strict=True):
        listed |= set(layer.tensors(trained))
        assert name == layer.name
        assert changed_tensors(original, state) == listed
    assert listed == set(original)
    assert not changed_tensors(original, trained.state_dict())


def test_a_normalisation_layer_returns_to_its_initial_values_with_its_convolution(trained):
    states = dict(cascade(trained, layers(trained, EXAMPLE), [1]))
    assert torch.equal(states["head"]["norm.running_var"], trained.norm.running_var)
    for name, value in {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1, "num_batches_tracked": 0}.items():
        assert (states["body"][f"norm.{name}"] == value).all()


def test_a_step_keeps_what_earlier_steps_drew(trained):
    states = [state for _, state in cascade(trained, layers(trained, EXAMPLE), [1])]
    assert torch.equal(states[0]["head.weight"], states[2]["head.weight"])
    assert torch.equal(states[1]["body.weight"], states[2]["body.weight"])


def test_the_same_seed_draws_the_same_weights_and_another_seed_others(trained):
    found = layers(trained, EXAMPLE)
    first, again, other = (list(cascade(trained, found, seed))[-1][1] for seed in ([1, 0], [1, 0], [1, 1]))
    assert not changed_tensors(first, again)
    assert {"head.weight", "body.weight", "first.0.weight"} <= changed_tensors(first, other)


def test_the_last_step_does_not_depend_on_the_training(trained):
    fresh = Backwards().eval()
    found = layers(trained, EXAMPLE)
    last, untrained = (list(cascade(model, found, [7]))[-1][1] for model in (trained, fresh))
    assert not changed_tensors(last, untrained)


def test_the_global_random_state_stays(trained):
    found = layers(trained, EXAMPLE)
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    list(cascade(trained, found, [1]))
    assert torch.equal(torch.rand(3), expected)


def test_a_layer_that_cannot_be_drawn_afresh_is_named():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.Parameter(torch.ones(1))

        def forward(self, volumes):
            return self.factor * volumes

    with pytest.raises(UnsupportedModel, match="layer 0: Scale cannot be drawn afresh"):
        layers(nn.Sequential(Scale(), nn.Flatten(), nn.Linear(210, 2)), EXAMPLE)


def test_layers_that_the_answer_does_not_depend_on_are_none_of_the_cascades(trained):
    trained.decoder = nn.Linear(4, 8)
    found = layers(trained, EXAMPLE)
    assert found == layers(Backwards().eval(), EXAMPLE)
    (_, state), *_ = cascade(trained, found, (1,))
    assert torch.equal(state["decoder.weight"], trained.decoder.weight)


def test_a_layer_whose_weights_are_used_without_calling_it_is_refused():
    class Inside(Backwards):
        def forward(self, volumes):
            return super().forward(volumes) @ self.used.weight

    network = Inside()
    network.used = nn.Linear(2, 2)
    with pytest.raises(UnsupportedModel, match="layer used: Linear cannot be drawn afresh"):
        layers(network.eval(), EXAMPLE)

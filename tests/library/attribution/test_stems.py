"""A first layer done in blocks, with its pooling, is the convolution and the pooling of torch."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.attribution.lean_convolution import Convolution
from voxplain.attribution.stems import DenseStem, Entry, PooledStem, slope


class Ways:
    relu = staticmethod(slope)


def convolution(axes, kernel, padding=0, dilation=1, channels=1, stride=1):
    kind = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return kind(channels, 3, kernel, padding=padding, dilation=dilation, stride=stride).double()


def pooled(values, size):
    return {4: F.max_pool2d, 5: F.max_pool3d}[values.dim()](values, size)


CASES = [
    # axes, shape, kernel, padding, dilation, channels, pool
    (3, (9, 8, 11), 3, 0, 1, 1, (2, 2, 2)),
    (3, (9, 8, 11), 3, 1, 1, 2, (2, 2, 2)),
    (3, (10, 9, 12), (3, 1, 5), (0, 0, 2), 1, 1, (2, 1, 2)),
    (3, (9, 10, 13), 2, 0, 2, 2, (2, 2, 1)),
    (2, (11, 8), 5, 2, 1, 3, (2, 2)),
    (2, (12, 13), 4, 0, 1, 1, (3, 2)),
]


@pytest.mark.parametrize(("axes", "shape", "kernel", "padding", "dilation", "channels", "pool"), CASES)
@pytest.mark.parametrize("relu", [True, False])
def test_blocks_give_the_maxima_of_torch_and_its_gradient(axes, shape, kernel, padding, dilation, channels, pool, relu):
    layer = convolution(axes, kernel, padding, dilation, channels)
    generator = torch.Generator().manual_seed(1)
    volumes = torch.randn(2, channels, *shape, dtype=torch.float64, generator=generator).requires_grad_()
    expected = pooled(layer(volumes).relu() if relu else layer(volumes), pool)
    back = torch.randn(expected.shape, dtype=torch.float64, generator=generator)
    (slopes,) = torch.autograd.grad(expected, volumes, back)

    stem = PooledStem(Convolution.of(layer), pool, relu)
    made = stem.of(volumes.detach())
    entry = Entry.each(made)
    found = stem.enter(entry, Ways())
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    entry.total = torch.zeros_like(made)
    torch.autograd.grad(found, entry.trigger, back)
    torch.testing.assert_close(stem.back(entry.total, volumes.shape), slopes, rtol=1e-12, atol=1e-12)


def test_blocks_are_taken_where_they_pay():
    assert PooledStem.pays(Convolution.of(convolution(3, 3)), (2, 2, 2))
    assert not PooledStem.pays(Convolution.of(convolution(3, 3)), (3, 3, 3))
    assert not PooledStem.pays(Convolution.of(convolution(3, 3, stride=2)), (2, 2, 2))


@pytest.mark.parametrize("pool", [(2, 2, 2), None])
def test_what_a_volume_and_noise_make_is_the_sum_and_what_lies_between_two_is_between(pool):
    stem = DenseStem(Convolution.of(convolution(3, 3)))
    if pool:
        stem = PooledStem(stem.convolution, pool, True)
    one, other = torch.randn(2, 1, 1, 9, 8, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(stem.of(one + other), stem.of(one) + stem.of(other, constant=False))
    between = torch.lerp(stem.of(one), stem.of(other), 0.3)
    torch.testing.assert_close(stem.of(torch.lerp(one, other, 0.3)), between)


@pytest.mark.parametrize("stem", ["dense", "pooled"])
def test_what_comes_back_is_summed_with_the_weights_of_its_passes(stem):
    found = DenseStem(Convolution.of(convolution(3, 3)))
    stem = found if stem == "dense" else PooledStem(found.convolution, (2, 2, 2), True)
    volumes = torch.randn(3, 1, 9, 8, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    made, rows, weights = stem.of(volumes), [0, 1, 0], [0.5, 2.0, -3.0]
    single = Entry.each(made)
    single.total = torch.zeros_like(made)
    (out := stem.enter(single, Ways())).backward(torch.ones_like(out))
    total = torch.zeros_like(made[:2])
    summed = Entry.summed(lambda number: made[number : number + 1], rows, weights, total)
    (out := stem.enter(summed, Ways())).backward(torch.ones_like(out))
    torch.testing.assert_close(total[0], 0.5 * single.total[0] - 3 * single.total[2])
    torch.testing.assert_close(total[1], 2 * single.total[1])


def test_of_equal_values_the_first_gets_what_comes_back_as_in_torch():
    layer = convolution(3, 3)
    volumes = torch.zeros(1, 1, 8, 8, 8, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        layer.bias.fill_(0.5)
    (expected,) = torch.autograd.grad(F.max_pool3d(layer(volumes).relu(), 2).sum(), volumes)
    stem = PooledStem(Convolution.of(layer), (2, 2, 2), True)
    entry = Entry.each(made := stem.of(volumes.detach()))
    entry.total = torch.zeros_like(made)
    stem.enter(entry, Ways()).sum().backward()
    torch.testing.assert_close(stem.back(entry.total, volumes.shape), expected)


@pytest.mark.parametrize("kind", [torch.float64, torch.float32])
@pytest.mark.parametrize("case", [{}, {"padding": 2}, {"dilation": 2, "padding": 1}, {"stride": 2}, {"padding": 4}])
def test_a_convolution_and_its_way_back_are_those_of_torch(kind, case):
    layer = convolution(3, 3, channels=2, **case).to(kind)
    volumes = torch.randn(1, 2, 9, 8, 11, generator=torch.Generator().manual_seed(2)).to(kind).requires_grad_()
    expected, again = layer(volumes), volumes.detach().clone().requires_grad_()
    back = torch.randn(expected.shape, generator=torch.Generator().manual_seed(3)).to(kind)
    (slopes,) = torch.autograd.grad(expected, volumes, back)
    found = Convolution.of(layer)(again)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, again, back)[0], slopes)
    assert layer.weight.grad is None

import numpy as np
import pytest
import torch

from voxplain.training.optimisers import optimiser_of, schedule_of

GRADIENTS = [np.array([0.5, -2.0]), np.array([0.1, 1.0]), np.array([-0.3, 0.2])]
START = np.array([1.0, -1.0])
RATE, DECAY = 0.1, 0.2


def moved(name, **settings):
    weights = torch.nn.Parameter(torch.from_numpy(START.copy()))
    optimiser = optimiser_of([weights], {"optimiser": name, "learning_rate": RATE, "weight_decay": DECAY, **settings})
    for gradient in GRADIENTS:
        weights.grad = torch.from_numpy(gradient.copy())
        optimiser.step()
    return weights.detach().numpy()


def adam(apart):
    weights, first, second = START.copy(), 0, 0
    for step, gradient in enumerate(GRADIENTS, 1):
        if apart:
            weights = weights * (1 - RATE * DECAY)
        else:
            gradient = gradient + DECAY * weights
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        weights = weights - RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def momentum(share, ahead):
    weights, velocity = START.copy(), 0
    for gradient in GRADIENTS:
        gradient = gradient + DECAY * weights
        velocity = share * velocity + gradient
        weights = weights - RATE * (gradient + share * velocity if ahead else velocity)
    return weights


def rmsprop():
    weights, square = START.copy(), 0
    for gradient in GRADIENTS:
        gradient = gradient + DECAY * weights
        square = 0.99 * square + 0.01 * gradient**2
        weights = weights - RATE * gradient / (np.sqrt(square) + 1e-8)
    return weights


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("adam", {}, adam(apart=False)),
        ("adamw", {}, adam(apart=True)),
        ("sgd", {}, momentum(0, ahead=False)),
        ("sgd", {"momentum": 0.5}, momentum(0.5, ahead=False)),
        ("nesterov", {}, momentum(0.9, ahead=True)),
        ("nesterov", {"momentum": 0.5}, momentum(0.5, ahead=True)),
        ("rmsprop", {"momentum": None}, rmsprop()),
    ],
)
def test_steps_are_those_of_the_published_formulas(name, settings, expected):
    np.testing.assert_allclose(moved(name, **settings), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [1, 1, 1, 1, 1, 1]),
        ({"milestones": [2, 4], "gamma": 0.5}, [1, 1, 0.5, 0.5, 0.25, 0.25]),
        ({"schedule": "none", "milestones": [2]}, [1, 1, 1, 1, 1, 1]),
        ({"schedule": "step", "step": 3, "gamma": 0.5}, [1, 1, 1, 0.5, 0.5, 0.5]),
        ({"schedule": "cosine"}, [(1 + np.cos(np.pi * epoch / 6)) / 2 for epoch in range(6)]),
    ],
)
def test_learning_rates_follow_the_schedule(settings, expected):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule, rates = schedule_of(optimiser, {"epochs": 6} | settings), []
    for _ in range(6):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    assert rates == pytest.approx(expected)

"""Gradient times input: the first-order share of each voxel in the score.

Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv 1605.01713; the first term of a Taylor decomposition about zero.
"""

from voxplain.attribution.gradient import input_gradient


def grad_times_input(question, volumes):
    """x * d score / dx, shaped like ``volumes``.

    The maps of a network of linear layers, ReLU and max-pooling without biases sum to the score.
    """
    return volumes * input_gradient(question, volumes)

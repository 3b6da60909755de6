"""Guided backpropagation: the gradient with only positive parts passed back through every ReLU.

Springenberg, Dosovitskiy, Brox, Riedmiller 2015, arXiv 1412.6806.
"""

from voxplain.attribution.gradient import formed, ruled_gradient


def guided_backprop(question, volumes, *, form="signed"):
    """The guided gradient of the score, shaped like ``volumes``; at a ReLU  g_in = max(g_out, 0) * [output > 0].

    Every ReLU counts: modules, nested, shared or in place, and calls of ``F.relu``. Raises UnsupportedModel, naming
    the layer, when the network has another activation, for which no rule was published.
    """
    return formed(ruled_gradient(question, volumes, positive_gradient_of_active_units, "guided_backprop"), form)


def positive_gradient_of_active_units(gradient, off):
    """What comes back through a ReLU: its positive part, where the unit is not ``off``."""
    return gradient.clamp(min=0).masked_fill_(off, 0)

"""Guided backpropagation: the gradient with only positive parts passed back through every ReLU.

Springenberg, Dosovitskiy, Brox, Riedmiller 2015, arXiv 1412.6806.
"""

from voxplain.attribution.gradient import formed, input_gradient
from voxplain.attribution.rectifiers import own_relu_rule


def guided_backprop(question, volumes, *, form="signed"):
    """The guided gradient of the score, shaped like ``volumes``; at a ReLU  g_in = max(g_out, 0) * [output > 0].

    Every ReLU counts: modules, nested, shared or in place, and calls of ``F.relu``. Raises UnsupportedModel, naming
    the layer, when the network has another activation, for which no rule was published.
    """
    with own_relu_rule(question.model, _positive_gradient_of_active_units, "guided_backprop"):
        return formed(input_gradient(question, volumes), form)


def _positive_gradient_of_active_units(gradient, output):
    return gradient.clamp(min=0).masked_fill_(output <= 0, 0)

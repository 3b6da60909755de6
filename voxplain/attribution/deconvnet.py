"""Deconvnet: the score carried back through transposed layers, with only its positive parts passed at every ReLU.

Zeiler, Fergus 2014, arXiv 1311.2901, in the form that Springenberg et al. 2015, arXiv 1412.6806, compare.
"""

from voxplain.attribution.gradient import formed, ruled_gradient


def deconvnet(question, volumes, *, form="signed"):
    """What comes back from the score, shaped like ``volumes``; at a ReLU  g_in = max(g_out, 0), whatever its input was.

    Max-pooling puts what comes back where its maximum was (the switches), a convolution is transposed. With a unit
    ``(layer, channel, position)`` as the target that activation alone is carried back. Raises UnsupportedModel, naming
    the layer, when the network has another activation, for which no rule was published.
    """
    return formed(ruled_gradient(question, volumes, positive_gradient, "deconvnet"), form)


def positive_gradient(gradient, _):
    """What comes back through a ReLU: its positive part, also where the unit is off."""
    return gradient.clamp(min=0)

"""Layer-wise relevance propagation: the score shared out layer by layer, down to the voxels.

Bach, Binder, Montavon, Klauschen, Mueller, Samek 2015, doi 10.1371/journal.pone.0130140.
"""

from functools import partial

import torch

from voxplain.attribution import relevance_rules as rules
from voxplain.attribution.calls import check_own, followed_calls
from voxplain.attribution.linear_scores import carried_back, linear_score
from voxplain.attribution.notes import note
from voxplain.attribution.weighted_layers import Weighted, folded_norms
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.networks.options import check_choice

# the rule of the convolutions and of the dense layers
_COMPOSITES = {
    "epsilon": ("epsilon", "epsilon"),
    "zplus": ("zplus", "zplus"),
    "alpha_beta": ("alpha_beta", "alpha_beta"),
    "epsilon_plus": ("zplus", "epsilon"),
    "epsilon_alpha_beta": ("alpha_beta", "epsilon"),
}
_FIRST = (None, "epsilon", "zplus", "alpha_beta", "flat", "w_square", "z_box")


def lrp_epsilon(question, volumes, *, composite="epsilon", first=None, epsilon=1e-6, alpha=2.0, box=None):
    """The relevance of each voxel, shaped like ``volumes``; at a linear layer  R_i = sum_j a_i w_ij R_j / (z_j +- eps).

    ``composite`` names the rules of convolutions and dense layers: ``"epsilon"`` (the formula), ``"zplus"`` (positive
    a w alone), ``"alpha_beta"`` (``alpha`` times the positive less alpha - 1 times the negative), ``"epsilon_plus"``
    and ``"epsilon_alpha_beta"`` (epsilon for dense layers, the other for convolutions). ``first`` is the rule of the
    layers that see the volume: also ``"flat"``, ``"w_square"`` or ``"z_box"``, whose ``box`` is (low, high), by default
    each volume's own. Batch norm is folded into a convolution right before it, and elsewhere has the epsilon rule, as
    have sums, means and average pooling; a maximum gives all to its winner; activations with f(0) = 0 hand it on.

    A map of a network without biases sums to the score; the notes' ``conservation_error`` says by how much each
    misses it, and their ``rules`` which layer had which rule. Raises SettingsError for a score other than a logit, the
    log-odds of two classes or a unit, UnsupportedModel, naming the layer, for an operation without a rule.
    """
    check_choice("composite", composite, tuple(_COMPOSITES))
    check_choice("first", first, _FIRST)
    epsilon, alpha = _number("epsilon", epsilon, 0), _number("alpha", alpha, 1)
    network = _Network(composite, first, epsilon, alpha, _box(box, volumes), volumes)
    network.norms, network.folded = folded_norms(question, volumes, "lrp_epsilon")
    leaf = volumes.clone().requires_grad_()
    own = leaf.clone()
    with followed_calls(question.model, own, network.treat, "lrp_epsilon"):
        output, factors = linear_score(question, own, "lrp_epsilon")
    check_own(output, {_Shared}, "lrp_epsilon")
    relevance = factors * output.detach()
    maps = carried_back(output, relevance, leaf)
    note("route", "calls")
    note("rules", network.named)
    score = relevance.flatten(1).double().sum(1) if relevance.dim() > 1 else relevance.double()
    note("conservation_error", (maps.flatten(1).double().sum(1) - score).tolist())
    note("explained_score", score.tolist())
    return maps


class _Network:
    """The rule of each call, for the way back."""

    def __init__(self, composite, first, epsilon, alpha, box, volumes):
        self.composite, self.first, self.epsilon, self.alpha = composite, first, epsilon, alpha
        self.box, self.volumes = box, volumes
        self.norms, self.folded, self.named = {}, {}, {}
        self.weighted = self.normed = 0

    def treat(self, call):
        if call.kind in ("route", "max"):
            return call.run(*call.inputs)
        if call.kind == "curve" or (call.kind == "activation" and call.run(torch.zeros_like(call.inputs[0][:1])).any()):
            raise UnsupportedModel(
                f'layer "{call.layer}" runs {call.name}, for which lrp_epsilon has no rule; use "deeplift"'
            )
        name, rule = getattr(self, f"_{call.kind}")(call)
        # a sum may be followed by a layer that works in place on one of its terms, which autograd lets pass elsewhere
        kept = [] if rule is _passed else [one.clone() if call.kind == "affine" else one for one in call.inputs]
        self.named[f"{len(self.named) + 1}. {call.layer}: {call.name}"] = name
        return _Shared.apply(call.run, rule, kept, *call.inputs)

    def _activation(self, call):
        return "pass", _passed

    def _affine(self, call):
        return "epsilon", partial(rules.epsilon_rule, call.run, epsilon=self.epsilon)

    def _norm(self, call):
        number, self.normed = self.normed, self.normed + 1
        return ("folded", _passed) if number in self.folded else self._affine(call)

    def _weighted(self, call):
        number, self.weighted = self.weighted, self.weighted + 1
        weighted = Weighted.of(call)
        if number in self.norms:
            weighted = weighted.folded(self.norms[number])
        name = _COMPOSITES[self.composite][call.name == "linear"]
        if self.first and call.depth == 0:
            name = self.first
        options = {"epsilon": self.epsilon}
        if name == "epsilon":
            return name, partial(rules.epsilon_rule, weighted, **options)
        if name in ("zplus", "alpha_beta"):
            rule, options["alpha"] = rules.alpha_beta_rule, 1.0 if name == "zplus" else self.alpha
        elif name == "z_box":
            rule, (options["low"], options["high"]) = rules.z_box_rule, self._box_of(call)
        else:
            rule = {"flat": rules.flat_rule, "w_square": rules.w_square_rule}[name]
        return name, lambda inputs, relevance: [rule(weighted, inputs[0], relevance, **options)]

    def _box_of(self, call):
        values = call.inputs[0].detach()
        if not torch.equal(values.flatten(), self.volumes.flatten()):
            raise UnsupportedModel(
                f'layer "{call.layer}" is the first with weights but does not see the volume itself, so z_box does not '
                'hold; use "flat" or "w_square"'
            )
        return [one.view(-1, *(1 for _ in values.shape[1:])) for one in self.box]


class _Shared(torch.autograd.Function):
    """A call whose way back carries relevance by a rule."""

    @staticmethod
    def forward(ctx, run, rule, kept, *inputs):
        ctx.rule = rule
        ctx.save_for_backward(*kept)
        return run(*inputs)

    @staticmethod
    def backward(ctx, relevance):
        return None, None, None, *ctx.rule(ctx.saved_tensors, relevance)


def _passed(inputs, relevance):
    return [relevance]


def _number(option, value, least):
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < float("inf"):
        raise SettingsError(f"{option} is {value!r}; give a number of at least {least}")
    return float(value)


def _box(box, volumes):
    """Lowest and highest value of each volume's box, two tensors (batch,)."""
    flat = volumes.flatten(1)
    lowest, highest = flat.amin(1), flat.amax(1)
    if box is None:
        return lowest, highest
    if not isinstance(box, tuple | list) or len(box) != 2 or not all(isinstance(one, int | float) for one in box):
        raise SettingsError(f"box is {box!r}; give (low, high)")
    beyond = (lowest < box[0]) | (highest > box[1])
    if beyond.any():
        row = int(beyond.nonzero()[0, 0])
        raise InputError(
            f"volume {row} goes from {float(lowest[row]):.4g} to {float(highest[row]):.4g}, beyond box {tuple(box)}; "
            "widen the box"
        )
    return torch.full_like(lowest, box[0]), torch.full_like(highest, box[1])

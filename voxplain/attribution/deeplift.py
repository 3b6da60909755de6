"""DeepLIFT with the Rescale rule: differences to a baseline, carried through every activation by their ratio.

Shrikumar, Greenside, Kundaje 2017, arXiv 1704.02685.
"""

import torch

from voxplain.attribution.baselines import baselines
from voxplain.attribution.calls import check_own, followed_calls
from voxplain.attribution.completeness import report_completeness
from voxplain.attribution.linear_scores import carried_back, linear_score
from voxplain.attribution.notes import note
from voxplain.errors import UnsupportedModel

_CURVED = ("activation", "curve", "max")


def deeplift(question, volumes, *, baseline="zero"):
    """(x - x0) times the multiplier of its difference, shaped like ``volumes``.

    At an activation, and at any other function of single numbers, the multiplier is (f(a) - f(a0)) / (a - a0), and f'
    where a = a0. A maximum gives its difference to the place where the larger of max(a) and max(a0) was. All else is
    linear. A map sums to score(x) - score(x0), up to rounding: the notes' ``completeness_error``. ``baseline`` is x0,
    see `baselines`; the maps of several are averaged.

    The score is a logit, the log-odds of two classes or a unit. Raises SettingsError for another, UnsupportedModel,
    naming the layer, for an operation that is neither linear nor a function of single numbers nor a maximum, as the
    product of two activations, a norm over the volume itself, or attention.
    """
    starts = baselines(baseline, volumes)
    question = question.settled(volumes)
    maps = torch.zeros_like(volumes)
    for start in starts:
        maps += (volumes - start) * _multipliers(question, volumes, start) / len(starts)
    note("route", "calls")
    report_completeness("deeplift", question, volumes, starts, maps, "use float64")
    return maps


def _multipliers(question, volumes, start):
    """Change of the score per change of each voxel, from ``start`` to ``volumes``."""
    at_start, own = [], start.clone()
    with torch.no_grad(), followed_calls(question.model, own, _keeping(at_start), "deeplift"):
        question.model(own)
    leaf = volumes.clone().requires_grad_()
    own = leaf.clone()
    with followed_calls(question.model, own, _rescaling(at_start), "deeplift"):
        output, factors = linear_score(question, own, "deeplift")
    check_own(output, {_Ratio, _MaximumRatio}, "deeplift")
    return carried_back(output, factors, leaf)


def _keeping(at_start):
    """Runs each call as it is, and keeps what goes into those that are not linear."""

    def treat(call):
        if call.kind in _CURVED:
            at_start.append((call.name, call.layer, call.inputs[0].clone()))
        return call.run(*call.inputs)

    return treat


def _rescaling(at_start):
    """Gives each call that is not linear its multiplier between what went in at the baseline and what goes in now."""
    waiting = iter(at_start)

    def treat(call):
        if call.kind not in _CURVED:
            return call.run(*call.inputs)
        name, layer, start = next(waiting, (None, None, None))
        if (name, layer) != (call.name, call.layer) or start.shape != call.inputs[0].shape:
            raise UnsupportedModel(
                f'layer "{call.layer}" runs {call.name} for the volume but not for the baseline; '
                'use "integrated_gradients"'
            )
        return (_MaximumRatio if call.kind == "max" else _Ratio).apply(call.run, start, *call.inputs)

    return treat


class _Ratio(torch.autograd.Function):
    """A function of single numbers whose way back is (f(a) - f(a0)) / (a - a0)."""

    @staticmethod
    def forward(ctx, run, start, values):
        output, before = run(values), run(start)
        gap = values - start
        # where the two are close their difference is rounding, and the slope between them as good as the ratio
        near = gap.abs() <= torch.finfo(gap.dtype).eps ** 0.5 * torch.maximum(values.abs(), start.abs())
        with torch.enable_grad():
            middle = torch.lerp(start, values, 0.5).requires_grad_()
            slope = torch.autograd.grad(run(middle).sum(), middle)[0]
        ctx.save_for_backward(torch.where(near, slope, (output - before) / gap.masked_fill(near, 1)))
        return output

    @staticmethod
    def backward(ctx, multiplier):
        return None, None, multiplier * ctx.saved_tensors[0]


class _MaximumRatio(torch.autograd.Function):
    """A maximum over windows whose difference goes where the larger of max(a) and max(a0) was."""

    @staticmethod
    def forward(ctx, run, start, values):
        ctx.run = run
        ctx.save_for_backward(start, values)
        return run(values)

    @staticmethod
    def backward(ctx, multiplier):
        start, values = ctx.saved_tensors
        gap = values - start
        with torch.enable_grad():
            ends = [one.detach().requires_grad_() for one in (start, values)]
            before, now = (ctx.run(one) for one in ends)
        change = multiplier * (now - before).detach()
        rise = now.detach() > before.detach()
        fell = torch.autograd.grad(before, ends[0], change.masked_fill(rise, 0))[0]
        rose = torch.autograd.grad(now, ends[1], change.masked_fill(~rise, 0), retain_graph=True)[0]
        slope = torch.autograd.grad(now, ends[1], multiplier)[0]
        same = gap == 0
        return None, None, torch.where(same, slope, (fell + rose) / gap.masked_fill(same, 1))

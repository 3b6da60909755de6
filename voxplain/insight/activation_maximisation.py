"""Ideal inputs: volumes made so that a class or a unit inside a network answers as strongly as it can.

argmax_x s(x) - R(x): Erhan et al., Visualizing higher-layer features of a deep network, 2009; Simonyan, Vedaldi,
Zisserman 2014, arXiv 1312.6034.
"""

import torch

from voxplain.attribution.scoring import asked
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import InputError, SettingsError
from voxplain.insight.ascent import ascended
from voxplain.insight.ideal_inputs import Draw, maximised, scan_names
from voxplain.insight.priors import Priors, check_amount
from voxplain.insight.starts import start as begun
from voxplain.insight.target_scores import named_inside, target_scores, weights_like
from voxplain.insight.training_brains import training_brains
from voxplain.networks.options import check_choice, check_options, whole_number
from voxplain.training.covariates import conditioned
from voxplain.training.streams import stream


def maximise_activation(
    model,
    volumes,
    target,
    *,
    score=None,
    direction="up",
    start="mean",
    draws=3,
    iterations=100,
    rate=0.05,
    noise=None,
    components=8,
    seed=0,
    covariates=None,
    brains=None,
    **priors,
):
    """`Maximised` inputs: near ``start`` for which the score of ``target`` is as high as the priors allow.

    ``volumes`` are the network's training scans as it is shown them (`shown_volumes`, or any sequence of tensors
    (channels, *spatial)): they say what is usual, and nothing is fitted on another scan. ``target`` is a class or a
    unit ``(layer, channel, position)`` and ``score`` is what of the class, as in `voxplain.attribute`; ``direction``
    "down" looks for the lowest score, as for the smallest amount of a regression. ``start`` and ``noise`` are those of
    `starts.start`, ``iterations`` and ``rate``, in spreads, those of `ascended`, ``priors`` those of `Priors`;
    ``components`` is how many principal axes of the scans are found where a prior asks for them. Draw d depends on
    ``seed`` and d alone. ``covariates`` (n, values), of the scans, for a network that is told some: the inputs are made
    at their mean. ``brains`` is what `training_brains` made of the same volumes, to make it once for several targets.

    The network runs in evaluation mode and comes back as it was. Raises SettingsError for a wrong setting, InputError
    for scans that do not fit, UnsupportedModel where no finite gradient flows from the score to the volume.
    """
    check_options("activation maximisation", Priors, priors)
    priors = Priors(**priors)
    check_choice("direction", direction, ("up", "down"))
    check_amount("rate", rate)
    settings = {"iterations": whole_number("iterations", iterations), "rate": rate}
    settings |= {"sign": 1 if direction == "up" else -1}
    draws, seed = whole_number("draws", draws), whole_number("seed", seed, least=0)
    like, one = weights_like(model, volumes), _of_volumes_alone(model, covariates, len(volumes))
    brains = brains or training_brains(volumes, components if priors.need_subspace else 0)
    if brains.scans != len(volumes) or brains.mean.shape != volumes[0].shape:
        raise InputError(f"brains are of {brains.scans} scans {tuple(brains.mean.shape)}; make them of these volumes")
    if priors.need_subspace and brains.subspace is None:
        raise SettingsError("a prior asks for the scans' principal axes; give components of at least 1")
    scores = target_scores(model, volumes, target, score, covariates)
    found = []
    brains = brains.to(like.device, like.dtype)
    with torch.inference_mode(False), torch.enable_grad(), untouched(one), exact_arithmetic():
        question = asked(one, named_inside(target, covariates), score, brains.mean[None])
        for draw in range(1, draws + 1):
            generator = torch.Generator().manual_seed(stream(seed, draw) % 2**63)
            begin, centre, name = begun(start, brains, volumes, generator, noise)
            begin, centre = (priors.admitted(place, brains) for place in (begin, centre))
            difference, path = ascended(question, begin, centre, brains, priors, generator=generator, **settings)
            found.append(Draw(draw, name, begin, centre, difference, path))
        return maximised(question, brains, found, scores, scan_names(volumes), settings["sign"])


def _of_volumes_alone(model, covariates, count):
    """The network as a function of volumes, covariates held at the mean of the training scans'."""
    if covariates is not None and len(covariates) != count:
        raise InputError(f"covariates have {len(covariates)} rows for {count} training scans; give one each")
    return conditioned(model, None if covariates is None else covariates.mean(0, keepdim=True), 0)

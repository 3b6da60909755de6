"""SmoothGrad: a map by another method, averaged over noisy copies of the volume.

Smilkov, Thorat, Kim, Viegas, Wattenberg 2017, arXiv 1706.03825; the squared form Hooker et al. 2019, arXiv 1806.10758;
the variance Adebayo et al. 2018, arXiv 1810.03307.
"""

import torch

from voxplain.attribution.deconvnet import deconvnet, positive_gradient
from voxplain.attribution.deeplift import deeplift
from voxplain.attribution.grad_times_input import grad_times_input
from voxplain.attribution.gradient import gradient
from voxplain.attribution.guided_backprop import guided_backprop, positive_gradient_of_active_units
from voxplain.attribution.guided_grad_cam import guided_grad_cam
from voxplain.attribution.guided_integrated_gradients import guided_integrated_gradients
from voxplain.attribution.integrated_gradients import integrated_gradients
from voxplain.attribution.interior_gradients import interior_gradients
from voxplain.attribution.memory import MAX_MEMORY_GB, batch_size, measured_batches
from voxplain.attribution.notes import note, notes
from voxplain.attribution.shared_passes import came_back
from voxplain.attribution.stems import Entry, slope
from voxplain.errors import SettingsError
from voxplain.networks.options import check_choice, check_options, whole_number

# imported and not looked up by name, so that an edit of one of them makes these maps anew
_GRADIENT_METHODS = {
    one.__name__: one
    for one in (
        *(gradient, grad_times_input, guided_backprop, deconvnet, guided_grad_cam, deeplift),
        *(integrated_gradients, interior_gradients, guided_integrated_gradients),
    )
}
# of those that are nothing but a gradient, whose mean can be taken behind the first layer
_RULES = {
    "gradient": slope,
    "guided_backprop": positive_gradient_of_active_units,
    "deconvnet": positive_gradient,
}


def smoothgrad(
    question,
    volumes,
    *,
    of="gradient",
    options=None,
    samples=25,
    noise=0.15,
    unit="range",
    form="mean",
    seed=0,
    max_memory_gb=MAX_MEMORY_GB,
):
    """Mean over ``samples`` of the map of x + noise by the method ``of`` with its ``options``, shaped like ``volumes``.

    The noise is Gaussian; its standard deviation is ``noise`` times a volume's largest less its smallest value, or
    with ``unit="absolute"`` ``noise`` itself. ``form="square"`` gives the mean of the squared maps, ``"variance"``
    their variance. Every volume gets the same draws, from ``seed`` alone. A predicted class is that of the volume
    without noise. As many noisy copies go through the network at once as fit ``max_memory_gb``, of 1e9 bytes.
    """
    check_choice("of", of, tuple(_GRADIENT_METHODS))
    check_choice("form", form, ("mean", "square", "variance"))
    explain, options = _GRADIENT_METHODS[of], dict(options or {})
    check_options(of, explain, options)
    deviation = _deviation(noise, unit, volumes)
    batch_size(1, max_memory_gb)
    draws = _draws(whole_number("samples", samples), volumes, whole_number("seed", seed, least=0))
    question = question.settled(volumes)
    lean = question.shared and question.shared.lean(question)
    # what can be summed before it comes to the voxels; without noise all maps are one, to the last bit
    linear = form == "mean" and of in _RULES and options.get("form", "signed") == "signed" and bool(deviation.any())
    with notes() as said:
        if lean and linear and (of == "gradient" or lean.only_relu):
            maps = _summed(question, lean, volumes, deviation, draws, samples, _RULES[of], max_memory_gb)
        else:
            maps = _one_by_one(lambda noisy: explain(question, noisy, **options), volumes, deviation, draws, form)
    # all else that is said is about noisy copies
    if "path" in said:
        note("path", said["path"])
    return maps


def _draws(samples, volumes, seed):
    """Yield standard normal noise (1, channels, *spatial) for each sample."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(samples):
        # drawn in double precision on the CPU, so that no type or device has noise of its own
        yield torch.randn((1, *volumes.shape[1:]), dtype=torch.float64, generator=generator).to(volumes)


def _one_by_one(explain, volumes, deviation, draws, form):
    mean, squares = torch.zeros_like(volumes), torch.zeros_like(volumes)
    for count, drawn in enumerate(draws, 1):
        found = explain(volumes + deviation * drawn)
        if form == "square":
            found = found.square()
        # running sums about the mean: exact when all maps are equal, and no difference of large numbers
        gap = found - mean
        mean = mean + gap / count
        squares = squares + gap * (found - mean)
    return squares / count if form == "variance" else mean


def _summed(question, lean, volumes, deviation, draws, samples, rule, max_memory_gb):
    """The mean gradient: the first layer makes x + noise of x and of the noise, and takes the sum back once."""
    note("path", "lean graph")
    made, waiting = lean.stem.of(volumes), {}
    total, rows = torch.zeros_like(made), len(volumes)
    deviations = deviation.flatten().expand(rows).tolist()

    def run(start, stop):
        for sample in range(start, stop):
            if sample not in waiting:
                waiting[sample] = lean.stem.of(next(draws), constant=False)

        def noisy(number):
            sample, row = divmod(number, rows)
            return made[row : row + 1].add(waiting[start + sample], alpha=deviations[row])

        count = (stop - start) * rows
        entry = Entry.summed(noisy, list(range(rows)) * (stop - start), [1 / samples] * count, total)
        outputs = lean.outputs(entry)
        scores = question.of(torch.arange(rows).repeat(stop - start)).scores_of(outputs, count)
        came_back(lean, scores, entry, rule)
        for sample in range(start, stop):
            del waiting[sample]

    measured_batches(run, samples, max_memory_gb, volumes.device)
    return lean.stem.back(total, volumes.shape)


def _deviation(noise, unit, volumes):
    check_choice("unit", unit, ("range", "absolute"))
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < float("inf"):
        raise SettingsError(f"noise is {noise!r}; give a standard deviation of at least 0")
    if unit == "absolute":
        return volumes.new_full((1,) * volumes.dim(), noise)
    flat = volumes.flatten(1)
    return noise * (flat.amax(1) - flat.amin(1)).view(-1, *(1 for _ in volumes.shape[1:]))

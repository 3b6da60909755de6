"""SmoothGrad: a map by another method, averaged over noisy copies of the volume.

Smilkov, Thorat, Kim, Viegas, Wattenberg 2017, arXiv 1706.03825; the squared form Hooker et al. 2019, arXiv 1806.10758;
the variance Adebayo et al. 2018, arXiv 1810.03307.
"""

import torch

from voxplain.attribution.deconvnet import deconvnet
from voxplain.attribution.deeplift import deeplift
from voxplain.attribution.grad_times_input import grad_times_input
from voxplain.attribution.gradient import gradient
from voxplain.attribution.guided_backprop import guided_backprop
from voxplain.attribution.guided_grad_cam import guided_grad_cam
from voxplain.attribution.guided_integrated_gradients import guided_integrated_gradients
from voxplain.attribution.integrated_gradients import integrated_gradients
from voxplain.attribution.interior_gradients import interior_gradients
from voxplain.attribution.notes import unheard
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


def smoothgrad(
    question, volumes, *, of="gradient", options=None, samples=25, noise=0.15, unit="range", form="mean", seed=0
):
    """Mean over ``samples`` of the map of x + noise by the method ``of`` with its ``options``, shaped like ``volumes``.

    The noise is Gaussian; its standard deviation is ``noise`` times a volume's largest less its smallest value, or
    with ``unit="absolute"`` ``noise`` itself. ``form="square"`` gives the mean of the squared maps, ``"variance"``
    their variance. Every volume gets the same draws, from ``seed`` alone. A predicted class is that of the volume
    without noise.
    """
    check_choice("of", of, tuple(_GRADIENT_METHODS))
    check_choice("form", form, ("mean", "square", "variance"))
    explain, options = _GRADIENT_METHODS[of], dict(options or {})
    check_options(of, explain, options)
    deviation = _deviation(noise, unit, volumes)
    samples = whole_number("samples", samples)
    generator = torch.Generator().manual_seed(whole_number("seed", seed, least=0))
    question = question.settled(volumes)
    mean, squares = torch.zeros_like(volumes), torch.zeros_like(volumes)
    with unheard():
        for count in range(1, samples + 1):
            # drawn in double precision on the CPU, so that no type or device has noise of its own
            drawn = torch.randn(volumes.shape[1:], dtype=torch.float64, generator=generator).to(volumes)
            found = explain(question, volumes + deviation * drawn, **options)
            if form == "square":
                found = found.square()
            # running sums about the mean: exact when all maps are equal, and no difference of large numbers
            gap = found - mean
            mean = mean + gap / count
            squares = squares + gap * (found - mean)
    return squares / samples if form == "variance" else mean


def _deviation(noise, unit, volumes):
    check_choice("unit", unit, ("range", "absolute"))
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < float("inf"):
        raise SettingsError(f"noise is {noise!r}; give a standard deviation of at least 0")
    if unit == "absolute":
        return noise
    flat = volumes.flatten(1)
    return noise * (flat.amax(1) - flat.amin(1)).view(-1, *(1 for _ in volumes.shape[1:]))

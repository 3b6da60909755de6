"""Integrated gradients: the gradient averaged on the straight way from a baseline, times the way.

Sundararajan, Taly, Yan 2017, arXiv 1703.01365.
"""

from voxplain.attribution.baselines import baselines
from voxplain.attribution.completeness import report_completeness
from voxplain.attribution.memory import MAX_MEMORY_GB, batch_size
from voxplain.attribution.paths import Points, nodes, path_gradient
from voxplain.networks.options import whole_number


def integrated_gradients(
    question, volumes, *, baseline="zero", steps=50, rule="gauss_legendre", max_memory_gb=MAX_MEMORY_GB
):
    """(x - x0) * integral over alpha in [0, 1] of d score / dx at x0 + alpha (x - x0), shaped like ``volumes``.

    A map sums to score(x) - score(x0), up to what ``steps`` points of ``rule`` (``"gauss_legendre"``, ``"trapezoid"``,
    ``"midpoint"``) miss: the notes' ``completeness_error``. ``baseline`` is x0, see `baselines`; the maps of several
    are averaged. As many points of a volume go through the network at
    once as fit ``max_memory_gb``, of 1e9 bytes.
    """
    rule = nodes(rule, whole_number("steps", steps))
    batch_size(1, max_memory_gb)
    starts = baselines(baseline, volumes)
    question = question.settled(volumes)
    maps = path_gradient(question, volumes, starts, Points.on_each_way(len(starts), *rule), max_memory_gb)
    report_completeness("integrated_gradients", question, volumes, starts, maps, "raise steps")
    return maps

"""Kernels of the first layer as images, and how many filters of each layer say anything."""


def blocks(results):
    """Kernels of each experiment's first network, the first of them apart; sentences and tables on all filters."""
    return None, []

"""The same for every scan, by several processes, in the order of the scans."""

from concurrent.futures import ProcessPoolExecutor

# Fewer are done sooner than processes start
FEWEST = 16


def in_order(function, items, threads):
    """Yield ``function`` of every one of ``items``, in their order, made by ``threads`` processes.

    ``function`` and what it returns can be pickled. What it raises is raised here.
    """
    items = list(items)
    if threads < 2 or len(items) < FEWEST:
        yield from map(function, items)
        return
    with ProcessPoolExecutor(threads) as pool:
        yield from pool.map(function, items, chunksize=min(32, -(-len(items) // (4 * threads))))

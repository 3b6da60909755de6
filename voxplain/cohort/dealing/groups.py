"""What is never divided between training and judging: subjects, and everybody whom a shared cell ties to them."""

from voxplain.cohort.tables.labels import MISSING


def grouped(rows, columns=()):
    """The name of the group of each of ``rows``, mappings with a subject: the first of its subjects by name.

    Scans of one subject are of one group, and so are those that share a cell of any of ``columns``, through others too:
    A's family with B and B's other name C tie A to C. Empty cells tie nobody.
    """
    first = {}

    def root(node):
        while first.setdefault(node, node) != node:
            first[node] = node = first[first[node]]
        return node

    for row in rows:
        own = root(("subject", row["subject"]))
        for column in columns:
            cell = str(row[column]).strip()
            if cell.lower() not in MISSING:
                first[root((column, cell))] = own
                own = root(own)
    names = {}
    for row in rows:
        at = root(("subject", row["subject"]))
        names[at] = min(names.get(at, row["subject"]), row["subject"])
    return [names[root(("subject", row["subject"]))] for row in rows]

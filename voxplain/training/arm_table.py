"""The arms of the data-randomisation test by name, and their scores in one table."""

import pandas as pd

TRUE, PERMUTED = "true", "permuted"
COLUMNS = ["split", "seed", "arm", "measure", "training", "held_out", "training_scans", "held_out_scans", "reason"]


def arm_names(permutations):
    """``true`` and ``permuted1`` to that of the last of so many ``permutations``; none without permutations."""
    return [TRUE, *(f"{PERMUTED}{number + 1}" for number in range(permutations))] if permutations else []


def arm_table(cards):
    """The scores of every arm as a table, one row a measure, from the arms' cards; no row of a split that is empty.

    ``training`` is by the labels that the arm learned, permuted or not, and ``held_out`` by the true ones.
    """
    rows = []
    for card in cards:
        where = {key: card[key] for key in ("split", "seed", "arm")}
        counts = {"training_scans": card["scans"]["train"], "held_out_scans": card["scans"]["test"]}
        rows += [where | score | counts for score in card.get("scores", [])]
    return pd.DataFrame(rows, columns=COLUMNS)

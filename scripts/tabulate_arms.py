"""Put the scores of all arms of an experiment side by side, on the labels they learned and on held-out scans."""

import json

from voxplain.runtime import rule_log, written_whole
from voxplain.training.arm_table import arm_table


def tabulate_arms(cards):
    """The table of the scores that the cards at these paths have, one row an arm, split and measure."""
    found = []
    for path in cards:
        with open(path) as file:
            found.append(json.load(file))
    return arm_table(found)


if __name__ == "__main__":
    with rule_log(snakemake), written_whole(snakemake.output.table) as part:
        tabulate_arms(snakemake.input.cards).to_csv(part, sep="\t", index=False)

"""Explain one's own scan by one's own network: the map, its picture, and what made it."""

from pathlib import Path

import torch

from voxplain.mine.explain_file import explain_file
from voxplain.runtime import rule_log
from voxplain.training.devices import keep_freed_memory


def explain_mine(folder, *, asked):
    """Leave the map, the picture and the sidecar that the settings ``asked`` describe in ``folder``; their paths."""
    torch.set_num_threads(asked["threads"])
    explanation = explain_file(
        asked["model"],
        asked["volume"],
        asked["method"],
        weights=asked["weights"],
        model_options=asked["model_options"],
        channels=asked["channels"],
        axes=asked["axes"],
        intensity=asked["intensity"],
        target=asked["target"],
        score=asked["score"],
        device=asked["device"],
        **asked["options"],
    )
    return explanation.write(folder, asked["name"])


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        explain_mine(Path(snakemake.output.map).parent, asked=snakemake.params.asked)

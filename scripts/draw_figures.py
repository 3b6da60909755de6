"""Draw an experiment's figures for papers: SVG, PNG and a caption each, and the table that lists them."""

from pathlib import Path

from voxplain.report.papers.draw import draw_experiment
from voxplain.report.results import Results
from voxplain.runtime import rule_log


def draw_figures(folder, results_folder, experiment, settings):
    """Leave the figures of ``experiment`` in ``folder``, with their table, from the files below ``results_folder``.

    settings: those of the study that decide on figures, see `Results`.
    """
    draw_experiment(folder, Results(Path(results_folder), settings), experiment)


if __name__ == "__main__":
    with rule_log(snakemake):
        folder = Path(snakemake.output.figures)
        draw_figures(folder, folder.parents[1], snakemake.wildcards.experiment, snakemake.params.settings)

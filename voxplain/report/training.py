"""The section on training: how each network learned, and which epoch was kept."""

from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.curves import learning_curves
from voxplain.report.sentences import learning, number

READING = (
    "Each colour is one training: dotted lines are the loss on the scans it learned from, full lines what it "
    "reached on the scans set aside to choose the epoch, and the ring is the epoch that was kept.",
    "Dotted lines that fall while full lines rise mean that a network learned its own scans by heart; balanced "
    "accuracy that stays at 0.50 means that it learned nothing of use.",
)


def section(results):
    """The section, from the ``history.tsv`` of every training."""
    blocks, first = [], None
    for experiment in results.experiments:
        histories = _histories(results, experiment)
        if not histories:
            blocks.append(Text(f"{experiment}: no training was recorded.", "missing"))
            continue
        texts, rows = [], []
        for name, history in histories.items():
            best = history.loc[history["best"] == 1].iloc[-1]
            epochs = int(history["epoch"].max())
            texts.append(learning(experiment, name, epochs, int(best["epoch"]), best["validation_loss"]))
            rows.append(
                [
                    name,
                    epochs,
                    int(best["epoch"]),
                    number(best["validation_loss"], 3),
                    number(best["validation_balanced_accuracy"]),
                ]
            )
        figure = Figure(learning_curves(histories, " ".join(texts)), f"Experiment {experiment}.")
        columns = ["Training", "Epochs", "Kept", "Validation loss", "Validation balanced accuracy"]
        table = Table(f"Trainings of {experiment}", columns, rows, frozenset(columns[1:]))
        if first is None:
            first = figure
        else:
            blocks += [Heading(f"Experiment {experiment}"), figure]
        blocks.append(Fold(f"Numbers of {experiment}", [table]))
    return Section("training", "Training", READING, first, blocks)


def _histories(results, experiment):
    paths = sorted((results.folder / "train" / experiment).glob("*.history.tsv"))
    tables = {path.name.removesuffix(".history.tsv"): results.table(path.relative_to(results.folder)) for path in paths}
    return {
        name.replace("_seed-", ", seed "): table
        for name, table in tables.items()
        if table is not None and (table["best"] == 1).any()
    }

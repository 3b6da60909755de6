"""What the text on methods says of the networks: what they are and how they learned."""

import json

from voxplain.report.sentences import count, listing, measure_name
from voxplain.sanity.effects import shows_outside

PAPERS = {
    "mrinet": ("kan2020",), "slab_cnn": ("kan2020",), "slab_resnet": ("kan2020",), "adni_cnn": ("rieke2018",),
    "small_elu": ("rieke2018",), "korolev_cnn": ("rieke2018", "korolev2017"), "vox_cnn": ("korolev2017",),
    "vox_resnet": ("korolev2017",), "vox_resnet_cam": ("yang2018",), "sfcn": ("peng2021",),
    "monai_densenet": ("huang2017", "cardoso2022"), "monai_resnet": ("he2016", "cardoso2022"),
    "s500_cnn": ("zainulina2020",), "vae_age": ("zainulina2020",),
}  # fmt: skip
OPTIMISERS = {
    "adamw": ("AdamW", ("loshchilov2019",)),
    "adam": ("Adam", ("kingma2015",)),
    "sgd": ("stochastic gradient descent", ()),
    "nesterov": ("stochastic gradient descent with Nesterov momentum", ()),
    "rmsprop": ("RMSprop", ()),
}
NORMALISED = {
    "voxel_zscore": "each voxel by its mean and standard deviation",
    "histogram": "histograms by landmarks",
    "zscore": "each scan by its own voxels above the mean",
    "histogram_zscore": "histograms by landmarks, then each scan by its own voxels above the mean",
}
CHANGES = {
    "flip": "flips with probability {}", "rotation": "rotation by up to {} degrees", "scaling": "scaling by up to {}",
    "elastic": "elastic deformation of up to {} mm", "bias": "bias fields with coefficients of up to {}",
    "noise": "noise with a standard deviation of up to {}",
    "optimal_scaling": "scaling that draws the brain sizes of two classes towards each other",
}  # fmt: skip


def networks(results, cite):
    """Sentences on the network and the training of every experiment that left cards."""
    said = []
    for name, experiment in results.experiments.items():
        cards = _cards(results, name)
        if not cards:
            continue
        card = cards[0]
        network, training = dict(card.get("network", {})), card.get("training", {})
        if not network or not training:
            continue
        kind = network.pop("name")
        options = f" with {listing(f'{key} {value}' for key, value in network.items())}" if network else ""
        shape = " x ".join(str(side) for side in card.get("input_shape", []))
        head = shows_outside(results.settings, name)
        mask = _head(results, name) if head else "all outside the brain set to zero"
        paper = f" {cite(*PAPERS[kind])}" if kind in PAPERS else ""
        said.append(
            f"Experiment {name}: {count(len(cards), 'network')} of the kind {kind}{paper}{options} learned the label "
            f"{results.label(name)} from volumes of {shape} voxels with {mask}. {_trained(training, cite)} "
            f"{_kept(results, name, training)}{_shown(experiment, cite)}"
        )
    return said


def _head(results, name):
    """What is shown of a head: all of it, where made, or said to be whole and no face is found missing."""
    table = results.table(f"sanity/{name}/shortcuts.tsv")
    faces = [] if table is None else table.loc[table["cue"] == "faces", "flagged"].tolist()
    if results.made or faces == ["no"]:
        return "the whole head to be seen"
    return "the head as it came to be seen, " + ("its face changed" if faces == ["yes"] else "which may lack its face")


def _cards(results, experiment):
    return [
        json.loads(path.read_text()) for path in sorted((results.folder / "train" / experiment).glob("*.card.json"))
    ]


def _trained(training, cite):
    optimiser, papers = OPTIMISERS[training["optimiser"]]
    preset = f" (preset {training['preset']})" if training.get("preset") else ""
    text = (
        f"Each was trained with {optimiser}{f' {cite(*papers)}' if papers else ''}{preset}, for at most "
        f"{count(training['epochs'], 'epoch')}, with "
        f"{count(training['batch'] * training.get('accumulate', 1), 'scan')} a step, a "
        f"learning rate of {training['learning_rate']:g}{_schedule(training)} and a weight decay of "
        f"{training['weight_decay']:g}"
    )
    sampling = {
        "undersample": "of each class as many scans an epoch as the rarest has",
        "weighted": "scans drawn by class",
    }
    if training.get("sampling") in sampling:
        text += f", {sampling[training['sampling']]}"
    if training.get("class_weights", "none") != "none":
        text += ", classes weighted in the loss"
    return f"{text}, in PyTorch {cite('paszke2019')}."


def _schedule(training):
    kind, gamma = training.get("schedule", "none"), f"{training.get('gamma', 1):g}"
    if kind == "milestones" and training.get("milestones"):
        return f" (times {gamma} after epoch {listing(str(epoch) for epoch in training['milestones'])})"
    if kind == "step":
        return f" (times {gamma} after every {count(training['step'], 'epoch')})"
    return " (falling to 0 by a cosine)" if kind == "cosine" else ""


def _kept(results, experiment, training):
    keep = training.get("keep", "loss")
    by = "the lowest validation loss" if keep == "loss" else f"the highest validation {measure_name(keep)}"
    patience = training.get("patience")
    stopped = f"; training stopped after {count(patience, 'epoch')} without a better one" if patience else ""
    tables = [results.table(path.relative_to(results.folder)) for path in _histories(results, experiment)]
    epochs = sorted(
        int(table.loc[table["best"] == 1, "epoch"].iloc[-1]) for table in tables if (table["best"] == 1).any()
    )
    which = "the last epoch was kept" if keep == "last" else f"the epoch with {by} was kept"
    span = f" (epochs {epochs[0]} to {epochs[-1]})" if epochs else ""
    return f"Of each, {which}{span}{stopped}."


def _histories(results, experiment):
    return sorted((results.folder / "train" / experiment).glob("*.history.tsv"))


def _shown(experiment, cite):
    text = ""
    changes = [
        CHANGES[name].format(value)
        for name, value in experiment.get("augmentation", {}).items()
        if name in CHANGES and value
    ]
    if changes:
        text += f" Training volumes were changed at random by {listing(changes)} {cite('perezgarcia2021')}."
    kind = experiment.get("normalisation", "none")
    if kind != "none":
        paper = f" {cite('nyul1999')}" if "histogram" in kind else ""
        text += (
            f" Intensities were normalised, {NORMALISED[kind]}{paper}, by what the training scans of each split say."
        )
    if experiment.get("search"):
        text += (
            f" For each split, the values of {listing(experiment['search'])} were chosen on its validation scans; "
            "those "
            "given here are the first one's."
        )
    if experiment.get("pretrain"):
        text += " The layers before the classifier first learned to rebuild the split's training scans, without labels."
    if experiment.get("covariates"):
        text += f" Networks were told {listing(experiment['covariates'])} beside the volume."
    return text

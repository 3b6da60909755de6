"""Compare maps of networks that learnt permuted labels with their twin's, and score them where the truth is known."""

from types import SimpleNamespace

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.choice import checked
from voxplain.sanity.data_randomisation import COLUMNS, LOCALISED, localised_twins, twin_rows
from voxplain.sanity.described_maps import DescribedMaps
from voxplain.sanity.held_out import CheckedStudy
from voxplain.sanity.localised import on_grid_of, references_and_targets
from voxplain.sanity.region import seen_voxels
from voxplain.store import Volumes
from voxplain.training.arm_table import TRUE
from voxplain.training.devices import keep_freed_memory
from voxplain.training.trained import read_card
from voxplain.volumes.space import OWN


def randomise_data(store, folds, weights, cards, *, experiment, method, sanity, truths=None, mask=None, **named):
    """Tables of `twin_rows` and of `localised_twins`, the second without a row where nothing is known of the truth.

    ``weights`` and ``cards`` are those of all twins; ``truths`` files by effect and ``mask`` that of the template's
    brain, of a made cohort. ``named`` are ``scans`` and ``atlases``, see `CheckedStudy`.
    """
    study, sanity = CheckedStudy(store, read_folds(folds), experiment, method, **named), checked(sanity, method)
    torch.set_num_threads(experiment["training"]["threads"])
    rows, sources, network = [], {}, None
    for split, twins in progress(_twins_by_split(weights, cards).items(), label=f"twins, {method['name']}"):
        true = study.held_out(*twins[TRUE], sanity["permuted_per_split"])
        if true is None:
            continue
        network, volumes, described = true.network, true.volumes, {}
        compare = DescribedMaps(volumes, seen_voxels(true.network, volumes.shape, volumes.channels))
        for arm, files in twins.items():
            one = true if arm == TRUE else study.by_another(true, *files)
            maps = list(one.maps(study.device))
            described[arm] = compare.of_images(maps)
            about = {"subject": volumes.subjects, "label": true.label, "predicted": true.predicted, "maps": maps}
            sources.setdefault(arm, []).append(SimpleNamespace(**about))
        rows += [{"split": split, "seed": true.card["seed"], **row} for row in twin_rows(described, compare)]
    found = []
    targets = _targets(store, truths, mask, experiment, sanity, network) if sources else {}
    for effect, target in targets.items():
        found += localised_twins(sources, target, effect, resamples=sanity["bootstrap"], seed=[sanity["seed"]])
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(found, columns=LOCALISED)


def _twins_by_split(weights, cards):
    found = {}
    for pair in zip(weights, cards, strict=True):
        card = read_card(pair[1])
        found.setdefault(card["split"], {})[card["arm"]] = pair
    return found


def _targets(store, truths, mask, experiment, sanity, network):
    volumes = Volumes(store, mask=experiment["mask"])
    if not truths or volumes.space == OWN:
        return {}
    truths = {effect: on_grid_of(volumes, path, 1) for effect, path in truths.items()}
    brain = on_grid_of(volumes, mask, 0) > 0
    return references_and_targets(volumes, network, truths, brain, sanity["localisation"])[1]


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        tables = randomise_data(
            given.store,
            given.folds,
            given.weights,
            given.cards,
            experiment=asked.experiment,
            method=asked.method,
            sanity=asked.sanity,
            truths=dict(zip(asked.effects, given.truths, strict=True)),
            mask=given.mask,
            scans=given.get("scans"),
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
        )
        for output, table in zip((snakemake.output.similarity, snakemake.output.localisation), tables, strict=True):
            with written_whole(output) as path:
                with_undefined(table).to_csv(path, sep="\t", index=False)

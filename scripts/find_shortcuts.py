"""Look for what a network may go by that is no sign of its label: outside the brain, at its border, in size or site."""

import logging

import numpy as np
import pandas as pd
import torch

from voxplain.attribution.baselines import mean_volume
from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.relevance.named_options import training_scans
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.answers_given import answers_given, columns_beside
from voxplain.sanity.brain_filled import BrainFilled, any_brain
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.faces import CUE, erased_faces, faces_row
from voxplain.sanity.head_parts import PARTS, HeadParts
from voxplain.sanity.map_amounts import AMOUNT, SHARE, VOXELS, by_subject, map_amounts
from voxplain.sanity.masked_input import masked_predictions, masked_table
from voxplain.sanity.region import seen_voxels
from voxplain.sanity.shortcuts import COLUMNS, NETWORK, flag_links, link_rows, not_there, only_outside_row, share_row
from voxplain.sanity.untrained import first_of_each_split, untrained_maps
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import built, read_card, read_trained, shown_volumes
from voxplain.volumes.space import OWN

log = logging.getLogger("voxplain")
ONLY_BRAIN = "because the network is shown nothing but the brain"
OWN_SPACE = "because every scan lies in a space of its own"


def find_shortcuts(
    store, folds, scans, predictions, weights, cards, maps, *, experiment, methods, columns, sanity, atlases=None
):
    """Rows of COLUMNS of voxplain.sanity.shortcuts: for each method where its relevance lies, and what goes along.

    ``maps`` are the files of each method in turn, in the order of ``weights`` and ``cards``; ``scans`` is the table of
    all scans, of which ``columns`` are held against relevance and answers; ``atlases`` as in `untrained_maps`.
    """
    asked, table = sanity["shortcuts"], pd.read_csv(scans, sep="\t", dtype={"scan": str, "site": str})
    torch.set_num_threads(experiment["training"]["threads"])
    read, masked = [read_card(card) for card in cards], experiment["mask"] == "brain"
    volumes = Volumes(store)
    parts = HeadParts(volumes, seen_voxels(built(read[0]), volumes.shape, volumes.channels), asked["border"], masked)
    drawn = {"resamples": sanity["bootstrap"], "seed": [sanity["seed"]]}
    given = pd.read_csv(predictions, sep="\t", dtype={"scan": str, "subject": str})
    regression = any(card.get("task") == "regression" for card in read)
    told = experiment.get("covariates") or {}
    linked = drawn | {"regression": regression, "permutations": asked["permutations"], "told": told}
    rows = [_only_outside(store, folds, scans, weights, cards, experiment, sanity) if not masked else None]
    rows[0] = rows[0] or not_there(NETWORK, "only_outside", ONLY_BRAIN if masked else "because no scan was held out")
    rows.append(_faces(volumes, parts, asked, masked))
    answered = answers_given(given)
    beside = columns_beside(table, answered["scan"], columns, experiment["input"])
    links = link_rows(NETWORK, answered["answer"], answered["label"], beside, **linked)
    for number, method in enumerate(progress(methods, label="shortcuts")):
        own = [read_maps(path) for path in maps[number * len(cards) : (number + 1) * len(cards)]]
        amounts = by_subject(map_amounts(own, parts))
        never = _untrained(store, folds, scans, weights, read, own, parts, experiment, method, sanity, atlases)
        for cue in PARTS:
            if f"{SHARE}{cue}" not in amounts:
                why = ONLY_BRAIN if masked else OWN_SPACE if volumes.space == OWN else "because there is no map"
                rows.append(not_there(method["name"], cue, why))
                continue
            shares = amounts.groupby("subject")[f"{SHARE}{cue}"].mean().to_numpy()
            rows.append(
                share_row(method["name"], cue, shares, amounts[f"{VOXELS}{cue}"].mean(), never[cue], asked, **drawn)
            )
        beside = columns_beside(table, amounts["scan"], columns, experiment["input"])
        links += link_rows(method["name"], amounts[AMOUNT], amounts["label"], beside, **linked)
    return pd.DataFrame([*rows, *flag_links(links, asked, told)], columns=COLUMNS)


def _untrained(store, folds, scans, weights, cards, own, parts, experiment, method, sanity, atlases):
    """Mean share of every part, ``{part: (networks,)}``, in maps of networks never trained, some for each split."""
    asked, found = sanity["shortcuts"], {cue: [] for cue in PARTS}
    for draw in range(asked["untrained_networks"]):
        seed = int(np.random.SeedSequence([sanity["seed"], draw]).generate_state(1)[0])
        few = {"seed": seed, "untrained_per_split": asked["untrained_scans"]}
        for path, card, source in first_of_each_split(weights, cards, own):
            if not len(source.scan):
                continue
            named = {"experiment": experiment, "method": method, "sanity": few, "scans": scans}
            named |= {"folds": read_folds(folds), "atlases": atlases}
            shares = map_amounts([untrained_maps(store, path, card, source, **named)], parts)
            for cue in PARTS:
                if f"{SHARE}{cue}" in shares and shares[f"{SHARE}{cue}"].notna().any():
                    found[cue].append(shares[f"{SHARE}{cue}"].mean())
    return found


def _faces(volumes, parts, asked, masked):
    if masked or volumes.space == OWN:
        return not_there(NETWORK, CUE, ONLY_BRAIN if masked else OWN_SPACE)
    if not any((volumes[place][0][volumes.mask(place) == 0] != 0).any() for place in range(len(volumes))):
        return not_there(NETWORK, CUE, ONLY_BRAIN)
    return faces_row(erased_faces(volumes, parts), asked.get("faces", "unknown"))


def _only_outside(store, folds, scans, weights, cards, experiment, sanity):
    """The row of `only_outside_row` by the first seed of every split; None where no split holds out a scan."""
    folds, packed, first = read_folds(folds), set(Volumes(store).scans), {}
    for pair in zip(weights, cards, strict=True):
        first.setdefault(read_card(pair[1])["split"], pair)
    filled, whole, device = [], [], chosen_device(experiment["device"])
    for split, (path, card_path) in first.items():
        network, card = read_trained(path, card_path)
        rows = folds.table[(folds.table["split"] == split) & folds.table["scan"].isin(packed)]
        held_out = rows[rows["role"] == "test"]
        if network is None or held_out.empty:
            log.info("%s: not shown the outside alone, %s", split, card.get("empty", "it holds out no scan"))
            continue
        training = shown_volumes(store, training_scans(folds, split, packed), experiment["mask"], path, card)
        common = None if training.space == OWN else any_brain(training)
        volumes = shown_volumes(store, held_out["scan"].tolist(), experiment["mask"], path, card)
        covariates = covariates_of(card, scans, volumes.scans)
        for tables, seen in ((filled, BrainFilled(volumes, mean_volume(training), common)), (whole, volumes)):
            logits = predicted_logits(network, seen, device=device, covariates=covariates)
            tables.append(masked_predictions(volumes, held_out, logits, card))
    if not filled:
        return None
    tables = {("filled", 0.0): pd.concat(filled), ("whole", 1.0): pd.concat(whole)}
    scores = masked_table(tables, sanity["bootstrap"], sanity["seed"])
    scores = scores[scores["split"] == "all"].set_index("mask")
    return only_outside_row(scores.loc["filled"], scores.loc["whole"])


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        table = find_shortcuts(
            given.store,
            given.folds,
            given.scans,
            given.predictions,
            given.weights,
            given.cards,
            given.maps,
            experiment=asked.experiment,
            methods=asked.methods,
            columns=asked.columns,
            sanity=asked.sanity,
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
        )
        with written_whole(snakemake.output.shortcuts) as path:
            with_undefined(table).to_csv(path, sep="\t", index=False)

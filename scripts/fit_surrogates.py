"""Fit simple models to what networks answer, and say how well they foretell answers to held-out scans."""

import json
import logging

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.fidelity import fidelity_table, split_surrogates
from voxplain.insight.named_features import features_of_study
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.relevance.atlas import of_volumes, read_atlas
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory

TERMS = ["split", "seed", "surrogate", "output", "feature", "weight"]

log = logging.getLogger("voxplain")


def fit_surrogates(store, folds, weights, cards, scans, *, experiment, asked, label, atlas=None, **tables):
    """Tables by name (fidelity, answers, terms), and what else is told of the models, for a file of JSON.

    ``asked`` are the settings ``insight.surrogates``, ``label`` the column that the label is made from, ``atlas`` the
    files of labels and names where regions are asked for; ``tables`` are what `features_of_study` takes besides. A
    network that nothing can be fitted to is left out, with the reason.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    atlas = atlas and of_volumes(read_atlas(*atlas), Volumes(store))
    study = features_of_study(asked["features"], scans, atlas=atlas, label=label, where="insight.surrogates", **tables)
    options = {name: asked[name] for name in ("rule", "max_depth", "seed")}
    options |= {"groups": read_folds(folds).groups, "device": chosen_device(experiment["device"])}
    terms, answers, models, refused = [], [], [], {}
    networks = networks_of_splits(store, folds, weights, cards, mask=experiment["mask"], scans=scans)
    for one in progress(networks, label="fit surrogates", total=len(cards)):
        try:
            features = study.of(one.training, one.held_out)
            kinds = [kind for kind in asked["kinds"] if kind != "logistic" or one.card["classes"]]
            parts = one.network, one.training, one.held_out, features, one.card["split"]
            fitted, told = split_surrogates(
                *parts, kinds=kinds, covariates=one.covariates, number=one.card["seed"], **options
            )
        except (InputError, UnsupportedModel) as fault:
            refused[one.file_stem] = str(fault)
            log.info("%s: %s", one.file_stem, fault)
            continue
        answers.append(told)
        for kind, model in fitted.items():
            terms.append(model.terms.assign(**one.named, surrogate=kind))
            models.append(one.named | {"surrogate": kind, "chosen": model.chosen, "text": model.text})
    found = {"answers": pd.concat(answers, ignore_index=True) if answers else pd.DataFrame(columns=["scan"])}
    found["fidelity"] = fidelity_table(found["answers"], asked["bootstrap"], asked["seed"])
    found["terms"] = pd.concat(terms, ignore_index=True)[TERMS] if terms else pd.DataFrame(columns=TERMS)
    return found, {"left_out": study.left_out, "refused": refused, "models": models}


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        files = given.store, given.folds, given.weights, given.cards, given.scans
        how = {"label": asked.label_column, "covariates": asked.covariates}
        how |= {name: given.get(name) or None for name in ("measures", "atlas")}
        tables, told = fit_surrogates(*files, experiment=asked.experiment, asked=asked.asked, **how)
        for name, table in tables.items():
            with written_whole(left[name]) as path:
                table.to_csv(path, sep="\t", index=False, na_rep="undefined")
        with written_whole(left.models) as path:
            path.write_text(json.dumps(told, indent=1) + "\n")

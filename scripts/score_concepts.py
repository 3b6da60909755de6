"""Ask whether answers of networks move with concepts, such as age or a region, more than with random ones."""

import json
import logging

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.concept_tests import COLUMNS, concept_tests
from voxplain.insight.concept_values import dealt_concepts
from voxplain.insight.concepts import SCANS, split_concepts
from voxplain.insight.named_features import features_of_study
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.relevance.atlas import of_volumes, read_atlas
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory

log = logging.getLogger("voxplain")


def score_concepts(store, folds, weights, cards, scans, *, experiment, asked, label, atlas=None, **tables):
    """A row for each concept, see `concept_tests`; one for each concept and held-out scan; and what was left out.

    ``asked`` are the settings ``insight.concepts``, ``label`` the column that the label is made from, ``atlas`` the
    files of labels and names where regions are asked for; ``tables`` are what `features_of_study` takes besides. Of
    more than two classes each is asked about. A network that cannot be asked is left out, with the reason.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    rows = read_folds(folds).table.drop_duplicates("scan")
    rows = rows[rows["scan"].isin(Volumes(store).scans)].set_index("scan")
    volumes = Volumes(store, rows.index.tolist(), experiment["mask"])
    atlas = atlas and of_volumes(read_atlas(*atlas), volumes)
    study = features_of_study(asked["features"], scans, atlas=atlas, label=label, where="insight.concepts", **tables)
    concepts = study.of(volumes)
    options = {name: asked[name] for name in ("layer", "kind", "pooled")} | {
        "device": chosen_device(experiment["device"])
    }
    drawn, of_scans, refused = [], [], {}
    networks = networks_of_splits(store, folds, weights, cards, mask=experiment["mask"], scans=scans)
    for one in progress(networks, label="score concepts", total=len(cards)):
        classes = len(one.card["classes"])
        within = rows["label"].to_dict() if asked["within_classes"] and classes else None
        dealt = dealt_concepts(concepts, rows["subject"].to_dict(), asked["draws"], asked["seed"], within)
        parts = one.network, one.training, one.held_out, dealt, one.card["split"]
        how = options | {"covariates": one.covariates, "number": one.card["seed"]}
        try:
            for target in range(classes) if classes > 2 else (None,):
                found = split_concepts(*parts, target=target, **how)
                drawn.append(found[0])
                of_scans.append(found[1])
        except (InputError, UnsupportedModel) as fault:
            refused[one.file_stem] = str(fault)
            log.info("%s: %s", one.file_stem, fault)
    found = {"concepts": concept_tests(pd.concat(drawn)) if drawn else pd.DataFrame(columns=COLUMNS)}
    found["scans"] = pd.concat(of_scans, ignore_index=True) if of_scans else pd.DataFrame(columns=SCANS)
    return found, {"left_out": study.left_out, "refused": refused}


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        files = given.store, given.folds, given.weights, given.cards, given.scans
        how = {"label": asked.label_column, "covariates": asked.covariates}
        how |= {name: given.get(name) or None for name in ("measures", "atlas")}
        tables, told = score_concepts(*files, experiment=asked.experiment, asked=asked.asked, **how)
        for name, table in tables.items():
            with written_whole(left[name]) as path:
                table.to_csv(path, sep="\t", index=False, na_rep="undefined")
        with written_whole(left.about) as path:
            path.write_text(json.dumps(told, indent=1) + "\n")

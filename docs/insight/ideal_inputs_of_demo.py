"""Print how much ideal inputs of a finished made study agree between splits, and with the effect that was planted.

python docs/insight/ideal_inputs_of_demo.py results/demo brain 1
"""

import sys
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from voxplain.cohort.folds import read_folds
from voxplain.insight.activation_maximisation import maximise_activation
from voxplain.insight.training_brains import training_brains
from voxplain.sanity.target import target
from voxplain.sanity.voxel_scores import voxel_scores
from voxplain.training.trained import read_trained, shown_volumes

PRIORS = {
    "none": {"l2": 0, "tv": 0, "blur": 0, "jitter": 0},
    "default": {},
    "subspace": {"subspace": 1.0},
    "projected": {"projected": True},
}


def changes_by_priors(folder, name, class_asked, iterations=60, draws=2):
    """``{priors: changes (splits, x, y, z)}`` of a study's networks of one experiment, and a table, a row a draw."""
    changes, rows = {one: [] for one in PRIORS}, []
    folds = read_folds(next(folder.glob("cohort/*_folds.tsv")))
    for weights in sorted((folder / "train" / name).glob("*.pt")):
        card_file = weights.with_suffix(".card.json")
        network, card = read_trained(weights, card_file)
        store, scans = folder / "packed" / f"{card['input']}.h5", folds.roles(card["split"])[0]
        volumes = shown_volumes(store, scans, card["mask"], weights, card)
        brains = training_brains(volumes, 8)
        for priors, options in PRIORS.items():
            asked = {"iterations": iterations, "draws": draws, "brains": brains}
            found = maximise_activation(network, volumes, class_asked, **asked, **options)
            changes[priors].append(found.changes[:, 0].mean(0))
            rows.append(found.draws.assign(split=card["split"], priors=priors))
    return changes, pd.concat(rows)


def located(changes, folder):
    """AUC of the size of the mean change against the regional effect, in the brain."""
    truth, brain = (
        np.asarray(nibabel.load(next(folder.glob(pattern))).dataobj)
        for pattern in ("sanity/truth/*_effect-region.nii.gz", "template/*_mask.nii.gz")
    )
    wanted = target(truth, brain, (1, 1, 1), 0)
    return voxel_scores(np.abs(np.mean(changes, 0))[brain > 0], wanted)[0]


def alike(changes):
    """The mean correlation of the changes of two splits."""
    table = np.corrcoef([one.ravel() for one in changes])
    return table[np.triu_indices(len(table), 1)].mean()


if __name__ == "__main__":
    study, experiment, asked = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    by_priors, draws = changes_by_priors(study, experiment, asked)
    table = draws.groupby("priors")[["score_after", "training_best", "alike"]].mean()
    table["between_splits"] = {name: alike(changes) for name, changes in by_priors.items()}
    table["auc"] = {name: located(changes, study) for name, changes in by_priors.items()}
    sys.stdout.write(table.loc[list(PRIORS)].round(3).to_string() + "\n")

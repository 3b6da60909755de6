"""What trained networks say of scans: classes with their probabilities, or amounts in the label's unit."""

import pandas as pd
import torch

from voxplain.training.covariates import covariate_values
from voxplain.training.shown_batches import passed_batches

COLUMNS = ["scan", "subject", "group", "split", "seed", "label", "predicted"]


def predicted_logits(network, volumes, batch=8, device="cpu", covariates=None):
    """Logits ``(n, classes)`` of every scan of ``volumes``, float64; the network is left in evaluation mode.

    covariates: ``(n, values)`` of the same scans, for a network that takes them beside its volumes.
    """
    logits, _ = predicted_outputs(network, volumes, batch, device, covariates, votes=False)
    return logits


@torch.inference_mode()
def predicted_outputs(network, volumes, batch=8, device="cpu", covariates=None, votes=True):
    """Logits of every scan and, of a network that judges slab by slab, the share of slabs for each class, else None.

    Both are ``(n, classes)``, float64. Where memory runs out ``batch`` is halved, which the log says.
    """
    network, asked = network.to(device).eval(), votes and hasattr(network, "votes")

    def passed(given):
        return network(*given), network.votes(given[0]) if asked else None

    logits, shares = zip(*passed_batches(passed, volumes, batch, device, covariates), strict=True)
    return torch.cat(logits).cpu().double(), torch.cat(shares).cpu().double() if asked else None


def judged(network, card, volumes, rows, scans=None, device="cpu"):
    """The predictions of ``volumes`` by a trained network, as its card says: see `prediction_table`.

    rows: the table of their folds or of another cohort, with the columns scan, label and, where it has groups, group;
    each scan once. scans: the table of all scans, from which the covariates of a network that takes some are read.
    """
    known, values = rows.set_index("scan"), None
    if card.get("covariates"):
        values = covariate_values(card["covariates"], scans, volumes.scans)
    logits, votes = predicted_outputs(network, volumes, device=device, covariates=values)
    of_scans = known.loc[list(volumes.scans)]
    return prediction_table(
        volumes.scans,
        volumes.subjects,
        of_scans["label"].tolist(),
        logits,
        card["split"],
        card["seed"],
        groups=of_scans["group"].tolist() if "group" in of_scans else None,
        votes=votes,
        target=card.get("target") if card.get("task") == "regression" else None,
    )


def prediction_table(scans, subjects, labels, logits, split, seed, *, groups=None, votes=None, target=None):
    """One row a scan: label, predicted class, and the probability and logit of each class.

    groups: what is never divided, the subjects where not given. votes: shares of slabs ``(n, classes)``; the class of
    most slabs is then the predicted one, of a draw the more probable. target: mean and sd of the labels that a
    regression was trained on in place of classes; ``predicted`` is then in the label's unit and nothing follows it.
    """
    groups = subjects if groups is None else groups
    table = pd.DataFrame({"scan": scans, "subject": subjects, "group": groups, "split": split, "seed": seed})
    table["label"] = labels
    if target is not None:
        return table.assign(predicted=logits[:, 0].numpy() * target["sd"] + target["mean"])
    probabilities = torch.softmax(logits, 1)
    # A probability is below 1 and shares differ by a whole slab: it settles draws and nothing else
    chosen = logits if votes is None else votes + 1e-6 * probabilities
    table["predicted"] = chosen.argmax(1).numpy()
    shown = {"probability": probabilities, "logit": logits} | ({} if votes is None else {"vote": votes})
    for kind, values in shown.items():
        for place in range(logits.shape[1]):
            table[f"{kind}_{place}"] = values[:, place].numpy()
    return table


def by_subject(predictions):
    """``predictions`` with one row for each subject of a split and seed: the mean over all its scans.

    The mean is of probabilities, or of predicted amounts and of the amounts themselves. A subject whose class changes
    between visits counts once in each class. None where nobody has several scans.
    """
    keys = ["subject", *(["group"] if "group" in predictions else []), "split", "seed"]
    probabilities = [column for column in predictions if column.startswith("probability_")]
    keys += ["label"] if probabilities else []
    if predictions.empty or not predictions.duplicated(keys).any():
        return None
    averaged = probabilities or ["label", "predicted"]
    rows = predictions.groupby(keys, as_index=False)[averaged].mean()
    if probabilities:
        rows["predicted"] = rows[probabilities].to_numpy().argmax(1)
    rows["scan"] = rows["subject"]
    return rows[["scan", *(one for one in COLUMNS[1:] if one in rows), *probabilities]]


def empty_predictions(classes=2):
    """A prediction table without a row, for a study in which no split holds out a scan; classes None: a regression."""
    columns = [f"{kind}_{place}" for kind in ("probability", "logit") for place in range(classes or 0)]
    return pd.DataFrame(columns=[*COLUMNS, *columns])

"""What trained networks say of scans."""

import pandas as pd
import torch

COLUMNS = ["scan", "subject", "split", "seed", "label", "predicted"]


@torch.inference_mode()
def predicted_logits(network, volumes, batch=8, device="cpu"):
    """Logits ``(n, classes)`` of every scan of ``volumes``, float64; the network is left in evaluation mode."""
    network = network.to(device).eval()
    logits = [
        network(torch.stack([volumes[place] for place in range(start, min(start + batch, len(volumes)))]).to(device))
        for start in range(0, len(volumes), batch)
    ]
    return torch.cat(logits).cpu().double()


def prediction_table(scans, subjects, labels, logits, split, seed):
    """One row a scan: label, predicted class, and the probability and logit of each class."""
    probabilities = torch.softmax(logits, 1)
    table = pd.DataFrame({"scan": scans, "subject": subjects, "split": split, "seed": seed, "label": labels})
    table["predicted"] = logits.argmax(1).numpy()
    for kind, values in (("probability", probabilities), ("logit", logits)):
        for place in range(logits.shape[1]):
            table[f"{kind}_{place}"] = values[:, place].numpy()
    return table


def by_subject(predictions):
    """``predictions`` with one row for each subject of a split and seed: the mean probabilities of all its scans.

    A subject whose class changes between visits counts once in each class. None where nobody has several scans.
    """
    keys = ["subject", "split", "seed", "label"]
    probabilities = [column for column in predictions if column.startswith("probability_")]
    if predictions.empty or not predictions.duplicated(keys).any():
        return None
    rows = predictions.groupby(keys, as_index=False)[probabilities].mean()
    predicted = rows[probabilities].to_numpy().argmax(1)
    return rows.assign(scan=rows["subject"], predicted=predicted)[["scan", *keys, "predicted", *probabilities]]


def empty_predictions(classes=2):
    """A prediction table without a row, for a study in which no split holds out a scan."""
    columns = [f"{kind}_{place}" for kind in ("probability", "logit") for place in range(classes)]
    return pd.DataFrame(columns=[*COLUMNS, *columns])

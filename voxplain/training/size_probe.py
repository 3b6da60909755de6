"""What a network's answers owe to size: along with it within classes, and when a held-out scan is made larger.

The answer is a log-odds: of class 1 where there are two classes, of a scan's own class where there are more; of a
regression it is the amount, in the label's unit.
"""

import numpy as np
import pandas as pd
import torch

from voxplain.training.augmentation.changes import rescaled
from voxplain.training.changed_volumes import ChangedVolumes
from voxplain.training.predictions import predicted_logits

COLUMNS = ["class", "n", "correlation", "native_correlation", "larger", "smaller"]
LEAST = 3  # scans of which a correlation says anything


class RescaledVolumes(ChangedVolumes):
    """``volumes`` with every scan, and its mask, made ``factor`` times as large about the middle of its grid."""

    def __init__(self, volumes, factor):
        super().__init__(volumes)
        self._factors = [factor] * 3

    def __getitem__(self, place):
        return rescaled(self._volumes[place], self._factors)

    def mask(self, place):
        """The brain of the scan at ``place``, ``(x, y, z)`` uint8."""
        return (rescaled(self._volumes.mask(place)[None].float(), self._factors)[0] > 0.5).to(torch.uint8)


def answers(logits, labels, card):
    """What the network of ``card`` says of scans with ``labels``, float64 (n,), from its outputs (n, classes)."""
    if card.get("task") == "regression":
        return logits[:, 0].numpy() * card["target"]["sd"] + card["target"]["mean"]
    own = torch.ones(len(labels), dtype=torch.long)
    if logits.shape[1] > 2:
        own = torch.as_tensor([int(label) for label in labels])
    others = logits.scatter(1, own[:, None], float("-inf"))
    return (logits.gather(1, own[:, None])[:, 0] - others.logsumexp(1)).numpy()


def probed(network, card, shown, labels, share, *, covariates=None, device="cpu"):
    """One row for each scan: its ``answer``, and what it becomes when the scan is ``larger`` and ``smaller``.

    ``shown(changed)`` gives the volumes that the network sees, those of the store put through ``changed`` (None: as
    they are); ``labels`` are theirs; ``share`` is the change of length, 0.05 for 1.05 and 1 / 1.05 times as long.
    """
    found = {"scan": shown(None).scans, "label": labels}
    for name, factor in (("answer", 1.0), ("larger", 1 + share), ("smaller", 1 / (1 + share))):
        changed = None if factor == 1 else lambda volumes, factor=factor: RescaledVolumes(volumes, factor)
        logits = predicted_logits(network, shown(changed), device=device, covariates=covariates)
        found[name] = answers(logits, labels, card)
    return pd.DataFrame(found)


def size_table(rows, sizes, native_sizes, classes):
    """One row of COLUMNS for each class, or for all scans of a regression, which has no ``classes``.

    ``rows`` are those of `probed`, a scan's repeats averaged; ``sizes`` and ``native_sizes`` are brain volumes by scan,
    after and before the input's transform. ``correlation`` is Pearson's of answer and size over the scans of a class
    (of a regression of its error, so that what size tells of the label is no fault), missing where either does not
    vary; ``larger`` and ``smaller`` are mean changes of the answer.
    """
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    means = rows.groupby("scan")[["label", "answer", "larger", "smaller"]].mean()
    parts = [(name, means[means["label"] == place]) for place, name in enumerate(classes)]
    found = []
    for name, part in parts or [("all", means)]:
        told = part["answer"] if classes else part["answer"] - part["label"]
        found.append(
            {
                "class": name,
                "n": len(part),
                "correlation": _correlation(told, part.index.map(sizes)),
                "native_correlation": _correlation(told, part.index.map(native_sizes)),
                "larger": (part["larger"] - part["answer"]).mean(),
                "smaller": (part["smaller"] - part["answer"]).mean(),
            }
        )
    return pd.DataFrame(found, columns=COLUMNS)


def _correlation(told, sizes):
    both = np.array([told, sizes], float)
    both = both[:, np.isfinite(both).all(axis=0)]
    if both.shape[1] < LEAST or (np.ptp(both, axis=1) <= 1e-9 * np.abs(both).max(axis=1)).any():
        return np.nan
    return float(np.corrcoef(both)[0, 1])

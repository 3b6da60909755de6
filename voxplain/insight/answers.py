"""What a network answers, as amounts that a simple model can be asked to foretell."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from voxplain.errors import InputError, UnsupportedModel
from voxplain.training.predictions import predicted_logits


@dataclass(frozen=True)
class Answers:
    """``values`` (n, outputs) float64 to n scans, and whether they are ``amounts`` or speak for classes.

    Of two classes a value is the log-odds of class 1, one output; of more the logit of each class less the mean over
    classes, as what is common to all changes no probability; amounts are in the unit that the network was trained in.
    """

    values: np.ndarray
    amounts: bool

    @property
    def probabilities(self):
        """Probability of each class, (n, classes); None of amounts."""
        if self.amounts:
            return None
        one = self.values.shape[1] == 1
        return softmax(np.column_stack([np.zeros(len(self.values)), self.values]) if one else self.values, axis=1)

    def __len__(self):
        return len(self.values)


def as_answers(logits):
    """`Answers` of logits (n, classes), or of amounts (n, 1)."""
    logits = np.asarray(logits, float)
    if logits.shape[1] == 2:
        return Answers(logits[:, 1:] - logits[:, :1], False)
    if logits.shape[1] == 1:
        return Answers(logits, True)
    return Answers(logits - logits.mean(axis=1, keepdims=True), False)


def answers_of(network, volumes, covariates=None, device="cpu"):
    """`Answers` of ``network`` to every scan of ``volumes``; the network is left in evaluation mode.

    covariates: (n, values) of the same scans, for a network that takes them beside its volumes. Raises UnsupportedModel
    where the network gives no row of classes or amounts for each scan, and InputError for answers that are not finite.
    """
    if not len(volumes):
        raise InputError("surrogates: there is no scan to ask the network about; give at least one")
    logits = predicted_logits(network, volumes, device=device, covariates=covariates)
    if logits.dim() != 2 or len(logits) != len(volumes):
        raise UnsupportedModel(
            f"{type(network).__name__} gives shape {tuple(logits.shape)} for {len(volumes)} scans; wrap it to return "
            "(batch, classes)"
        )
    found = as_answers(logits.numpy())
    wrong = np.flatnonzero(~np.isfinite(found.values).all(axis=1))
    if len(wrong):
        raise InputError(f"{volumes.scans[wrong[0]]}: the network's answer is not finite; train it again")
    return found

"""What a network is trained for: two classes, several, or an amount; its loss, and how an epoch is judged."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score
from torch.nn.functional import cross_entropy, mse_loss

from voxplain.errors import InputError, SettingsError


def task_of(classes):
    """The task of a label with so many ``classes``, a number or their names: none is a regression."""
    count = classes if isinstance(classes, int) else len(classes)
    return "regression" if count == 0 else "binary" if count == 2 else "multiclass"


@dataclass(frozen=True)
class Objective:
    """A ``task`` with its number of ``classes`` (0 for a regression) and a ``weight`` a class, None for equal ones.

    A regression is trained on ``(label - mean) / sd``; its scores are in the label's unit.
    """

    classes: int = 2
    weight: tuple | None = None
    mean: float = 0.0
    sd: float = 1.0

    @property
    def task(self):
        """binary, multiclass or regression."""
        return task_of(self.classes)

    @property
    def target(self):
        """What a regression's labels were scaled by, ``{mean, sd}``; None for classes."""
        return None if self.classes else {"mean": self.mean, "sd": self.sd}

    def targets(self, labels):
        """``labels`` as a network is trained on them: (n,) whole numbers, or float32 of mean 0 and deviation 1."""
        if self.classes:
            return torch.tensor([int(label) for label in labels], dtype=torch.int64)
        return ((torch.tensor([float(label) for label in labels], dtype=torch.float64) - self.mean) / self.sd).float()

    def loss(self, logits, targets):
        """Mean cross-entropy, or mean squared error of scaled amounts, of logits ``(batch, classes or 1)``.

        With weights it is the weighted mean, as of torch.
        """
        if not self.classes:
            return mse_loss(logits.float()[:, 0], targets)
        weight = None if self.weight is None else torch.tensor(self.weight, device=logits.device)
        return cross_entropy(logits.float(), targets, weight)

    def amount(self, targets):
        """What ``targets`` count in a mean of the loss: their number, or the weights of their classes together."""
        if self.weight is None or not self.classes:
            return len(targets)
        return float(torch.tensor(self.weight, dtype=torch.float64)[targets].sum())

    def training_scores(self, logits, targets):
        """Accuracy, or mean absolute error in the label's unit, of the steps of an epoch."""
        if self.classes:
            return {"accuracy": float((logits.argmax(1) == targets).double().mean())}
        return {"mae": float((logits[:, 0] - targets).abs().double().mean()) * self.sd}

    def validation_scores(self, logits, targets):
        """Balanced accuracy and ROC AUC (one-vs-rest, macro), or mean absolute error and R2; nan where undefined."""
        true = targets.numpy()
        if not self.classes:
            r2 = float(r2_score(true, logits[:, 0].numpy())) if len(true) > 1 else np.nan
            return self.training_scores(logits, targets) | {"r2": r2}
        balanced = float(balanced_accuracy_score(true, logits.argmax(1).numpy()))
        return {"balanced_accuracy": balanced, "roc_auc": self._roc_auc(true, logits)}

    def _roc_auc(self, true, logits):
        if len(np.unique(true)) < self.classes:
            return np.nan
        probabilities = torch.softmax(logits.double(), 1).numpy()
        if self.classes == 2:
            return float(roc_auc_score(true, probabilities[:, 1]))
        return float(roc_auc_score(true, probabilities, multi_class="ovr"))


def objective_of(classes, labels, class_weights="none"):
    """The Objective for training ``labels`` of so many ``classes``, 0 for a regression.

    ``class_weights``: none; balanced, n / (classes * n_class); or a list, one number a class. Raises `InputError` where
    a class has no training scan or a regression one value, and `SettingsError` for weights that fit no class.
    """
    if not classes:
        amounts = np.asarray(labels, float)
        if not len(amounts) or not amounts.std() > 0:
            raise InputError(f"{len(amounts)} training scans are left, all of one value; use fewer folds or more scans")
        return Objective(0, mean=float(amounts.mean()), sd=float(amounts.std()))
    counts = np.bincount([int(label) for label in labels], minlength=classes)
    if (counts == 0).any():
        which = "both classes" if classes == 2 else f"all {classes} classes"
        raise InputError(f"{len(labels)} training scans are left, and not of {which}; use fewer folds or more scans")
    if class_weights == "balanced":
        return Objective(classes, tuple((len(labels) / (classes * counts)).tolist()))
    if class_weights == "none":
        return Objective(classes)
    if len(class_weights) != classes:
        raise SettingsError(
            f'setting "training.class_weights" has {len(class_weights)} numbers for {classes} classes; give one a class'
        )
    return Objective(classes, tuple(map(float, class_weights)))

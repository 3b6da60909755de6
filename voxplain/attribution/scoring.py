"""What a map explains: one number per volume, of a class or of a unit inside the network."""

from dataclasses import dataclass, field, replace

import torch
from torch import nn

from voxplain.attribution.layers import tapped
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.networks.options import check_choice

SCORES = ("log_odds", "logit", "probability")


@dataclass(frozen=True)
class Asked:
    """A question put to ``model``: ``classes`` (one per volume; None: whichever it predicts) and score, or a unit.

    ``shared`` is what the methods of one request share, see voxplain.attribution.shared_passes; None: nothing.
    """

    model: nn.Module
    classes: torch.Tensor | None = None
    score: str | None = None
    unit: tuple | None = None
    shared: object = field(default=None, compare=False, repr=False)

    def scores(self, volumes):
        """The number explained for each of ``volumes``, (batch,), with its graph."""
        if self.unit:
            return self._unit_values(volumes)
        return self.scores_of(self.model(volumes), len(volumes))

    def plain_scores(self, volumes):
        """The same without a graph, by the quickest way there."""
        with torch.no_grad():
            outputs = self.shared.outputs(self, volumes) if self.shared else None
            return self.scores(volumes.clone()) if outputs is None else self.scores_of(outputs, len(volumes))

    def scores_of(self, outputs, count):
        """The number explained for each of ``count`` volumes, from what the network said of them."""
        logits = _logits(outputs, count)
        return _class_scores(logits, self._classes_of(logits), self.score)

    def settled(self, volumes):
        """The same question with the predicted classes written down, for methods that change the volumes."""
        if self.unit or self.classes is not None:
            return self
        classes = self.shared.predicted(self, volumes) if self.shared else None
        if classes is not None:
            return replace(self, classes=classes)
        with torch.no_grad():
            logits = _logits(self.model(volumes.clone()), len(volumes))
        return replace(self, classes=logits.argmax(1))

    def of(self, rows):
        """The same question about the volumes that the index tensor ``rows`` picks."""
        return self if self.classes is None else replace(self, classes=self.classes[rows.to(self.classes.device)])

    def _classes_of(self, logits):
        if self.classes is None:
            return logits.argmax(1)
        wrong = (self.classes < 0) | (self.classes >= logits.shape[1])
        if wrong.any():
            count = logits.shape[1]
            raise SettingsError(
                f"target is {int(self.classes[wrong][0])}, but the network has {count} outputs; use 0 to {count - 1}"
            )
        return self.classes

    def _unit_values(self, volumes):
        layer, channel, position = self.unit
        with tapped(self.model, layer) as tap:
            self.model(volumes)
        values = tap.activation()
        limits = values.shape[1:]
        if len(limits) != 1 + len(position):
            raise SettingsError(
                f'target: position {position} in layer "{layer}", whose units have {len(limits) - 1} spatial axes'
            )
        if any(not 0 <= at < limit for at, limit in zip((channel, *position), limits, strict=True)):
            raise SettingsError(
                f'target: no channel {channel} at {position} in layer "{layer}", which is {tuple(limits)} large'
            )
        return values[(slice(None), channel, *position)]


def asked(model, target, score, volumes):
    """The question that ``target`` and ``score`` of ``attribute`` stand for; SettingsError when they stand for none."""
    if isinstance(target, tuple | list) and target and isinstance(target[0], str):
        return Asked(model, unit=_unit(target, score))
    if score is not None:
        check_choice("score", score, SCORES)
    if isinstance(target, str):
        if target != "predicted":
            raise SettingsError(f'target is "{target}"; use "predicted", a class, one class per volume, or a unit')
        return Asked(model, score=score)
    classes = _whole_numbers(target)
    if classes.dim() == 0:
        classes = classes.expand(len(volumes))
    if classes.shape != (len(volumes),):
        raise SettingsError(f"target has shape {tuple(classes.shape)} for {len(volumes)} volumes; give one class each")
    return Asked(model, classes.to(volumes.device), score)


def _whole_numbers(target):
    try:
        classes = torch.as_tensor(target)
    except (TypeError, ValueError, RuntimeError):
        raise SettingsError(f"target is {target!r}; use classes, which are whole numbers from 0") from None
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise SettingsError(f"target is {target!r}; use classes, which are whole numbers from 0")
    return classes.long()


def _unit(target, score):
    if score is not None:
        raise SettingsError(
            f'score is "{score}", but the target is a unit, whose value itself is explained; leave it out'
        )
    if len(target) != 3 or not isinstance(target[1], int):
        raise SettingsError(f"target is {target!r}; a unit is (layer, channel, position)")
    layer, channel, position = target
    position = (position,) if isinstance(position, int) else tuple(position or ())
    if not all(isinstance(at, int) for at in position):
        raise SettingsError(f"target is {target!r}; a position is one whole number per spatial axis")
    return layer, channel, position


def _logits(outputs, count):
    if not isinstance(outputs, torch.Tensor):
        raise UnsupportedModel(f"the network returns a {type(outputs).__name__}; wrap it to return (batch, classes)")
    if outputs.dim() == 1 and len(outputs) == count:
        outputs = outputs[:, None]
    if outputs.dim() != 2 or len(outputs) != count:
        raise UnsupportedModel(
            f"the network returns shape {tuple(outputs.shape)} for {count} volumes; wrap it to return (batch, classes)"
        )
    return outputs


def _class_scores(logits, classes, score):
    count = logits.shape[1]
    score = score or ("log_odds" if count == 2 else "logit")
    if count == 1 and score != "logit":
        raise SettingsError(f'score is "{score}", but the network has one output; use "logit"')
    chosen = logits.gather(1, classes[:, None])
    if score == "logit":
        return chosen[:, 0]
    if score == "probability":
        return logits.softmax(1).gather(1, classes[:, None])[:, 0]
    # log p/(1-p): with two classes the logit of the other one is all that is left
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return chosen[:, 0] - others.logsumexp(1)

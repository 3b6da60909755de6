"""Which concepts a network goes by: testing with concept activation vectors, beside random concepts.

A concept is a number of each scan: age, a region's volume, a scanner. Training scans say in which direction of a
layer's activations it grows; on held-out scans it is asked whether the network's answer grows with it. Kim et al.,
Interpretability beyond feature attribution, ICML 2018; for amounts Graziani et al., iMIMIC 2018.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.errors import InputError
from voxplain.insight.concept_gradients import answered, concept_layer, layer_gradients
from voxplain.insight.concept_vectors import KINDS, activation_span, concept_vector
from voxplain.insight.features import look
from voxplain.networks.options import check_choice

DRAWN = ["split", "seed", "layer", "target", "concept", "draw", "n", "positive", "total", "reading", "fitted"]
SCANS = ["split", "seed", "layer", "target", "concept", "scan", "subject", "slope", "alignment"]
LEAST_FITTED = 6


def split_concepts(network, training, held_out, dealt, split, *, layer=None, kind="regression", **options):
    """Two tables of one split: what each concept and each of its draws comes to, and each held-out scan's slopes.

    training, held_out: `Volumes` as the network is shown them. dealt: the concepts and their random twins, see
    `dealt_concepts`; scans without a value are not learned from. layer: by default see `concept_layer`. kind: how a
    direction is learned, see `concept_vector`. options: ``target``, see `answered`; ``within`` {scan: class}, and
    concepts are learned as distances from the mean of the training scans' class, so that a concept which goes along
    with the label is not the label; ``pooled``, ``batch``, ``device``; ``covariates``, a pair of (n, values), for a
    network that takes them; ``number``, the training's own seed, for the tables.

    Columns of the first: DRAWN; ``draw`` 0 is the concept. Of ``n`` held-out scans ``positive`` have an answer that
    grows with it, ``total`` is the sum of their alignments, cosines between the gradient and the direction, and
    ``reading`` the rank correlation of value and activation along the direction: whether the layer knows the concept.
    Of the second: SCANS; ``slope`` is the change of the answer for a step of length 1 in activations.
    Raises UnsupportedModel for a layer that has no row for each scan, InputError for one that is the same for all.
    """
    check_choice("kind", kind, KINDS)
    target, within, number = options.pop("target", None), options.pop("within", None), options.pop("number", 1)
    beside = options.pop("covariates", None) or (None, None)
    layer = layer or concept_layer(network, training, beside[0], options.get("device", "cpu"))
    learnt = look(network, training, layer, covariates=beside[0], **options)
    named = {"split": split, "seed": number, "layer": layer, "target": answered(learnt.outputs, target)}
    if not len(held_out):
        return pd.DataFrame(columns=DRAWN), pd.DataFrame(columns=SCANS)
    span = activation_span(learnt.features)
    placed = span.placed(look(network, held_out, layer, covariates=beside[1], **options).features)
    slopes, lengths = layer_gradients(
        network, held_out, layer, named["target"], span.basis, covariates=beside[1], **options
    )
    drawn, scans = [], []
    for concept, values in dealt.items():
        fitted, judged = values.reindex(training.scans).to_numpy(float), values.reindex(held_out.scans).to_numpy(float)
        known = np.isfinite(fitted[:, 0])
        if known.sum() < LEAST_FITTED:
            raise InputError(
                f'concept "{concept}": known of {known.sum()} training scans; give {LEAST_FITTED} at least'
            )
        classes = None if within is None else np.array([within[scan] for scan in training.scans])[known]
        for draw, told in enumerate(fitted[known].T):
            direction = concept_vector(span.places[known], _less_classes(told, classes), kind)
            found = slopes @ direction
            alignment = np.divide(found, lengths, out=np.full(len(found), np.nan), where=lengths > 0)
            row = named | {"concept": concept, "draw": draw, "fitted": int(known.sum())} | _sums(alignment)
            drawn.append(row | {"reading": _rank_correlation(placed @ direction, judged[:, draw])})
            if draw == 0:
                of_scans = {"scan": held_out.scans, "subject": held_out.subjects, "slope": found}
                scans.append(pd.DataFrame(named | {"concept": concept} | of_scans | {"alignment": alignment}))
    return pd.DataFrame(drawn, columns=DRAWN), pd.concat(scans, ignore_index=True)[SCANS]


def _sums(alignment):
    told = alignment[np.isfinite(alignment)]
    return {"n": len(told), "positive": int((told > 0).sum()), "total": float(told.sum())}


def _less_classes(values, classes):
    if classes is None:
        return values
    means = pd.Series(values).groupby(classes).transform("mean").to_numpy()
    left = values - means
    # a concept that is the class has rounding left
    return np.where(np.abs(left) > 1e-9 * max(np.abs(values).max(), 1e-300), left, 0.0)


def _rank_correlation(first, second):
    both = np.isfinite(first) & np.isfinite(second)
    ranked = [rankdata(one[both]) for one in (first, second)]
    if both.sum() < 3 or min(np.ptp(one) for one in ranked) == 0:
        return np.nan
    return float(np.corrcoef(*ranked)[0, 1])

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
from voxplain.insight.concept_vectors import KINDS, activation_span, concept_pattern, concept_vector
from voxplain.insight.features import look
from voxplain.networks.options import check_choice

_NAMED = ["split", "seed", "layer", "target", "kind", "concept"]
DRAWN = [*_NAMED, "draw", "n", "positive", "alignments", "effects", "reading", "fitted"]
SCANS = [*_NAMED, "scan", "subject", "slope", "alignment", "effect"]
LEAST_FITTED = 6


def split_concepts(
    network,
    training,
    held_out,
    dealt,
    split,
    *,
    layer=None,
    kind="pattern",
    target=None,
    pooled=False,
    number=1,
    covariates=(None, None),
    batch=8,
    device="cpu",
):
    """Two tables of one split: what each concept and each of its draws comes to, and each held-out scan's slopes.

    training, held_out: `Volumes` as the network is shown them. dealt: the concepts and their random twins, see
    `dealt_concepts`; scans without a value are not learned from, and where they were dealt within classes a concept
    is the distance from the mean of the training scans' class, so that what goes along with the label is not the label.
    layer: by default see `concept_layer`. kind: how a direction is learned, see `concept_vector`. target: see
    `answered`. pooled: of each channel the mean over its cells alone, where a layer has too many cells to hold for all
    scans; what moves one place and not another is then lost. number: the training's own seed, for the tables.
    covariates: the pair of (n, values) of both, for a network that takes them.

    Columns of the first: DRAWN; ``draw`` 0 is the concept. ``n`` held-out scans have a gradient; ``positive`` of them
    an answer that grows with the concept; ``alignments`` is the sum of the cosines between gradient and direction,
    ``effects`` that of the effects, ``reading`` the rank correlation of value and activation along the direction:
    whether the layer knows the concept. Of the second: SCANS. ``slope`` is the change of the answer for a step of
    length 1 in activations; ``effect`` that for the step which goes along with a standard deviation of the concept.
    Raises UnsupportedModel for a layer that has no row for each scan, InputError for one that is the same for all.
    """
    check_choice("kind", kind, KINDS)
    layer = layer or concept_layer(network, training, covariates[0], device)
    how = {"batch": batch, "device": device, "pooled": pooled}
    learnt = look(network, training, layer, covariates=covariates[0], **how)
    named = {"split": split, "seed": number, "layer": layer, "target": answered(learnt.outputs, target)}
    if not len(held_out):
        return pd.DataFrame(columns=DRAWN), pd.DataFrame(columns=SCANS)
    span = activation_span(learnt.features)
    how |= {"covariates": covariates[1]}
    placed = span.placed(look(network, held_out, layer, **how).features)
    slopes, lengths = layer_gradients(network, held_out, layer, named["target"], span.basis, **how)
    drawn, scans = [], []
    for concept, values in dealt.values.items():
        fitted, judged = (_less_classes(values.reindex(one.scans), dealt.within) for one in (training, held_out))
        known = np.isfinite(fitted[:, 0])
        if known.sum() < LEAST_FITTED:
            raise InputError(
                f'concept "{concept}": known of {known.sum()} training scans; give {LEAST_FITTED} at least'
            )
        places = span.places[known]
        learned = fitted[known].T
        directions = np.column_stack([concept_vector(places, told, kind) for told in learned])
        steps = [concept_pattern(places, told) @ one for told, one in zip(learned, directions.T, strict=True)]
        found = slopes @ directions
        alignment = np.divide(found, lengths[:, None], out=np.full(found.shape, np.nan), where=lengths[:, None] > 0)
        effect = found * np.array(steps) * span.unit
        readings = _rank_correlations(placed @ directions, judged)
        about = named | {"kind": kind, "concept": concept}
        told = np.isfinite(alignment)
        of_draws = {"draw": range(len(learned)), "n": told.sum(axis=0), "positive": (alignment > 0).sum(axis=0)}
        of_draws |= {"alignments": np.nansum(alignment, axis=0), "effects": np.where(told, effect, 0).sum(axis=0)}
        drawn.append(pd.DataFrame(about | of_draws | {"reading": readings, "fitted": int(known.sum())}))
        of_scans = {"scan": held_out.scans, "subject": held_out.subjects, "slope": found[:, 0]}
        scans.append(pd.DataFrame(about | of_scans | {"alignment": alignment[:, 0], "effect": effect[:, 0]}))
    return pd.concat(drawn, ignore_index=True)[DRAWN], pd.concat(scans, ignore_index=True)[SCANS]


def _less_classes(values, within):
    """Values (scans, draws) less the mean of these scans that are of the same class; without classes as they are."""
    if within is None:
        return values.to_numpy(float)
    classes = np.array([within[scan] for scan in values.index])
    left = values - values.groupby(classes).transform("mean")
    # of a concept that is the class itself rounding is left
    nothing = 1e-9 * max(np.nanmax(np.abs(values.to_numpy()), initial=0), 1e-300)
    return left.where((left.abs() > nothing) | left.isna(), 0.0).to_numpy(float)


def _rank_correlations(first, second):
    """Spearman's correlation of each column of ``first`` with that of ``second``, over rows where both are known."""
    both = np.isfinite(second[:, 0]) & np.isfinite(first).any(axis=1)
    if both.sum() < 3:
        return np.full(first.shape[1], np.nan)
    ranked = [rankdata(one[both], axis=0) for one in (first, second)]
    moved = [one - one.mean(axis=0) for one in ranked]
    lengths = np.sqrt((moved[0] ** 2).sum(axis=0) * (moved[1] ** 2).sum(axis=0))
    products = (moved[0] * moved[1]).sum(axis=0)
    return np.divide(products, lengths, out=np.full(first.shape[1], np.nan), where=lengths > 0)

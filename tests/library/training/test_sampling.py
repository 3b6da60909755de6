from collections import Counter

import numpy as np
import pytest
import torch

from voxplain.training.batches import batch_places
from voxplain.training.sampling import SAMPLINGS, epoch_order, sampled_order

LABELS = np.array([0] * 20 + [1] * 7 + [2] * 3)


def counts(order):
    return Counter(LABELS[order].tolist())


def test_the_order_of_an_epoch_depends_on_seed_and_epoch_alone():
    first = epoch_order(20, 1, 1)
    torch.rand(3)
    assert epoch_order(20, 1, 1) == first and sorted(first) == list(range(20))
    assert epoch_order(20, 1, 2) != first and epoch_order(20, 2, 1) != first


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_every_sampling_depends_on_labels_seed_and_epoch_alone(sampling):
    state = torch.get_rng_state()
    first = sampled_order(LABELS, 1, 1, sampling)
    assert torch.equal(torch.get_rng_state(), state)
    assert sampled_order(LABELS, 1, 1, sampling) == first == sampled_order(torch.tensor(LABELS), 1, 1, sampling)
    assert sampled_order(LABELS, 1, 2, sampling) != first and sampled_order(LABELS, 2, 1, sampling) != first


def test_all_is_every_scan_once():
    assert sorted(sampled_order(LABELS, 4, 2)) == list(range(30)) and sampled_order(LABELS, 4, 2) == epoch_order(
        30, 4, 2
    )


def test_undersampling_takes_as_many_of_each_class_as_the_rarest_has_and_others_in_each_epoch():
    orders = [sampled_order(LABELS, 1, epoch, "undersample") for epoch in range(1, 30)]
    assert all(counts(order) == {0: 3, 1: 3, 2: 3} and len(set(order)) == 9 for order in orders)
    assert {place for order in orders for place in order} == set(range(30))


def test_a_batch_of_undersampled_scans_holds_all_classes_alike():
    for group in batch_places(sampled_order(LABELS, 1, 1, "undersample"), 3):
        assert counts(group) == {0: 1, 1: 1, 2: 1}


def test_weighted_scans_are_drawn_with_replacement_each_class_as_often():
    drawn = [place for epoch in range(400) for place in sampled_order(LABELS, 1, epoch, "weighted")]
    assert len(drawn) == 400 * 30
    shares = np.array([counts(drawn)[label] for label in range(3)]) / len(drawn)
    assert shares == pytest.approx([1 / 3] * 3, abs=4 * np.sqrt(2 / 9 / len(drawn)))
    assert len(set(sampled_order(LABELS, 1, 1, "weighted"))) < 30


def test_the_limit_keeps_a_rare_class_from_filling_the_epoch():
    drawn = [place for epoch in range(400) for place in sampled_order(LABELS, 1, epoch, "weighted", limit=2)]
    weight = np.array([20 * 1, 7 * 2, 3 * 2])  # 20 / 7 and 20 / 3 are above 2
    shares = np.array([counts(drawn)[label] for label in range(3)]) / len(drawn)
    assert shares == pytest.approx(weight / weight.sum(), abs=0.02)


def test_of_a_class_with_one_scan_each_epoch_has_that_one():
    labels = [0, 0, 0, 1, 2, 2]
    order = sampled_order(labels, 1, 1, "undersample")
    assert sorted(labels[place] for place in order) == [0, 1, 2]

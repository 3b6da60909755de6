import numpy as np
import pytest
import torch
from captum.influence import TracInCP
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils.data import TensorDataset

from tests.library.insight.influenced import SHAPE, Small, made, two_epochs
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.influence import Labelled
from voxplain.insight.tracin import tracin
from voxplain.networks.build import build
from voxplain.training.kept_epochs import KeptEpoch
from voxplain.training.objectives import Objective, objective_of

HEADS = {"mrinet": (24, 22, 26), "small_elu": (71, 72, 73), "slab_cnn": (24, 9, 26), "sfcn": (33, 32, 34)}
FEW = 4


def by_captum(network, train, targets, shown, shown_targets, epochs, layers, loss):
    def load(model, epoch):
        model.load_state_dict(epochs[int(epoch)].weights)
        return epochs[int(epoch)].learning_rate

    data = TensorDataset(train.volumes, targets)
    peer = TracInCP(network.eval(), data, ["0", "1"], load, layers, loss, batch_size=len(data))
    return peer.influence((shown.volumes, shown_targets)).numpy(), peer.self_influence().numpy()


@pytest.mark.parametrize(("asked", "layers"), [("last", ["head"]), ("all", None), (["hidden", "head"],) * 2])
def test_influence_and_self_influence_are_captums(asked, layers):
    train, shown, epochs = made(7, 3), made(4, 3, seed=2), two_epochs(3)
    found = tracin(Small(3), train, shown, epochs, layers=asked, batch=3)
    loss = nn.CrossEntropyLoss(reduction="none")
    targets = torch.tensor(train.labels), torch.tensor(shown.labels)
    scores, own = by_captum(Small(3), train, targets[0], shown, targets[1], epochs, layers, loss)
    np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-6 * np.abs(scores).max())
    np.testing.assert_allclose(found.own, own, rtol=1e-4)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_regression_is_captums_too_on_amounts_scaled_by_the_training_scans(layers):
    train, shown, epochs = made(6, 0), made(3, 0, seed=2), two_epochs(1)
    found = tracin(Small(1), train, shown, epochs, layers=layers)
    mean, sd = np.mean(train.labels), np.std(train.labels)
    targets = [(torch.tensor(one.labels)[:, None] - mean) / sd for one in (train, shown)]
    loss = nn.MSELoss(reduction="none")
    named = ["head"] if layers == "last" else None
    scores, own = by_captum(Small(1), train, targets[0], shown, targets[1], epochs, named, loss)
    np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-6 * np.abs(scores).max())
    np.testing.assert_allclose(found.own, own, rtol=1e-4)


@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("name", HEADS)
def test_the_last_layer_of_every_kind_of_head_gives_what_a_way_back_through_it_gives(name, classes):
    torch.manual_seed(4)
    network = build(name, HEADS[name], classes=classes or None, width=2)
    train, shown = made(4, classes, shape=HEADS[name]), made(2, classes, seed=2, shape=HEADS[name])
    weights = (0.5, 2.0, 1.0)[:classes] or None
    given = objective_of(0, train.labels) if not classes else Objective(classes, weights)
    last = [name for name, layer in network.named_modules() if isinstance(layer, nn.Linear | nn.Conv3d)][-1]
    exact = tracin(network, train, shown, objective=given)
    back = tracin(network, train, shown, objective=given, layers=last)
    np.testing.assert_allclose(exact.scores, back.scores, rtol=1e-3, atol=1e-4 * np.abs(back.scores).max())
    np.testing.assert_allclose(exact.own, back.own, rtol=1e-3)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_score_is_what_a_small_step_on_one_scan_takes_off_the_loss_of_another(layers):
    train, shown, rate = made(3, 2), made(2, 2, seed=2), 1e-3
    found = tracin(Small(2), train, shown, [KeptEpoch(1, rate, Small(2).state_dict())], layers=layers)
    for place in range(3):
        network = Small(2).double()
        moved = network.parameters() if layers == "all" else network.head.parameters()
        before = losses(network, shown)
        losses(network, Labelled(train.volumes[place][None], [train.labels[place]])).sum().backward()
        with torch.no_grad():
            for one in moved:
                one -= rate * one.grad
        taken_off = (before - losses(network, shown)).detach().numpy()
        np.testing.assert_allclose(found.scores[:, place], taken_off, rtol=0.05, atol=1e-9)


def losses(network, scans):
    return cross_entropy(network(scans.volumes.double()), torch.tensor(scans.labels), reduction="none")


def test_nothing_ranks_above_a_copy_of_the_scan_shown_and_its_twin_of_the_other_class_opposes_most():
    train = made(30, 2)
    for place in (3, 8, 21):
        twice = Labelled(
            torch.cat([train.volumes, train.volumes[place][None]]), [*train.labels, 1 - train.labels[place]]
        )
        shown = Labelled(train.volumes[place][None], [train.labels[place]])
        for layers in ("last", "all"):
            found = tracin(Small(2), twice, shown, two_epochs(2), layers=layers)
            assert found.relative[0].argmax() == place
            assert found.scores[0, place] > 0 > found.scores[0, -1]
        assert tracin(Small(2), twice, shown).relative[0].argmin() == 30


def test_class_weights_count_for_training_scans_and_not_for_those_shown():
    train, shown = made(4, 2), made(2, 2, seed=2)
    for layers in ("last", "all"):
        plain = tracin(Small(2), train, shown, layers=layers)
        weighed = tracin(Small(2), train, shown, layers=layers, objective=Objective(2, (0.5, 3.0)))
        counts = np.array([0.5, 3.0, 0.5, 3.0])
        np.testing.assert_allclose(weighed.scores, plain.scores * counts, rtol=1e-5)
        np.testing.assert_allclose(weighed.own, plain.own * counts**2, rtol=1e-5)
        np.testing.assert_allclose(weighed.relative, plain.relative, rtol=1e-5)


def test_neither_batch_nor_memory_change_anything():
    train, shown = made(5, 2), made(FEW, 2, seed=2)
    at_once, little = (tracin(Small(2), train, shown, layers="all", max_memory_gb=gb) for gb in (1, 1e-9))
    np.testing.assert_allclose(at_once.scores, little.scores, rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(at_once.own, little.own)
    one, many = (tracin(Small(2), train, shown, batch=batch) for batch in (1, 5))
    np.testing.assert_allclose(one.scores, many.scores, rtol=1e-4, atol=1e-8)


def test_covariates_go_beside_the_volumes():
    torch.manual_seed(0)
    network, shape = build("s500_cnn", (76, 77, 78), width=1, covariates=1), (76, 77, 78)
    train = made(2, 2, shape=shape)._replace(covariates=torch.tensor([[0.0], [1.0]]))
    shown = made(1, 2, shape=shape, seed=2)._replace(covariates=torch.tensor([[0.5]]))
    exact = tracin(network, train, shown)
    np.testing.assert_allclose(exact.scores, tracin(network, train, shown, layers="classifier").scores, rtol=1e-3)
    told = shown._replace(covariates=torch.tensor([[2.0]]))
    assert not np.allclose(exact.scores, tracin(network, train, told).scores)


def test_the_network_comes_back_as_it_was():
    network = Small(2)
    network.head.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for layers in ("last", "all"):
        tracin(network, made(3, 2), made(2, 2), two_epochs(2), layers=layers)
    assert network.training and not network.head.weight.requires_grad and network.hidden.weight.requires_grad
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters())


def test_nobody_shown_leaves_self_influence():
    train, nobody = made(3, 2), Labelled(torch.empty(0, 1, *SHAPE), [])
    for layers in ("last", "all"):
        found = tracin(Small(2), train, nobody, layers=layers)
        assert found.scores.shape == (0, 3) and (found.own > 0).all()


def test_what_cannot_be_followed_is_said_in_a_line():
    train, shown = made(3, 2), made(2, 2)
    with pytest.raises(InputError, match="no training scan"):
        tracin(Small(2), Labelled([], []), shown)
    with pytest.raises(InputError, match="scan|0: label 2, but the network tells 2 classes"):
        tracin(Small(2), train, Labelled(shown.volumes, [2, 0]))
    with pytest.raises(InputError, match="2 scans have 1 labels"):
        tracin(Small(2), train, Labelled(shown.volumes, [1]))
    with pytest.raises(InputError, match="the kept weights are not those of Small"):
        tracin(Small(2), train, shown, two_epochs(3))
    with pytest.raises(InputError, match="no epoch is given"):
        tracin(Small(2), train, shown, [])
    with pytest.raises(SettingsError, match='no layer "hed"'):
        tracin(Small(2), train, shown, layers="hed")
    with pytest.raises(UnsupportedModel, match="no weights in layers"):
        tracin(nn.Sequential(Small(2), nn.ReLU()), train, shown, layers=["1"])
    with pytest.raises(
        UnsupportedModel, match='"0.head" is the last linear one, but the outputs are not what it gives'
    ):
        tracin(nn.Sequential(Small(2), nn.Softmax(1)), train, shown)
    with pytest.raises(InputError, match="the gradient of its loss is not finite"):
        tracin(Small(2), train._replace(volumes=train.volumes / 0), shown, layers="all")


def test_a_regression_counts_its_square_error():
    train = made(3, 0)
    network = Small(1)
    scaled = (torch.tensor(train.labels).float() - np.mean(train.labels)) / np.std(train.labels)
    own = tracin(network, train, train).own
    for place in range(3):
        network.zero_grad()
        mse_loss(network(train.volumes[place][None])[:, 0], scaled[place : place + 1]).backward()
        squares = sum(float((one.grad**2).sum()) for one in network.head.parameters())
        assert own[place] == pytest.approx(squares, rel=1e-4)

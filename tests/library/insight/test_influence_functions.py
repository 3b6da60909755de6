import numpy as np
import pytest
import torch
from captum.influence import NaiveInfluenceFunction
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils.data import TensorDataset

from tests.library.insight.influenced import Small, linear, made, plain
from voxplain.errors import InputError
from voxplain.insight.influence import Labelled, self_influence_table
from voxplain.insight.influence_functions import influence_functions
from voxplain.networks.build import build
from voxplain.training.objectives import Objective, objective_of

DAMPING = 0.1


def test_influence_is_captums():
    network, train, shown = Small(3).eval(), made(20, 3), made(4, 3, seed=2)
    targets = torch.tensor(train.labels)
    found = influence_functions(network, train, shown, damping=DAMPING)
    hessian = direct_hessian(network, train.volumes, targets, cross_entropy)
    # 20 scans fill the space of 4 features and a 1, so its mean eigenvalue is that of all 15 weights
    level = DAMPING * np.trace(hessian) / 15
    peer = NaiveInfluenceFunction(
        network,
        TensorDataset(train.volumes, targets),
        "the weights as they are",
        lambda model, path: 1.0,
        ["head"],
        nn.CrossEntropyLoss(reduction="none"),
        batch_size=20,
        projection_dim=15,
        hessian_reg=20 * level,
        hessian_inverse_tol=0,
    )
    expected = peer.influence((shown.volumes, torch.tensor(shown.labels))).numpy()
    np.testing.assert_allclose(found.scores, expected, rtol=1e-2, atol=1e-3 * np.abs(expected).max())


def direct_hessian(network, volumes, targets, loss):
    """Second derivatives of the mean loss by all weights of the head, (weights, weights), by autograd in float64."""
    network = network.double().eval()
    parts = {name: value for name, value in network.named_parameters() if name.startswith("head")}
    flat = torch.cat([value.detach().flatten() for value in parts.values()])

    def mean_loss(flat):
        pieces = flat.split([value.numel() for value in parts.values()])
        given = {name: piece.reshape(parts[name].shape) for name, piece in zip(parts, pieces, strict=True)}
        return loss(functional_call(network, given, volumes.double()), targets)

    hessian = torch.autograd.functional.hessian(mean_loss, flat).numpy()
    network.float()
    return hessian


@pytest.mark.parametrize(("classes", "n"), [(2, 3), (2, 9), (3, 4), (0, 3)])
def test_more_weights_than_scans_give_what_the_whole_damped_hessian_gives(classes, n):
    network, train, shown = Small(classes or 1), made(n, classes), made(3, classes, seed=2)
    weights = torch.tensor([0.5, 2.0, 1.0])[:classes].double() if classes else None
    given = Objective(classes, tuple(weights.tolist())) if classes else objective_of(0, train.labels)
    found = influence_functions(network, train, shown, damping=DAMPING, objective=given)
    targets, shown_targets = given.targets(train.labels), given.targets(shown.labels)

    def loss(outputs, targets, reduction="mean"):
        if classes:
            return cross_entropy(outputs, targets, weights, reduction=reduction)
        return mse_loss(outputs[:, 0], targets.double(), reduction=reduction)

    hessian = direct_hessian(network, train.volumes, targets, loss)
    directions = max(classes, 1) * min(n, 5)
    damped = hessian + DAMPING * np.trace(hessian) / directions * np.eye(len(hessian))
    total = float(weights[targets].sum()) if classes else n
    network.double().eval()

    def gradients(scans, targets, plain):
        rows = []
        for place in range(len(targets)):
            network.zero_grad()
            outputs = network(scans.volumes[place][None].double())
            one = targets[place : place + 1]
            (cross_entropy(outputs, one) if classes and plain else loss(outputs, one, "sum")).backward()
            rows.append(torch.cat([value.grad.flatten() for value in network.head.parameters()]).numpy())
        return np.array(rows)

    learnt, seen = gradients(train, targets, False), gradients(shown, shown_targets, True)
    np.testing.assert_allclose(found.scores, seen @ np.linalg.solve(damped, learnt.T) / total, rtol=1e-3, atol=1e-6)
    own = (learnt * np.linalg.solve(damped, learnt.T).T).sum(1) / total
    np.testing.assert_allclose(found.own, own, rtol=1e-3)


def test_of_least_squares_a_score_is_the_rise_by_a_fit_without_the_scan_but_for_its_leverage():
    chance = np.random.default_rng(3)
    rows, amounts = chance.normal(size=(12, 3)), chance.normal(size=12)
    amounts = (amounts - amounts.mean()) / amounts.std()
    design = np.column_stack([rows, np.ones(12)])
    fitted = np.linalg.lstsq(design, amounts)[0]
    others, other_amounts = chance.normal(size=(4, 3)), chance.normal(size=4)
    network = linear([fitted[:3]], [fitted[3]])
    found = influence_functions(network, plain(rows, amounts), plain(others, other_amounts), damping=0)
    shown = np.column_stack([others, np.ones(4)])
    slopes = 2 * (shown @ fitted - other_amounts)[:, None] * shown
    leverages = np.diag(design @ np.linalg.inv(design.T @ design) @ design.T)
    for place in range(12):
        left = np.linalg.lstsq(np.delete(design, place, 0), np.delete(amounts, place))[0]
        expected = slopes @ (left - fitted) * (1 - leverages[place])
        np.testing.assert_allclose(found.scores[:, place], expected, rtol=1e-3, atol=1e-5)


def test_of_logistic_regression_scores_are_what_fits_without_each_scan_come_to():
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(60, 3))
    labels = (rows @ [1, -1, 0.5] + chance.logistic(size=60) > 0).astype(int)
    others, other_labels = chance.normal(size=(5, 3)), [0, 1, 1, 0, 1]

    def losses(rows, labels):
        fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows, labels)
        each = fit.predict_log_proba(others)[np.arange(5), other_labels]
        return -each, fit

    before, fit = losses(rows, labels)
    rises = np.array([losses(np.delete(rows, one, 0), np.delete(labels, one))[0] - before for one in range(60)]).T
    network = linear([[0, 0, 0], fit.coef_[0]], [0, fit.intercept_[0]])
    found = influence_functions(network, plain(rows, labels), plain(others, other_labels), damping=1e-6).scores
    for one in range(5):
        assert spearmanr(found[one], rises[one]).statistic > 0.98
        assert np.corrcoef(found[one], rises[one])[0, 1] > 0.97


def test_nothing_ranks_above_a_copy_of_the_scan_shown():
    train = made(30, 2)
    for place in (3, 8, 21):
        shown = Labelled(train.volumes[place][None], [train.labels[place]])
        found = influence_functions(Small(2), train, shown)
        assert found.relative[0].argmax() == place and found.scores[0, place] > 0
        np.testing.assert_allclose(found.scores[0, place], found.own[place], rtol=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mislabelled_scans_lie_in_the_top_decile_of_self_influence_where_classes_differ_clearly(seed):
    chance = np.random.default_rng(seed)
    labels = np.arange(100) % 2
    rows = chance.normal(size=(100, 4)) + 3 * np.outer(2 * labels - 1, [1, 0, 1, 0])
    wrong = chance.permutation(100)[:5]
    labels[wrong] = 1 - labels[wrong]
    fit = LogisticRegression().fit(rows, labels)
    network = linear([[0] * 4, fit.coef_[0]], [0, fit.intercept_[0]])
    train = plain(rows, labels)
    table = self_influence_table(influence_functions(network, train, Labelled([], [])), train)
    assert set(wrong) <= set(table.loc[table["top_decile"].eq(1), "scan"])


def test_a_network_of_wide_features_takes_no_hessian_of_all_its_weights():
    torch.manual_seed(0)
    network, train = build("mrinet", (24, 22, 26), width=8), made(6, 2, shape=(24, 22, 26))
    found = influence_functions(network, train, made(2, 2, seed=2, shape=(24, 22, 26)))
    assert found.scores.shape == (2, 6) and np.isfinite(found.scores).all() and (found.own > 0).all()


def test_a_loss_that_no_scan_bends_is_undefined_and_one_without_an_inverse_is_refused():
    sure = linear([[-1e6], [1e6]], [0, 0])
    found = influence_functions(sure, plain([[1], [-1]], [1, 0]), plain([[1]], [0]))
    assert np.isnan(found.scores).all() and np.isnan(found.own).all() and np.isnan(found.relative).all()
    with pytest.raises(InputError, match="with damping 0 the Hessian has no inverse; give 0.1"):
        influence_functions(Small(2), made(6, 2), made(1, 2), damping=0)


def test_nobody_shown_leaves_self_influence():
    found = influence_functions(Small(2), made(6, 2), Labelled([], []))
    assert found.scores.shape == (0, 6) and (found.own > 0).all()

import numpy as np
import pytest

from voxplain.relevance.modes import HEIGHTS, excess_of_two, one_mode_p


def by_trying_all(values):
    """The excess of two intervals over one, by trying every interval and every two."""
    number, best = len(values), 0
    for height in HEIGHTS:
        held = {
            (i, j): (j - i + 1) / number - height * (values[j] - values[i])
            for i in range(number)
            for j in range(i, number)
        }
        two = max(held[a] + held[b] for a in held for b in held if a[1] < b[0])
        best = max(best, max(two, max(held.values())) - max(held.values()))
    return best


def test_the_excess_is_that_of_trying_every_interval():
    rng = np.random.default_rng(1)
    sets = np.sort(rng.normal(size=(4, 9)) + 3 * rng.integers(2, size=(4, 9)), axis=1)
    assert np.allclose(excess_of_two(sets), [by_trying_all(values) for values in sets])


def test_two_pairs_far_apart_worked_by_hand():
    # cut at height h: two intervals of 1 / 2 less h each, one of 1 less 10 h or of 1 / 2 less h; at h near 1 / 18 of
    # the length of 1 they differ most: 1 - 2 h - max(1 - 12 h, .5 - h); the heights tried lie beside it
    values = np.array([[0.0, 1, 11, 12]])
    heights = HEIGHTS
    expected = max(0, (1 - 2 * heights - np.maximum(1 - 12 * heights, 0.5 - heights)).max())
    assert excess_of_two(values)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("normal", 0, 0.06), ("even", 0, 0.1), ("skewed", 0, 0.06), ("long tails", 0, 0.06), ("two", 0.8, 1)],
)
def test_one_mode_is_kept_whatever_its_shape_and_two_are_told(kind, least, most):
    def values(draw):
        return {
            "normal": lambda: draw.normal(size=60),
            "even": lambda: draw.random(60),
            "skewed": lambda: draw.gamma(1, size=60),
            "long tails": lambda: np.exp(draw.normal(size=60)),
            "two": lambda: draw.normal(size=60) + 5 * (np.arange(60) % 2),
        }[kind]()

    found = [one_mode_p(values(np.random.default_rng(draw)), 99, draw) <= 0.05 for draw in range(100)]
    assert least <= np.mean(found) <= most


def test_scale_and_place_do_not_count():
    values = np.random.default_rng(4).normal(size=30)
    assert one_mode_p(values) == one_mode_p(1e-6 * values + 3)


@pytest.mark.parametrize("values", [[], [1, 2, 3], [1, 1, 1, 1, 5]])
def test_too_little_to_tell_is_one_mode(values):
    assert one_mode_p(values) == 1

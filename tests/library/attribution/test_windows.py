import pytest
import torch

from voxplain.attribution.covering import changing, covered_windows
from voxplain.attribution.drops import Cover
from voxplain.attribution.windows import arranged, laid, taken


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def starts_in(free, count=9, seed=2):
    draws = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(0, n + 1, (count,), generator=draws) for n in free], 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("shape", "lengths"), [((7, 6, 9), (3, 6, 2)), ((7, 9), (2, 4))])
def test_windows_are_taken_and_laid_where_slices_are(channels, shape, lengths):
    known = arranged(noise(1, channels, *shape))
    assert torch.equal(known, noise(1, channels, *shape)) and known.stride(1) == 1
    starts = starts_in([n - m for n, m in zip(shape, lengths, strict=True)])
    places = [
        (slice(None), *(slice(at, at + n) for at, n in zip(start, lengths, strict=True))) for start in starts.tolist()
    ]
    found = taken(known, starts, lengths)
    assert torch.equal(found, torch.stack([known[0][place] for place in places]))
    onto = arranged(noise(len(starts), channels, *shape, seed=3))
    expected = onto.clone()
    for number, place in enumerate(places):
        expected[number][place] = found[number]
    laid(found, onto, starts)
    assert torch.equal(onto, expected)


def test_a_window_of_a_part_of_a_tensor_sees_that_part():
    padded = arranged(noise(1, 2, 8, 9, 7))
    inside = padded[:, :, 1:-1, 2:-2, 1:]
    starts = starts_in((2, 1, 3))
    found = taken(inside, starts, (4, 4, 3))
    for window, start in zip(found, starts.tolist(), strict=True):
        i, j, k = start
        assert torch.equal(window, inside[0, :, i : i + 4, j : j + 4, k : k + 3])


def covers():
    draws = torch.Generator().manual_seed(4)
    ends = [((0, 3), (0, 2), (1, 4)), ((5, 7), (1, 6), (8, 9)), ((0, 7), (0, 6), (0, 9)), ((2, 3), (2, 3), (2, 3))]
    return [Cover(box) for box in ends] + [
        Cover(box, torch.rand([b - a for a, b in box], generator=draws) > 0.8) for box in ends
    ]


def test_the_covers_that_change_something_are_those_that_a_comparison_finds():
    volume = noise(2, 7, 6, 9)
    fill = volume.clone()
    fill[1, 2, 2, 2] += 1
    fill[0, 5, 3, 8] += 1
    expected = []
    for number, cover in enumerate(covers()):
        differs = (volume[cover.place] != fill[cover.place]).any(0)
        if (differs if cover.inside is None else differs & cover.inside).any():
            expected.append(number)
    assert changing(covers(), volume, fill) == expected
    assert 0 < len(expected) < len(covers())
    assert changing(covers(), volume, volume) == []


def test_covered_windows_are_those_of_covered_volumes():
    volume, fill = noise(1, 2, 7, 6, 9), noise(2, 7, 6, 9, seed=5)
    parts = [one for number, one in enumerate(covers()) if number not in (2, 6)]
    starts = torch.tensor([[min(a, n - 3) for (a, _), n in zip(one.box, (7, 6, 9), strict=True)] for one in parts])
    starts[:, 1] = 0
    found = covered_windows(arranged(volume), arranged(fill[None]), parts, starts, (3, 6, 3))
    for window, cover, (i, j, k) in zip(found, parts, starts.tolist(), strict=True):
        covered = volume[0].clone()
        here = covered[cover.place]
        inside = torch.ones(here.shape[1:], dtype=torch.bool) if cover.inside is None else cover.inside
        here[:, inside] = fill[cover.place][:, inside]
        assert torch.equal(window, covered[:, i : i + 3, j : j + 6, k : k + 3])

import logging
from itertools import product

import pytest
import torch

from tests.library.attribution.local_networks import NETWORKS, SHAPE, network
from voxplain.attribution.attribute import attribute
from voxplain.attribution.covered_passes import covered_passes
from voxplain.attribution.drops import Cover, score_drops
from voxplain.attribution.local_passes import LocalPasses
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked


def volumes(batch=1, seed=2):
    return torch.randn(batch, 1, *SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def boxes(size, stride):
    """Boxes on a grid, the last ones cut at the border, and some that are thin, large or the whole."""
    ends = [[(at, min(at + size, length)) for at in range(0, length, stride)] for length in SHAPE]
    odd = [((0, 13), (5, 6), (3, 4)), ((1, 12), (0, 12), (2, 15)), tuple((0, length) for length in SHAPE)]
    return [*product(*ends), *odd]


def looped(model, volume, covers, fill):
    """The drops one after another, each by a pass of the whole covered volume."""
    found = []
    with torch.no_grad():
        whole = model(volume)[0, 1]
        for cover in covers:
            covered = volume.clone()
            here = covered[(0, *cover.place)]
            inside = torch.ones_like(here, dtype=torch.bool) if cover.inside is None else cover.inside.expand_as(here)
            here[inside] = fill[cover.place][inside]
            found.append(whole - model(covered)[0, 1])
    return torch.stack(found)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("size", "stride"), [(2, 3), (5, 4)])
def test_windows_through_any_graph_give_the_drops_of_a_plain_loop(name, size, stride):
    model, volume = network(name), volumes()
    covers, fill = [Cover(box) for box in boxes(size, stride)], volumes(seed=3)[0]
    question = asked(model, 1, "logit", volume)
    with notes() as said:
        found = score_drops(question, volume, [covers], fill[None, None])[0]
    assert said["path"] == ("windows, by torch.export" if name == "asking" else "windows, by torch.fx")
    expected = looped(model, volume, covers, fill)
    assert (expected != 0).any()
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", ["residual", "branches", "pools that round up"])
def test_parts_of_any_form_are_covered_and_nothing_around_them(name):
    model, volume, fill = network(name), volumes(), volumes(seed=3)[0]
    draws = torch.Generator().manual_seed(4)
    covers = []
    for box in boxes(4, 5):
        covers.append(Cover(box, torch.rand([b - a for a, b in box], generator=draws) > 0.6))
    found = score_drops(asked(model, 1, "logit", volume), volume, [covers], fill[None, None])[0]
    torch.testing.assert_close(found, looped(model, volume, covers, fill), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", ["residual", "branches"])
def test_fewer_cells_are_computed_than_in_whole_passes(monkeypatch, name):
    # in networks as small as these a batch costs more than all their cells
    monkeypatch.setattr("voxplain.attribution.alike.BATCH", 0)
    with torch.no_grad():
        question = asked(network(name), 1, "logit", volumes())
        passes = covered_passes(question, volumes())(question, volumes())
        parts, whole = passes.work(tuple(boxes(2, 3)[:-3]))
    assert 0 < parts < 0.5 * whole


def test_how_much_memory_there_is_changes_the_drops_by_rounding_alone():
    options = {"target": 1, "size": 4, "stride": 3}
    plenty, little = (
        attribute(network("residual"), volumes(2), "occlusion", max_memory_gb=gigabytes, **options)
        for gigabytes in (2, 1e-9)
    )
    torch.testing.assert_close(plenty, little, rtol=1e-10, atol=1e-13)
    again = attribute(network("residual"), volumes(2), "occlusion", **options)
    assert torch.equal(again, plenty)


def test_a_batch_that_does_not_fit_is_halved_and_the_log_says_so(monkeypatch, caplog):
    options = {"target": 1, "size": 4, "stride": 3}
    plain = attribute(network("residual"), volumes(), "occlusion", **options)
    scores_of = LocalPasses._scores_of

    def scarce(self, covers, *others):
        if len(covers) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return scores_of(self, covers, *others)

    monkeypatch.setattr(LocalPasses, "_scores_of", scarce)
    with caplog.at_level(logging.WARNING):
        found = attribute(network("residual"), volumes(), "occlusion", **options)
    torch.testing.assert_close(found, plain, rtol=1e-10, atol=1e-13)
    assert "out of memory with" in caplog.text


def test_a_network_that_shares_a_value_after_changing_it_in_place_is_read_as_torch_runs_it():
    class Reused(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = torch.nn.Conv3d(1, 3, 3), torch.nn.Conv3d(3, 3, 3, padding=1)

        def forward(self, values):
            values = self.first(values)
            torch.nn.functional.relu(values, inplace=True)
            return (self.second(values) + values).mean((2, 3, 4))

    torch.manual_seed(1)
    model, volume, fill = Reused().double(), volumes(), volumes(seed=3)[0]
    covers = [Cover(box) for box in boxes(3, 4)]
    found = score_drops(asked(model, 1, "logit", volume), volume, [covers], fill[None, None])[0]
    torch.testing.assert_close(found, looped(model, volume, covers, fill), rtol=1e-10, atol=1e-11)

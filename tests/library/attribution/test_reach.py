import numpy as np
import torch
from torch import fx

from tests.library.attribution.local_networks import SHAPE, network
from voxplain.attribution import alike as groups
from voxplain.attribution.alike import alike
from voxplain.attribution.dataflow import Dataflow
from voxplain.attribution.local_passes import LocalPasses
from voxplain.attribution.reach import Reach
from voxplain.attribution.scoring import asked


def boxes(count=40):
    draws = np.random.default_rng(1)
    starts = draws.integers(0, np.array(SHAPE) - 1, (count, 3))
    return np.stack([starts, np.minimum(starts + draws.integers(1, 6, (count, 3)), SHAPE)], 2)


def followed(name):
    volume = torch.zeros(1, 1, *SHAPE, dtype=torch.float64)
    flow = Dataflow(fx.symbolic_trace(network(name)), volume)
    return flow, flow.shapes(SHAPE)


def test_shapes_are_known_before_anything_runs():
    for name in ("residual", "branches", "pools that round up", "zeros and ones around"):
        flow, shapes = followed(name)
        with torch.no_grad():
            model = network(name)
            question = asked(model, 1, "logit", torch.zeros(1, 1, *SHAPE, dtype=torch.float64))
            passes = LocalPasses(flow, question, torch.zeros(1, 1, *SHAPE, dtype=torch.float64))
        known = {value: tuple(tensor.shape[2:]) for value, tensor in passes.known.items() if value in flow.local}
        assert len(known) > 2 and all(shapes[value] == shape for value, shape in known.items())


def test_windows_hold_all_that_their_boxes_reach_and_stay_inside():
    for name in ("residual", "branches", "pools that round up"):
        flow, shapes = followed(name)
        reach = Reach(flow, shapes, boxes())
        for numbers in alike(reach, {value: 100 for value in flow.windowed}):
            windows = reach.windows(numbers)
            for value in flow.windowed:
                first, stop = reach.first[value][numbers], reach.stop[value][numbers]
                begin, end = windows.starts[value], windows.starts[value] + np.array(windows.lengths[value])
                reached = (first < stop).all(1)
                assert (begin >= 0).all() and (end <= np.array(shapes[value])).all()
                assert (begin <= first)[reached].all() and (end >= stop)[reached].all()


def test_every_box_is_in_one_group_and_dear_batches_make_few_groups(monkeypatch):
    flow, shapes = followed("residual")
    reach = Reach(flow, shapes, boxes())
    assert reach.alive.all()
    costs, counts = {value: 100 for value in flow.windowed}, []
    for batch in (0, 1e5, 1e12):
        monkeypatch.setattr(groups, "BATCH", batch)
        found = alike(reach, costs)
        assert sorted(np.concatenate(found).tolist()) == list(range(40))
        counts.append(len(found))
    assert counts[0] > counts[1] > counts[2]

"""Occlusion of a network by windows against captum's, on the same corner grid: what the occlusion benchmarks share.

captum covers one window after another and passes the whole volume each time, several at once where that is quicker.
It is given the best number of them; of its windows a seeded sample is timed, and its time for the map follows.
"""

import argparse
import random
from itertools import product
from unittest import mock

import torch
from captum.attr import Occlusion

from benchmarks.timing import interleaved, write_line
from voxplain.attribution.attribute import attribute
from voxplain.attribution.covered_passes import covered_passes
from voxplain.attribution.drops import Cover, score_drops
from voxplain.attribution.scoring import asked
from voxplain.networks.build import build
from voxplain.training.devices import keep_freed_memory


class Case:
    """A network with weights and statistics of a seed, and a volume without background, where no window is left out."""

    def __init__(self, network, shape, size, stride, device="cpu", kind=torch.float32, **options):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            self.network = build(network, shape, **options).eval()
            for name, values in self.network.named_buffers():
                if name.endswith("running_var"):
                    values.uniform_(0.5, 1.5)
                if name.endswith("running_mean"):
                    values.uniform_(-0.1, 0.1)
            self.volume = torch.rand(1, 1, *shape).to(device, kind)
        self.network.to(device, kind)
        self.size, self.stride = size, stride
        starts = [range(0, length - size + stride, stride) for length in shape]
        # captum counts the first axis fastest
        self.boxes = [
            tuple((at, min(at + size, length)) for at, length in zip(reversed(ends), shape, strict=True))
            for ends in product(*reversed(starts))
        ]

    def ours(self):
        """The whole map."""
        options = {"size": self.size, "stride": self.stride}
        return attribute(self.network, self.volume, "occlusion", target=1, score="logit", **options)

    def our_part(self, numbers):
        """The drops of some windows."""
        covers, fill = [Cover(self.boxes[one]) for one in numbers], torch.zeros_like(self.volume)[None]
        return score_drops(asked(self.network, 1, "logit", self.volume), self.volume, [covers], fill)

    def theirs(self, together=1, numbers=None):
        """captum's map, of all windows or of some."""
        method = Occlusion(self.network) if numbers is None else _Sampled(self.network, numbers)
        window, step = (1, *(self.size,) * 3), (1, *(self.stride,) * 3)
        return method.attribute(self.volume, window, step, target=1, perturbations_per_eval=together)

    def work(self):
        """Multiplications of the windows and of whole passes."""
        with torch.no_grad():
            question = asked(self.network, 1, "logit", self.volume)
            return covered_passes(question, self.volume)(question, self.volume).work(tuple(self.boxes))


class _Sampled(Occlusion):
    """captum's occlusion of the windows ``numbers`` alone."""

    def __init__(self, network, numbers):
        super().__init__(network)
        self.numbers = numbers

    def _get_feature_idx_to_tensor_idx(self, formatted_feature_mask, **kwargs):
        return dict.fromkeys(self.numbers, [0])


def compare(name, target, case, small, peers, together, ours=None):
    """Time the map of ``case`` by both, check ``small`` in float64, and write the line.

    ``peers`` are the windows of captum's that are timed, ``together`` the numbers of them in a pass that it may choose
    from, ``ours`` the windows of ours where the map would take too long.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="every window of both, once")
    full = parser.parse_args().full
    # for both: a whole pass that makes its pages anew takes twice as long
    keep_freed_memory()
    made = Case(**case)
    figures = _timed(made, together, len(made.boxes) if full else peers, None if full else ours, 1 if full else 5)
    gpu = "not measured"
    if torch.cuda.is_available():
        gpu = _timed(Case(**case, device="cuda"), (4, 8, 16), 32, None, 5)
    parts, whole = made.work()
    figures |= {"windows": len(made.boxes), "multiplications": parts, "whole_multiplications": whole}
    figures |= {"arithmetic_allows": whole / parts, "threads": torch.get_num_threads(), "gpu": gpu}
    write_line(name, figures.pop("ratio"), _difference(Case(**small, kind=torch.float64)), target=target, **figures)


def _timed(case, together, peers, ours, repeats):
    count, draw = len(case.boxes), random.Random(1)
    sample = sorted(draw.sample(range(count), min(peers, count)))
    tried = interleaved({n: lambda n=n: _waited(case.theirs(n, sample[: max(n, 2)])) for n in together}, 1)
    best = min(together, key=lambda n: tried[n] / max(n, 2))
    works = {"none": lambda: case.theirs(best, sample[:0]), "theirs": lambda: _waited(case.theirs(best, sample))}
    if ours:
        part = sorted(draw.sample(range(count), ours))
        works |= {"one": lambda: _waited(case.our_part(part[:1])[0]), "part": lambda: _waited(case.our_part(part)[0])}
    else:
        works["ours"] = lambda: _waited(case.ours())
    seconds = interleaved(works, repeats)
    once = seconds.pop("none")
    each = (seconds["theirs"] - once) / len(sample)
    if ours:
        our_each = (seconds["part"] - seconds["one"]) / (ours - 1)
        seconds["ours"] = seconds["one"] + our_each * (count - 1)
    peer = once + each * count
    return {"ratio": peer / seconds["ours"], "ours": seconds["ours"], "peer": peer, "peer_each": each, "together": best}


def _waited(values):
    return float(values.flatten()[0])


def _difference(case):
    """The largest difference of the maps over the largest value; captum rounds its own to float32 at the end."""
    with mock.patch.object(torch.Tensor, "float", torch.Tensor.double):
        theirs = case.theirs(4)
    return float((case.ours() - theirs).abs().max() / theirs.abs().max())

import pytest
import torch
import torch.nn.functional as F

from voxplain.attribution.coarse_masks import gaussian_weights, margined, mask_matrices, shifted, total_variation
from voxplain.attribution.grids import spread


@pytest.mark.parametrize("axes", [2, 3])
def test_cells_are_interpolated_linearly_as_torch_does(axes):
    shape = (17, 14, 19)[:axes]
    cells = torch.rand(3, *(length // 4 for length in shape), dtype=torch.float64)
    mode = "trilinear" if axes == 3 else "bilinear"
    expected = F.interpolate(cells[:, None], shape, mode=mode, align_corners=False)[:, 0]
    torch.testing.assert_close(spread(cells, mask_matrices(shape, 4, 0)), expected, rtol=1e-12, atol=1e-12)


def test_the_kernel_is_centred_and_a_gaussian():
    kernel = gaussian_weights(41, 2.5)[20]
    gap = torch.arange(41, dtype=torch.float64) - 20
    density = torch.exp(-(gap**2) / (2 * 2.5**2))
    torch.testing.assert_close(kernel, density / density.sum(), rtol=1e-12, atol=0)
    assert torch.equal(kernel, kernel.flip(0))
    assert abs((kernel * gap**2).sum() ** 0.5 - 2.5) < 1e-6
    short = gaussian_weights(41, 2.5, kernel=5)[20]
    assert (short > 0).nonzero().flatten().tolist() == [18, 19, 20, 21, 22]
    torch.testing.assert_close(short[18:23], density[18:23] / density[18:23].sum(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("kernel", [None, 5])
def test_a_mask_of_ones_stays_one_up_to_the_border(kernel):
    ones = torch.ones(2, 5, 4, 6, dtype=torch.float64)
    torch.testing.assert_close(
        spread(ones, mask_matrices((21, 18, 25), 4, 3.0, kernel)), torch.ones(2, 21, 18, 25, dtype=torch.float64)
    )


def test_the_scale_says_how_many_cells_there_are():
    assert [one.shape for one in mask_matrices((21, 18, 3), 4, 1.0)] == [(21, 5), (18, 4), (3, 1)]
    assert [one.shape for one in mask_matrices((21, 18, 3), 2, 1.0)] == [(21, 10), (18, 9), (3, 1)]


def test_total_variation_is_worked_by_hand():
    masks = torch.tensor([[[0.0, 1.0], [0.5, 1.0]], [[1.0, 1.0], [1.0, 1.0]]])
    # down: (.5, 0), across: (1, .5)
    assert total_variation(masks, 2)[0].tolist() == [0.125 + 0.625, 0]
    assert total_variation(masks, 1)[0].tolist() == [0.25 + 0.75, 0]


@pytest.mark.parametrize("beta", [1, 1.5, 2, 3, 6, 7])
@pytest.mark.parametrize("shape", [(4, 5), (4, 1, 5)])
def test_the_slope_of_total_variation_is_that_of_its_formula(beta, shape):
    masks = torch.rand(2, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    steps = [masks.diff(dim=axis).abs() for axis in range(1, masks.dim()) if masks.shape[axis] > 1]
    expected = sum((one**beta).flatten(1).mean(1) for one in steps)
    total, slope = total_variation(masks.detach(), beta)
    torch.testing.assert_close(total, expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(slope, torch.autograd.grad(expected.sum(), masks)[0], rtol=1e-10, atol=1e-14)


def test_a_shift_reads_further_along_each_axis():
    row = torch.arange(1.0, 6)
    volumes = row.view(1, 1, 5, 1).expand(2, 3, 5, 4)

    def moved(offsets, shifts, padding):
        return shifted(margined(volumes, shifts, padding), offsets, shifts)

    assert moved((2, 0), (0, 4), "zeros")[1, 2, :, 3].tolist() == [3, 4, 5, 0, 0]
    assert moved((-1, 0), (-1, 1), "edge")[1, 2, :, 3].tolist() == [1, 1, 2, 3, 4]
    assert torch.equal(moved((0, 3), (-3, 3), "edge"), volumes)
    assert moved((0, 3), (0, 3), "zeros")[1, 2, 3].tolist() == [4, 0, 0, 0]

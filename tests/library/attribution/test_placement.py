import pytest
import torch
import torch.nn.functional as F

from voxplain.attribution.placement import placed
from voxplain.attribution.receptive_fields import Fields
from voxplain.errors import InputError, SettingsError

SHAPE = (9, 7, 11)
# one field inside, one that begins outside as behind wide padding, one that leaves voxels unseen
FIELDS = Fields((1.0, -2.0, 3.0), (2.0, 3.0, 1.5), (3.0, 4.0, 2.0))


@pytest.fixture
def cells():
    return torch.randn(3, 4, 3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def head():
    """Volumes of two channels with a background of zeros."""
    made = torch.rand(3, 2, *SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(3)) + 0.1
    made[:, :, :2] = 0
    made[1, :, :, 5:] = 0
    made[2, 0] = 0
    return made


def weight(voxel, cell, count, first, step, length):
    """The share that a cell has in a voxel along one axis, of linear interpolation with an end that is held."""
    centres = [first + step * at for at in range(count)]
    if voxel < centres[0] - (length - 1) / 2 or voxel > centres[-1] + (length - 1) / 2:
        return 0.0
    voxel = min(max(voxel, centres[0]), centres[-1])
    return max(0.0, 1 - abs(voxel - centres[cell]) / step)


def shares(cells, shape, fields):
    """(*voxels, *cells) by a plain loop over the axes."""
    parts = [
        torch.tensor([[weight(v, c, n, f, s, long) for c in range(n)] for v in range(length)], dtype=torch.float64)
        for length, n, f, s, long in zip(shape, cells.shape[1:], fields.first, fields.step, fields.length, strict=True)
    ]
    return torch.einsum("ai,bj,ck->abcijk", *parts)


def test_in_a_mask_a_voxel_is_the_mean_of_the_cells_around_by_nearness_and_share_of_the_mask(cells, head, differs):
    held = (head != 0).any(1)
    near = shares(cells, SHAPE, FIELDS)
    expected = torch.zeros(3, *SHAPE, dtype=torch.float64)
    for one in range(3):
        # the share of the mask among the voxels that a cell reaches
        of_mask = (near * held[one][..., None, None, None]).sum((0, 1, 2)) / near.sum((0, 1, 2)).clamp(min=1e-300)
        for voxel in held[one].nonzero():
            around = near[tuple(voxel)] * of_mask
            if around.sum() > 0:
                expected[(one, *voxel)] = (around * cells[one]).sum() / around.sum()
    found = placed(cells, head, FIELDS, "nonzero")
    assert differs(found[:, 0], expected) < 1e-10
    assert torch.equal(found[:, 0], found[:, 1]) and found.shape == head.shape
    assert differs(placed(cells, head, FIELDS, held), expected[:, None].expand_as(head)) < 1e-10
    first = placed(cells, head, FIELDS, held[0].float())
    assert torch.equal(first[0], found[0]) and not torch.equal(first[1], found[1])


def test_without_a_mask_it_is_plain_interpolation(cells, head, differs):
    expected = torch.einsum("abcijk,nijk->nabc", shares(cells, SHAPE, FIELDS), cells)
    assert differs(placed(cells, head, FIELDS)[:, 0], expected) < 1e-10


def test_a_background_bleeds_less_into_the_mask_the_less_of_the_mask_its_cells_reach():
    volumes = torch.zeros(1, 1, 21, 3, 3, dtype=torch.float64)
    volumes[:, :, 7:15] = 1
    cells = torch.full((1, 11, 3, 3), -10.0, dtype=torch.float64)
    cells[:, 4:8] = 1
    fields = Fields((0.0, 0.0, 0.0), (2.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    # voxel 7 lies between a cell at 6, a quarter of whose reach is in the mask, and one at 8, which is all in it
    assert (placed(cells, volumes, fields)[0, 0, 7] == -4.5).all()
    found = placed(cells, volumes, fields, "nonzero")[0, 0]
    torch.testing.assert_close(found[7], torch.full((3, 3), (0.25 * -10 + 1) / 1.25, dtype=torch.float64))
    assert (found[:7] == 0).all() and (found[8:15] == 1).all() and (found[15:] == 0).all()


@pytest.mark.parametrize("fields", [FIELDS, None])
@pytest.mark.parametrize("mask", [None, "nonzero"])
def test_equal_cells_give_an_even_map_in_the_mask(head, fields, mask):
    found = placed(torch.full((3, 4, 3, 5), 2.0, dtype=torch.float64), head, fields, mask)
    seen = (torch.ones_like(found) if mask is None else (head != 0).any(1, keepdim=True).expand_as(head)) > 0
    values = found[seen].unique()
    assert ((values - 2).abs() < 1e-12).logical_or(values == 0).all()
    assert (found[~seen] == 0).all() and (found[seen] != 0).any()


@pytest.mark.parametrize("fields", [FIELDS, None, Fields((-8.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))])
def test_shared_out_cells_keep_their_sum_or_their_mean_also_of_cells_beyond_the_border(cells, head, fields):
    torch.testing.assert_close(placed(cells, head, fields, keep="sum")[:, 0].flatten(1).sum(1), cells.flatten(1).sum(1))
    torch.testing.assert_close(
        placed(cells, head, fields, keep="mean")[:, 0].flatten(1).mean(1), cells.flatten(1).mean(1)
    )


def test_shared_out_in_a_mask_all_that_reaches_the_mask_is_kept(cells, head):
    found = placed(cells, head, None, "nonzero", "sum")[0, 0]
    reaching = shares(cells, SHAPE, _stretched(cells))[head[0, 0] != 0].sum(0) > 0
    torch.testing.assert_close(found.sum(), cells[0][reaching].sum())
    assert (found[head[0, 0] == 0] == 0).all()


def _stretched(cells):
    steps = [length / count for length, count in zip(SHAPE, cells.shape[1:], strict=True)]
    return Fields(tuple((step - 1) / 2 for step in steps), tuple(steps), (1e9,) * 3)


@pytest.mark.parametrize("axes", [2, 3])
def test_stretching_is_that_of_torch(axes, differs):
    cells = torch.randn(3, *(4, 5, 3)[:axes], dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    volumes = torch.zeros(3, 2, *(9, 7, 11)[:axes], dtype=torch.float64)
    mode = {2: "bilinear", 3: "trilinear"}[axes]
    theirs = F.interpolate(cells[:, None], volumes.shape[2:], mode=mode, align_corners=False)
    assert differs(placed(cells, volumes), theirs.expand_as(volumes)) < 1e-10


@pytest.mark.parametrize(
    ("mask", "fault", "words"),
    [
        ("brain", SettingsError, "mask is 'brain'; use \"nonzero\""),
        (True, SettingsError, "mask is True"),
        (torch.ones(9, 7, 10), InputError, r"mask has shape \(9, 7, 10\), the volumes \(3, 2, 9, 7, 11\)"),
        (torch.ones(2, 9, 7, 11), InputError, "mask has shape"),
    ],
)
def test_a_wrong_mask_is_refused_in_one_line(cells, head, mask, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        placed(cells, head, FIELDS, mask)
    assert "\n" not in str(refusal.value)


def test_cells_beyond_the_border_which_reach_no_voxel_leave_a_mask_alone(cells, head):
    beyond = Fields((-8.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))
    inner = Fields((-2.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))
    assert (placed(cells, head, beyond, "nonzero") == 0).all()
    found = placed(cells, head, inner, "nonzero")
    assert torch.isfinite(found).all() and (found != 0).any()


def test_an_empty_mask_gives_a_map_of_zeros(cells, head):
    assert (placed(cells, head, FIELDS, torch.zeros(SHAPE)) == 0).all()
    assert (placed(cells, torch.zeros_like(head), FIELDS, "nonzero", "sum") == 0).all()

"""Figures for papers: their size, their sides, their colours, and that the same map gives the same files offline."""

import re
import socket

import matplotlib
import nibabel
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from voxplain.errors import InputError
from voxplain.report.map_colours import colours_of
from voxplain.report.papers.look import look_of
from voxplain.report.papers.own_map import figure_of
from voxplain.report.papers.sheet import COLUMN, DPI, PAGE, PaperFigure, paper_style, sheet
from voxplain.report.papers.units import unit_of

SPACING = 6
SHAPE = (30, 36, 30)
CORNER = (-87, -123, -72)
LEFT = (-40, -15, 5)  # mm, in MNI space
ONE_SLICE = ((("z", 1),),)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refused(*_):
        raise AssertionError("a figure asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)


def image(values):
    affine = np.diag([SPACING] * 3 + [1.0])
    affine[:3, 3] = CORNER
    return nibabel.Nifti1Image(values.astype(np.float32), affine)


def ball(place, radius):
    grid = np.stack(np.meshgrid(*(np.arange(length) for length in SHAPE), indexing="ij"), -1) * SPACING + CORNER
    return ((grid - np.array(place)) ** 2).sum(axis=-1) < radius**2


@pytest.fixture(scope="module")
def head():
    return image(ball((0, -18, 10), 75))


@pytest.fixture(scope="module")
def blob():
    return image(2.0 * ball(LEFT, 25) - 0.5 * ball((40, -15, 5), 10))


def pixels(figure):
    seen = FigureCanvasAgg(figure.canvas)
    seen.draw()
    return np.asarray(seen.buffer_rgba())[..., :3].astype(int)


def strong(picture):
    """Where a picture is yellow or orange: the strongest positive values."""
    return (picture[..., 0] > 200) & (picture[..., 1] > 100) & (picture[..., 2] < 60)


def letters(figure):
    """The sides that are written on the figure, from left to right."""
    texts = [text for axes in figure.canvas.axes for text in axes.texts if text.get_text() in "LR"]
    where = {text.get_window_extent().x0: text.get_text() for text in texts}
    return [where[place] for place in sorted(where)]


@pytest.mark.parametrize("width", [COLUMN, PAGE])
def test_a_figure_is_as_wide_as_a_column_or_a_page_to_the_pixel_at_300_dpi(width, blob, head, tmp_path):
    svg, png, txt = figure_of(blob, head, width=width).save(tmp_path / "figure.1")
    with Image.open(png) as picture:
        assert picture.width == round(width / 25.4 * DPI)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    told = re.search(r'<svg[^>]* width="([\d.]+)pt"', re.sub(r"\s+", " ", svg.read_text()))[1]
    assert float(told) * 25.4 / 72 == pytest.approx(width, abs=0.05)
    assert [path.name for path in (svg, png, txt)] == ["figure.1.svg", "figure.1.png", "figure.1.txt"]


def test_the_same_map_gives_the_same_bytes_and_letters_need_no_font(blob, head, tmp_path):
    written = [figure_of(blob, head).save(tmp_path / name / "figure") for name in ("one", "two")]
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()
    text = written[0][0].read_text()
    assert "<text" not in text and "<image" in text and not re.search(r'href="(?!#|data:)', text)
    assert not re.search(r"20\d\d-\d\d-\d\d", text)


def test_what_lies_on_the_left_appears_on_the_left_or_as_radiologists_have_it_on_the_right(blob, head):
    found = {}
    for orientation in ("neurological", "radiological"):
        figure = figure_of(blob, head, rows=ONE_SLICE, width=COLUMN, orientation=orientation)
        hot = np.flatnonzero(strong(pixels(figure)[:, : 62 * 12]).any(axis=0))
        middle = figure.canvas.axes[1].get_window_extent()
        found[orientation] = hot.mean() < (middle.x0 + middle.x1) / 2, letters(figure), figure.caption
    assert found["neurological"][:2] == (True, ["L", "R"]) and "on the left (neuro" in found["neurological"][2]
    assert found["radiological"][:2] == (False, ["R", "L"]) and "on the right (radio" in found["radiological"][2]


def test_through_the_head_the_view_from_behind_is_turned_and_the_one_from_the_left_is_not(blob):
    one, other = (figure_of(blob, kind="glass_brain", orientation=name) for name in ("neurological", "radiological"))
    assert letters(one) == ["L", "R"] * 2 and letters(other) == ["R", "L"] * 2
    views = [axes.get_window_extent() for axes in one.canvas.axes if axes.texts][:2]
    seen = [pixels(figure) for figure in (one, other)]
    side, back = ((slice(None), slice(int(view.x0) + 1, int(view.x1))) for view in views)
    assert (seen[0][side] == seen[1][side]).mean() > 0.999
    centres = [np.flatnonzero(strong(picture[back]).any(axis=0)).mean() for picture in seen]
    middle = (back[1].stop - back[1].start) / 2
    assert centres[0] < middle < centres[1]


def test_the_cortex_is_coloured_in_the_half_where_the_map_is(blob):
    figure = figure_of(blob, kind="surface")
    shown = {axes.get_title(): axes.get_images()[0].get_array() for axes in figure.canvas.axes if axes.get_title()}
    assert list(shown) == ["left, lateral", "left, medial", "right, medial", "right, lateral"]
    amounts = {name: strong(np.asarray(picture, int)).sum() for name, picture in shown.items()}
    assert amounts["left, lateral"] > 100 and amounts["right, lateral"] == amounts["right, medial"] == 0
    assert "fsaverage5" in figure.caption and "(left)" in figure.caption


def test_limits_of_a_signed_map_are_symmetric_and_those_of_another_begin_at_zero(blob):
    values = blob.get_fdata()
    signed, unsigned = look_of([values]), look_of([np.abs(values)])
    assert signed.ends == (-2, 2) and unsigned.ends == (0, 2) and look_of([values, 3 * values]).ends == (-6, 6)
    assert look_of([values], limit=0.5).ends == (-0.5, 0.5)
    assert signed.painted(np.array([-2, -0.1, 0, 0.19, 0.21]))[:, 3].tolist() == [1, 0, 0, 0, 1]


def test_the_colour_bar_has_its_ends_and_its_unit(blob, head):
    bar = figure_of(blob, head, unit="log odds", limit=0.25).canvas.axes[-1]
    assert [text.get_text().replace("\N{MINUS SIGN}", "-") for text in bar.get_yticklabels()] == ["-0.25", "0", "0.25"]
    assert bar.get_ylabel() == "log odds"


# Machado, Oliveira, Fernandes 2009: linear RGB as people without one kind of cone see it
READERS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "all cones": np.eye(3),
}


def as_seen(colours, matrix):
    """CIELAB of colours (n, 3) from 0 to 1 as a reader sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(matrix).T, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


def signs(colours):
    """Colours of the strongest 85 % of either sign, from weak to strong."""
    amounts = np.linspace(0.15, 1, 40) / 2
    return colours(0.5 + amounts)[:, :3], colours(0.5 - amounts)[:, :3]


def furthest_alike(colours, matrix):
    """The least difference of a positive colour from a negative one."""
    warm, cold = (as_seen(one, matrix) for one in signs(colours))
    return np.sqrt(((warm[:, None] - cold[None]) ** 2).sum(axis=-1)).min()


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_can_tell_the_sign_of_a_value_and_sees_stronger_ones_lighter(reader):
    matrix = READERS[reader]
    assert furthest_alike(colours_of(True), matrix) > 50 > furthest_alike(matplotlib.colormaps["RdBu_r"], matrix)
    for arm in signs(colours_of(True)):
        assert (np.diff(as_seen(arm, matrix)[:, 0]) > -0.05).all()
    plain = as_seen(colours_of(False)(np.linspace(0, 1, 60))[:, :3], matrix)
    assert (np.diff(plain[:, 0]) > -0.05).all()


def test_a_caption_tells_the_numbers_that_are_drawn(blob, head):
    said = figure_of(blob, head, what="My map", unit="log odds").caption
    assert said.startswith("My map, on slices") and "log odds, from -2 to 2, symmetric around zero" in said
    x, y, z = (float(number) for number in re.search(r"strongest at x (-?\d+), y (-?\d+), z (-?\d+)", said).groups())
    assert np.linalg.norm(np.subtract((x, y, z), LEFT)) <= 25 and "(left)" in said
    assert "from 0 to 4" in figure_of(image(np.abs(2 * blob.get_fdata())), head).caption


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"kind": "mosiac"}, "kind 'mosiac' is not known; did you mean \"mosaic\"?"),
        ({"width": 100}, 'width 100 is not known; did you mean "180"?'),
        ({"map": "nowhere.nii"}, "nowhere.nii: cannot be read as an image"),
        ({"map": np.ones((3, 3, 3))}, "map: a ndarray and no image; give a path or a nibabel image"),
        ({"map": nibabel.Nifti1Image(np.ones((4, 4, 4, 2)), np.eye(4))}, "map: shape (4, 4, 4, 2), but a figure needs"),
        ({"map": image(np.zeros(SHAPE))}, "map: zero everywhere, so there is nothing to draw; give another map"),
        ({"map": image(np.full(SHAPE, np.nan))}, "map: 32400 values are not finite; replace them, by 0 say"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_one_line(given, line, blob):
    with pytest.raises(InputError) as stopped:
        figure_of(**({"map": blob} | given))
    assert str(stopped.value).startswith(line) and "\n" not in str(stopped.value)


@pytest.mark.parametrize(
    ("entry", "more", "unit"),
    [
        ({"method": "gradient"}, {}, "log odds per unit of intensity"),
        ({"method": "gradient"}, {"classes": 3}, "logit per unit of intensity"),
        ({"method": "occlusion", "score": "probability"}, {}, "probability lost when covered"),
        ({"method": "occlusion"}, {"classes": 0, "amount": "age"}, "age lost when covered"),
        ({"method": "deeplift", "score": "logit"}, {}, "logit per voxel"),
        ({"method": "smoothgrad", "options": {"form": "square"}}, {}, "arbitrary units"),
        ({"method": "grad_cam"}, {}, "arbitrary units"),
    ],
)
def test_a_unit_is_that_of_the_method_and_the_score(entry, more, unit):
    assert unit_of(entry, **more) == unit


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["glass_brain", "surface"])
def test_the_same_map_through_the_head_and_on_the_cortex_gives_the_same_bytes(kind, blob, tmp_path):
    written = [figure_of(blob, kind=kind).save(tmp_path / name / "figure") for name in ("one", "two")]
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_a_sheet_takes_the_papers_style_and_gives_it_back():
    before = dict(matplotlib.rcParams)
    with paper_style():
        canvas = sheet(COLUMN, 20)
        assert matplotlib.rcParams["svg.fonttype"] == "path"
    assert dict(matplotlib.rcParams) == before and PaperFigure(canvas, "").size == (85.0, 20.0)

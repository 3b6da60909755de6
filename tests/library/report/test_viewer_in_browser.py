import json

import nibabel
import numpy as np
import pandas
import pytest

from tests.library.report.browser import Visit
from tests.library.report.made_results import AFFINE, SETTINGS, SHAPE, make_results
from voxplain.report.blocks import Page, Section, Viewer
from voxplain.report.pages import Pages
from voxplain.report.results import Results
from voxplain.report.viewer.niivue import COMMAND, LIBRARY
from voxplain.report.viewer.page import viewer_page
from voxplain.report.viewer.placing import SCRIPTS, place_viewer
from voxplain.report.viewer.volumes import write_volume

pytestmark = [
    pytest.mark.xdist_group("viewer"),
    pytest.mark.skipif(not LIBRARY.is_file(), reason=f"NiiVue was not fetched: run {COMMAND}"),
]
NAMES = {1: "left <b>half</b>", 2: "right half"}
REGION = "x −28, y 28, z 20 mm (left); region of atlas halves: left <b>half</b>"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The results and the folder of a report with the viewer's page, and one with three linked maps below it."""
    root = make_results(tmp_path_factory.mktemp("viewer"))
    labels = np.full(SHAPE, 2, np.int16)
    labels[: SHAPE[0] // 2] = 1
    nibabel.save(nibabel.Nifti1Image(labels, AFFINE), root / "template/mni152_atlas-halves_dseg.nii.gz")
    names = pandas.DataFrame({"index": list(NAMES), "name": list(NAMES.values()), "voxels": 9})
    names.to_csv(root / "template/mni152_atlas-halves_dseg.tsv", sep="\t", index=False)
    results, folder = Results(root, SETTINGS), root / "report"
    pages = Pages(folder, results, [("viewer.html", "Viewer")])
    pages.write_assets()
    pages.write(viewer_page(results, folder))
    pages.write(linked_page(results, folder))
    return root


def linked_page(results, folder):
    place_viewer(folder)
    template = results.template
    background = write_volume(
        folder, "subjects/own", np.asarray(template.dataobj), template.affine, "anatomy", "a head"
    )
    maps = [
        write_volume(folder, f"subjects/map-{number}", planted(number), AFFINE, "map", f"map {number}")
        for number in range(3)
    ]
    block = Viewer("Maps side by side", background, maps, radiological=True)
    return Page("subjects/one.html", "One", [Section("maps", "Maps", ("How.", "So."), None, [block])], SCRIPTS)


def planted(number):
    values = np.zeros(SHAPE)
    values[3, 4, 5], values[10, 11, 12] = number + 1, -(number + 1) / 2
    return values


@pytest.fixture(scope="module")
def opened(report, browser):
    """The viewer's page, opened once; its faults fail the module's last test."""
    visit = Visit(browser)
    page = visit(report / "report/viewer.html", width=600, height=900)
    page.set_default_timeout(60000)
    page.wait_for_selector(".viewer[data-state=open]")
    yield page
    visit.close()


def move(page, *place):
    for axis, millimetres in zip("xyz", place, strict=True):
        page.fill(f"[name={axis}]", str(millimetres))
        page.press(f"[name={axis}]", "Enter")


def click_a_slice(page, panel):
    canvas = page.locator("canvas").nth(panel)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.3})


def told(page, panel=0):
    """The value that a panel tells."""
    return float(page.locator(".panel .value").nth(panel).inner_text().replace("−", "-"))


def image_of(report, experiment, method, group="correct"):
    return nibabel.load(report / f"relevance/{experiment}/{method}/group-{group}_mean.nii.gz")


def at(image, place):
    """The value of the voxel at ``place`` (mm), and how far the viewer's may be from it."""
    values = np.asarray(image.dataobj)
    voxel = np.rint(np.linalg.solve(image.affine, [*place, 1])[:3]).astype(int)
    return values[tuple(voxel)], np.abs(values).max() / 4094 * 1.5


@pytest.mark.parametrize("place", [(-28, 28, 20), (20, -36, 4), (12, 20, -20)])
def test_the_value_under_the_cross_hair_is_that_of_the_file(opened, report, place):
    move(opened, *place)
    expected, within = at(image_of(report, "head", "gradient"), place)
    assert expected != 0 and told(opened) == pytest.approx(expected, abs=within)


def test_the_region_under_the_cross_hair_is_told_by_name(opened):
    move(opened, -28, 28, 20)
    assert opened.inner_text(".told") == REGION
    move(opened, 28, 28, 20)
    assert opened.inner_text(".told").endswith("(right); region of atlas halves: right half")
    move(opened, 500, 28, 20)
    assert opened.inner_text(".told").endswith("region of atlas halves: none")
    assert opened.inner_text(".panel .value") == "no value"


def test_a_click_on_a_slice_moves_the_cross_hair(opened, report):
    move(opened, 4, 4, 4)
    before = opened.inner_text(".told")
    click_a_slice(opened, 0)
    assert opened.inner_text(".told") != before
    place = [float(opened.input_value(f"[name={axis}]")) for axis in "xyz"]
    expected, within = at(image_of(report, "head", "gradient"), place)
    assert told(opened) == pytest.approx(expected, abs=within)


def test_the_keyboard_moves_the_cross_hair_by_one_voxel(opened):
    move(opened, 4, 4, 4)
    opened.locator("canvas").first.focus()
    for key, axis, step in (("ArrowLeft", "x", -8), ("ArrowUp", "y", 8), ("PageDown", "z", -8), ("ArrowRight", "x", 8)):
        before = float(opened.input_value(f"[name={axis}]"))
        opened.keyboard.press(key)
        assert float(opened.input_value(f"[name={axis}]")) == before + step


@pytest.mark.slow
def test_the_threshold_takes_colours_away(opened):
    shares = []
    for percent in ("0", "90"):
        opened.fill("[name=threshold]", percent)
        shares.append(opened.evaluate(SHARE_OF_COLOUR))
    opened.fill("[name=threshold]", "10")
    assert shares[0] > 0.05 and shares[1] < shares[0] / 2
    assert opened.locator("[name=threshold] + output").inner_text() == "10 %"


# Of the pixels of the first canvas those whose channels differ
SHARE_OF_COLOUR = """() => {
  const canvas = document.querySelector("canvas"), gl = canvas.getContext("webgl2");
  const pixels = new Uint8Array(4 * canvas.width * canvas.height);
  document.querySelector(".viewer").scenes[0].drawScene();
  gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  let coloured = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const three = pixels.subarray(at, at + 3);
    if (Math.max(...three) - Math.min(...three) > 60) coloured += 1;
  }
  return 4 * coloured / pixels.length;
}"""


@pytest.mark.slow
def test_several_maps_stand_side_by_side_each_with_its_own_value_and_limits(opened, report):
    wanted = opened.locator("fieldset", has_text="brain, gradCam").locator("[name=map]").first
    wanted.check()
    opened.wait_for_function("document.querySelectorAll('.panel:not([hidden])').length === 2")
    move(opened, -28, 28, 20)
    values = [at(image_of(report, *which), (-28, 28, 20)) for which in (("head", "gradient"), ("brain", "gradCam"))]
    for panel, (expected, within) in enumerate(values):
        assert told(opened, panel) == pytest.approx(expected, abs=within)
    ticks = opened.locator(".ticks").nth(0).locator("span").all_inner_texts()
    assert len(ticks) == 3 and ticks[0] == "−" + ticks[2] and ticks[1] == "0"
    wanted.uncheck()
    opened.wait_for_function("document.querySelectorAll('.panel:not([hidden])').length === 1")


# Of every panel, in mm
CROSS_HAIRS = """() => document.querySelector(".viewer").scenes.map(
  (one) => [...one.frac2mm(one.scene.crosshairPos)].slice(0, 3))"""


@pytest.mark.slow
def test_linked_maps_open_on_request_and_share_one_cross_hair(report, visit):
    page = visit(report / "report/subjects/one.html", width=600)
    page.set_default_timeout(60000)
    assert page.locator("canvas").count() == 0 and not page.evaluate("'niivue' in window")
    page.click("text=Open the viewer (3 maps")
    page.wait_for_selector(".viewer[data-state=open]")
    assert [told(page, panel) for panel in range(3)] == pytest.approx([1, 2, 3], rel=1e-3)
    move(page, *(AFFINE @ [10, 11, 12, 1])[:3])
    assert [told(page, panel) for panel in range(3)] == pytest.approx([-0.5, -1, -1.5], rel=1e-3)
    turned = page.evaluate("document.querySelector('.viewer').scenes.map((one) => one.opts.isRadiologicalConvention)")
    assert turned == [True] * 3
    page.locator(".panel button").nth(2).click()
    assert [told(page, panel) for panel in range(3)] == pytest.approx([1, 2, 3], rel=1e-3)
    click_a_slice(page, 1)
    places = page.evaluate(CROSS_HAIRS)
    assert np.ptp(places, axis=0) == pytest.approx([0, 0, 0], abs=1e-3)
    assert not np.allclose(places[0], (AFFINE @ [3, 4, 5, 1])[:3])


@pytest.mark.slow
def test_a_browser_without_webgl_is_told_so(report, visit):
    page = visit(report / "report/subjects/one.html")
    page.evaluate("HTMLCanvasElement.prototype.getContext = () => null")
    page.click("text=Open the viewer")
    page.wait_for_selector(".viewer[data-state=failed]")
    assert "no WebGL 2" in page.inner_text(".unable")


def test_what_the_viewer_is_told_is_escaped(report):
    text = (report / "report/viewer.html").read_text()
    assert "<b>" not in text and json.dumps(NAMES[1])[1:-1].replace("<", "&lt;").replace(">", "&gt;") in text

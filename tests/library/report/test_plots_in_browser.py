"""Plots whose dots are scans: what they show, and where a click leads."""

import re

import numpy as np
import pandas
import pytest

from tests.library.report.made_results import SCANS, SETTINGS, make_results, write_table
from voxplain.report import predictions, quality
from voxplain.report.blocks import Page
from voxplain.report.measured import Measured
from voxplain.report.page import write_pages
from voxplain.report.plots import EDGE, Dot, Dots, Strip, Strips
from voxplain.report.quality_plots import MOST_DOTS, cohort_strips, ranked_correlations
from voxplain.report.results import Results


@pytest.fixture(scope="module")
def report(made_results, tmp_path_factory):
    folder, results = tmp_path_factory.mktemp("report"), Results(made_results, SETTINGS)
    write_pages(folder, results, [Page("quality.html", "Quality", [quality.section(results)])])
    return folder


def test_a_click_on_an_outlier_opens_the_page_of_its_scan(report, visit):
    page = visit(report / "quality.html")
    dot = page.locator("[data-dots] a:has(.crossed)").first
    assert f"{SCANS[1]}: correlation 0.310" in dot.locator("title").text_content()
    dot.click()
    page.wait_for_url(f"**/subjects/{SCANS[1]}.html")
    page.goto((report / "quality.html").as_uri())
    page.locator("figure.plot:not([data-dots]) a:has(.marked)").first.click()
    page.wait_for_url(f"**/subjects/{SCANS[3]}.html")


def test_the_keyboard_reaches_the_dots_that_stand_out_and_no_others(report, visit):
    page = visit(report / "quality.html")
    links = page.locator("[data-dots] a")
    reached = [links.nth(place).get_attribute("tabindex") is None for place in range(links.count())]
    assert links.count() == 5 and sum(reached) == 2
    page.locator("[data-dots] a:has(.crossed)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/subjects/{SCANS[1]}.html")


def test_dots_are_chosen_by_class_and_by_answer(report, visit):
    page = visit(report / "predictions-head.html")
    shown = page.locator("[data-tags]:not(.away) .dot")
    assert shown.count() == 4 and page.locator(".dot.crossed").count() > 1
    page.locator("[data-dots] .tools select").nth(0).select_option("F")
    assert shown.count() == 2 and "2 of 4 dots" in page.locator("[data-dots] .status").inner_text()
    page.locator("[data-dots] .tools select").nth(2).select_option("right")
    assert shown.count() == 0


def test_a_link_to_a_picture_opens_the_page_of_pictures_that_holds_it(report, visit):
    page = visit(f"{report / 'quality.html'}#{SCANS[4]}")
    box = page.locator(f"#{SCANS[4]}").bounding_box()
    assert 0 <= box["y"] < 900
    page.goto((report / f"subjects/{SCANS[0]}.html").as_uri())
    page.get_by_role("link", name="All scans of the study").click()
    page.wait_for_url(f"**/quality.html#{SCANS[0]}")


def test_a_probability_changed_in_the_table_moves_its_dot(tmp_path):
    root = make_results(tmp_path)
    before, after = (predictions_of(root, value) for value in (0.3, 0.45))
    assert [dot.y for dot in before.dots if dot.title.startswith(SCANS[0])] == [0.3]
    assert [dot.y for dot in after.dots if dot.title.startswith(SCANS[0])] == [0.45]
    assert "0 of 2 of class F and 2 of 2 of class M" in before.label


def predictions_of(root, value):
    path = root / "predict/head/predictions.tsv"
    table = pandas.read_csv(path, sep="\t")
    table.assign(probability_0=value, probability_1=1 - value).to_csv(path, sep="\t", index=False)
    return next(predictions.pages(Results(root, SETTINGS), root)).sections[0].picture


def test_of_an_amount_what_was_said_stands_over_what_is_true_and_the_farthest_is_marked(tmp_path):
    root = make_results(tmp_path)
    labels = {"age": {"column": "Age", "regression": True}}
    experiments = {"head": SETTINGS["experiments"]["head"] | {"labels": "age"}}
    settings = SETTINGS | {"cohort": SETTINGS["cohort"] | {"labels": labels}, "experiments": experiments}
    rows = [
        {
            "scan": scan,
            "subject": scan,
            "split": "r1f1",
            "seed": 1,
            "label": 20.0 + place,
            "predicted": 21.0 + 2 * place,
        }
        for place, scan in enumerate(SCANS[:4])
    ]
    write_table(root / "predict/head/predictions.tsv", rows)
    (page,) = predictions.pages(Results(root, settings), tmp_path)
    plot, table = page.sections[0].picture, page.sections[0].blocks[-1]
    assert [(dot.x, dot.y) for dot in plot.dots] == [(20, 21), (21, 23), (22, 25), (23, 27)]
    assert [dot.look for dot in plot.dots] == ["plain", "plain", "plain", "marked"]
    assert table.columns[-2:] == ["Off by", "Networks"] and table.rows[0][0] == SCANS[3]


def test_scores_lead_to_the_page_of_every_held_out_scan(made_sections):
    links = [block for block in made_sections["scores"].blocks if block.kind == "links"]
    assert [item[1] for block in links for item in block.items] == ["predictions-head.html", "predictions-brain.html"]


def rows(values, measure="shear", **more):
    mads = (np.array(values) - np.median(values)) / 0.01
    return [
        {"scan": f"sub-{place}", "flag": "", "why": "", "status": "used", measure: value, f"{measure}_mads": away}
        | more
        for place, (value, away) in enumerate(zip(values, mads, strict=True))
    ]


def test_of_many_outliers_the_farthest_are_drawn_and_all_are_counted():
    values = [0.01] * 200 + [0.1 + 0.001 * place for place in range(60)]
    (strips,) = cohort_strips(Measured("a", rows(values)), {"sub-259": "subjects/sub-259.html"})
    assert "60 values more than 3.5 MADs" in strips.label
    dots = strips.strips[0].dots
    assert len(dots) == MOST_DOTS and dots[0].link == "subjects/sub-259.html" and "shear 0.159" in dots[0].title
    assert not any("sub-0:" in dot.title for dot in dots)


def test_what_lies_beyond_the_edge_of_a_strip_stands_at_it():
    strips = Strips("", [Strip("shear", "", -1, 1, [Dot(np.inf, 0, "far")])], 3.5)
    assert strips.across(np.inf) == strips.across(EDGE) == strips.end and strips.across(-99) == strips.start


def test_a_mean_that_one_scan_has_alone_is_drawn_in_the_middle():
    plot = Dots("", "", "", [Dot(1, 0.9, "one")])
    ((across, down, _),) = plot.placed
    assert plot.left < across < plot.width - plot.right and plot.top < down < plot.height - plot.bottom


def test_the_limit_of_the_correlation_is_drawn_only_where_a_scan_comes_near():
    measured = Measured("a", rows([0.97, 0.96], "correlation"))
    assert ranked_correlations(measured, {}, {}, 0.8).lines == []
    measured = Measured("a", rows([0.97, 0.82], "correlation"))
    assert ranked_correlations(measured, {}, {}, 0.8).lines == [(0.8, "left out below")]


def test_a_title_from_a_table_is_text(tmp_path, made_results):
    evil = '"><script>alert(1)</script>'
    dots = Dots(evil, evil, evil, [Dot(0, 0, evil, None, "plain", {"class": evil})], caption=evil)
    strips = Strips(evil, [Strip(evil, evil, -1, 1, [Dot(0, 0, evil)], evil)], 3.5, evil)
    results = Results(made_results, SETTINGS | {"report": {"subjects": "none"}, "experiments": {}})
    section = quality.Section("quality", "Quality", ("", ""), dots, [strips])
    write_pages(tmp_path, results, [Page("quality.html", "Quality", [section])])
    text = (tmp_path / "quality.html").read_text()
    assert "<script>" not in text and not re.search(r'"><script', text) and "&lt;script&gt;" in text

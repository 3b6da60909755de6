from functools import partial

import nibabel
import numpy as np
import pandas
import pytest
from h5py import File

from tests.library.report.made_results import SCANS, SETTINGS, make_results
from tests.library.report.reading import section_text
from voxplain.attribution.maps import read_maps
from voxplain.errors import InputError
from voxplain.report import quality
from voxplain.report.answers import scan_answers, scan_tags
from voxplain.report.in_parallel import in_order
from voxplain.report.results import Results
from voxplain.report.scan_maps import scan_maps
from voxplain.report.subjects import pages

USED = [SCANS[place] for place in (0, 2, 3, 4)]


def with_report(root, **report):
    return Results(root, SETTINGS | {"report": report})


@pytest.fixture(scope="module")
def subject_pages(made_results, tmp_path_factory):
    found = pages(Results(made_results, SETTINGS), tmp_path_factory.mktemp("report"))
    return {page.title: page for page in found}


@pytest.fixture(scope="module")
def sections(subject_pages):
    return {scan: {section.key: section for section in page.sections} for scan, page in subject_pages.items()}


def blocks_of(section, kind):
    return [block for block in section.blocks if block.kind == kind]


def test_every_scan_has_a_page_that_turns_to_the_ones_before_and_after_it(subject_pages):
    assert list(subject_pages) == SCANS
    assert [page.before and page.before[0] for page in subject_pages.values()] == [None, *SCANS[:-1]]
    assert [page.after and page.after[1] for page in subject_pages.values()] == [
        *(f"subjects/{scan}.html" for scan in SCANS[1:]),
        None,
    ]


def test_a_scan_that_was_left_out_says_why_and_has_no_answers(sections):
    refused, truncated = sections[SCANS[1]], sections[SCANS[5]]
    assert "Left out at the stage prepare: correlation 0.31 with the template" in repr(refused["scan"].blocks)
    assert refused["scan"].picture is not None and truncated["scan"].picture is None
    assert "no volume of input affine" in repr(truncated["scan"].blocks)
    assert not {"answers", "maps"} & (set(refused) | set(truncated))


def test_a_reason_and_a_probability_changed_in_the_tables_change_on_the_page(tmp_path):
    root = make_results(tmp_path / "results")
    for path, column, value in (
        ("cohort/ledger.tsv", "reason", "moved <b>in</b> the scanner"),
        ("predict/brain/predictions.tsv", "probability_1", "0.7654"),
    ):
        table = pandas.read_csv(root / path, sep="\t", dtype=str, keep_default_na=False)
        table[column] = value
        table.to_csv(root / path, sep="\t", index=False)
    made = {page.title: repr(page) for page in pages(Results(root, SETTINGS), tmp_path / "report")}
    assert "moved <b>in</b> the scanner" in made[SCANS[1]]
    assert "0.765" in made[SCANS[0]] and "said M with probability 0.77, wrong, truly F" in made[SCANS[0]]


def test_the_place_of_a_scan_among_all_is_told_for_every_measure(sections):
    (strips,) = blocks_of(sections[SCANS[3]]["quality"], "strips")
    assert "beyond the limit in shear" in strips.label
    strip = {strip.name: strip for strip in strips.strips}["shear"]
    assert strip.value == "0.3, above 75 %" and strip.dots[0].look == "marked"
    assert "within the limit in all of them" in blocks_of(sections[SCANS[0]]["quality"], "strips")[0].label


def test_the_maps_of_all_methods_go_through_one_point_and_tell_their_values_there(made_results, sections):
    galleries = blocks_of(sections[SCANS[2]]["maps"], "gallery")
    assert [[tile.name for tile in gallery.tiles] for gallery in galleries] == [["gradient", "gradCam"]] * 2
    (where,) = {gallery.label.partition("through ")[2] for gallery in galleries}
    place = np.linalg.inv(affine_of(made_results)) @ [*(float(one[2:]) for one in where.split(" mm")[0].split(", ")), 1]
    maps = read_maps(made_results / "explain/head/gradient/r1f2_seed-1.h5")
    value = maps.maps[0][tuple(np.round(place[:3]).astype(int))]
    tile = galleries[0].tiles[0]
    assert tile.lines[0].startswith(f"{value:.3g} at the cross") and where in tile.picture.alt
    assert f"{np.abs(maps.maps[0]).max():.3g}" in tile.lines[1].replace("-", "")


def affine_of(root):
    return nibabel.load(next(root.glob("template/*_T1w.nii.gz"))).affine


def test_maps_are_those_of_the_first_network_that_had_not_learned_from_the_scan(tmp_path):
    root = make_results(tmp_path)
    folder = root / "explain/head/gradient"
    for split, seed in (("r2f1", 1), ("r1f1", 2)):
        (folder / f"{split}_seed-{seed}.h5").write_bytes((folder / "r1f1_seed-1.h5").read_bytes())
    (folder / "cohort-other_r1f1_seed-1.h5").write_bytes(b"of another cohort")
    first, *_ = scan_maps(Results(root, SETTINGS)).of(SCANS[0], "head")
    assert (first.method, first.split, first.seed) == ("gradient", "r1f1", 1)
    assert scan_maps(Results(root, SETTINGS)).of(SCANS[1], "head") == []


def test_maps_in_another_order_of_axes_are_turned_as_the_scan_is(tmp_path):
    root = make_results(tmp_path)
    whole = scan_maps(Results(root, SETTINGS)).of(SCANS[0], "head")[0]
    with File(root / "explain/head/gradient/r1f1_seed-1.h5", "r+") as file:
        file["maps"][:] = file["maps"][:][:, ::-1]
        affine = file.attrs["affine"]
        affine[0] = -affine[0, 0], 0, 0, affine[0, 3] + affine[0, 0] * (file["maps"].shape[1] - 1)
        file.attrs["affine"] = affine
    turned = scan_maps(Results(root, SETTINGS)).of(SCANS[0], "head")[0]
    assert np.array_equal(turned.values, whole.values) and np.allclose(turned.image.affine, whole.image.affine)


def test_as_many_pages_as_asked_are_made_and_those_that_deserve_a_look_first(made_results, tmp_path):
    assert list(pages(with_report(made_results, subjects="none"), tmp_path)) == []
    few = [page.title for page in pages(with_report(made_results, subjects=2), tmp_path)]
    assert few == [SCANS[1], SCANS[3]]
    more = [page.title for page in pages(with_report(made_results, subjects=5), tmp_path)]
    assert more == [SCANS[place] for place in (0, 1, 3, 4, 5)]


def test_of_as_many_scans_as_asked_the_maps_can_be_opened_in_three_dimensions(made_results, tmp_path, monkeypatch):
    monkeypatch.setattr("voxplain.report.subjects.place_viewer", lambda folder: True)
    monkeypatch.setattr("voxplain.report.subjects.atlas_volumes", lambda results, folder: ["an atlas"])
    made = {page.title: page for page in pages(with_report(made_results, volumes=3), tmp_path)}
    with_viewers = {
        scan: viewers
        for scan, page in made.items()
        for section in page.sections
        if (viewers := blocks_of(section, "viewer"))
    }
    assert list(with_viewers) == [SCANS[0], SCANS[3], SCANS[4]]
    viewer = with_viewers[SCANS[0]][0]
    assert viewer.atlases == ["an atlas"], "maps on the template's grid are told by region"
    assert viewer.linked and not viewer.start and [one.title for one in viewer.maps] == ["gradient", "gradCam"]
    assert all((tmp_path / one.path).is_file() for one in [viewer.background, *viewer.maps])
    assert "viewer.js" in made[SCANS[0]].sections[-1].scripts and not made[SCANS[2]].sections[-1].scripts


def test_the_answers_of_several_networks_are_means_and_the_first_split_is_the_fold(tmp_path):
    root = make_results(tmp_path)
    path = root / "predict/head/predictions.tsv"
    table = pandas.read_csv(path, sep="\t")
    more = table.assign(split="r2f2", seed=2, probability_0=0.9, probability_1=0.1, predicted=0)
    pandas.concat([table, more]).to_csv(path, sep="\t", index=False)
    answers = scan_answers(Results(root, SETTINGS), "head")
    assert (answers["networks"] == 2).all() and answers["said"].tolist() == [0] * 4
    assert answers["probability_0"].tolist() == pytest.approx([0.6] * 4)
    assert answers["right"].tolist() == [True, False, False, True]
    tags = scan_tags(Results(root, SETTINGS))
    assert tags[SCANS[0]] == {"class": "F", "fold": "1", "head was": "right", "brain was": "wrong"}


def test_two_processes_write_what_one_does(made_results, tmp_path, monkeypatch):
    monkeypatch.setattr("voxplain.report.in_parallel.FEWEST", 1)
    one, two = (list(pages(Results(made_results, SETTINGS, threads), tmp_path)) for threads in (1, 2))
    assert one == two
    assert list(in_order(partial(divmod, 100), range(1, 41), 2)) == [divmod(100, one) for one in range(1, 41)]


def test_a_page_leads_back_to_its_picture_on_the_page_on_quality(made_page):
    text = (made_page.parent / f"subjects/{SCANS[4]}.html").read_text()
    assert f'href="../quality.html#{SCANS[4]}"' in section_text(text, "scan")
    assert f'<li id="{SCANS[4]}"' in (made_page.parent / "quality.html").read_text()
    assert "MADE DATA" in text and 'aria-current="true">Quality' in text


def test_every_input_has_a_page_on_quality_of_its_own_and_its_place_on_a_scan_s_page(tmp_path):
    root = make_results(tmp_path / "results")
    path = root / "quality/qc.tsv"
    table = pandas.read_csv(path, sep="\t")
    pandas.concat([table, table.assign(input="rigid", shear=0.5, shear_mads=9.0)]).to_csv(path, sep="\t", index=False)
    folder = root / f"volumes/{SCANS[0]}/anat"
    for part in ("T1w", "mask"):
        image = nibabel.load(folder / f"{SCANS[0]}_space-mni152_desc-affine_{part}.nii.gz")
        nibabel.save(image, folder / f"{SCANS[0]}_space-mni152_desc-rigid_{part}.nii.gz")
    experiments = SETTINGS["experiments"] | {"brain": SETTINGS["experiments"]["brain"] | {"input": "rigid"}}
    results = Results(root, SETTINGS | {"experiments": experiments})
    (page,) = quality.pages(results, tmp_path)
    assert (page.path, page.under, page.title) == ("quality-rigid.html", "quality.html", "Quality of input rigid")
    assert [item[1] for block in blocks_of(page.sections[0], "links") for item in block.items] == ["quality.html"]
    assert ("Input rigid", "quality-rigid.html") in blocks_of(quality.section(results), "links")[0].items
    made = {page.title: {one.key: one for one in page.sections} for page in pages(results, tmp_path)}
    strips = blocks_of(made[SCANS[0]]["quality"], "strips")
    assert [("beyond" in one.label) for one in strips] == [False, True]
    assert len(blocks_of(made[SCANS[0]]["maps"], "gallery")) == 2
    assert len(blocks_of(made[SCANS[2]]["maps"], "gallery")) == 1  # it has no volume of the other input


def _refuse(number):
    raise InputError(f"{number}: not to be drawn; leave it out")


def test_what_is_raised_in_another_process_is_raised_as_it_is():
    with pytest.raises(InputError, match="^1: not to be drawn; leave it out$"):
        list(in_order(_refuse, range(1, 41), 2))

import json
import shutil

import numpy as np
import pandas
import pytest

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import groups, relevance
from voxplain.report.agreement import agreement_blocks, matrix
from voxplain.report.comparisons import comparison_sentence
from voxplain.report.regions import region_blocks
from voxplain.report.results import Results
from voxplain.report.trust import outside_blocks, stability_blocks, subtype_blocks

ABOUT = {"asked": "Age: more of it", "test": "cluster_size", "subjects": 70, "permutations": 1000, "alpha": 0.05}
ABOUT |= {"threshold": 3.4, "notes": ["all p are conditional on the networks of 3 splits"], "tested": "Age"}
CLUSTER = {"cluster": 1, "peak": 1, "sign": "negative", "voxels": 80, "ml": 2.2, "mass": 300, "p": 0.012, "t": -5.1}
CLUSTER |= {"x": -22, "y": 10, "z": 4, "region": "left central", "regions": "left central 100%", "seeds": ""}


@pytest.fixture
def root(tmp_path):
    return make_results(tmp_path / "results")


def test_the_strongest_region_is_told_with_its_share_and_what_its_size_would_have(root):
    table = pandas.read_csv(root / "relevance/head/gradient/atlas-made_regions.tsv", sep="\t")
    table.loc[table["group"] == "correct", "share"] *= 0.5
    table.to_csv(root / "relevance/head/gradient/atlas-made_regions.tsv", sep="\t", index=False)
    first = table[table["group"] == "correct"].iloc[0]
    blocks = region_blocks(Results(root, SETTINGS), "head")
    assert blocks[0].kind == "figure" and blocks[-1].kind == "fold"
    told = f"head, gradient, group correct: most relevance lies in left part 0, a share of {first['share']:.2f}"
    assert told in blocks[0].picture.alt and f"{first['enrichment']:.1f} times what its size" in repr(blocks)


def test_a_method_whose_maps_are_zero_in_every_region_says_so(root):
    path = root / "relevance/head/gradient/atlas-made_regions.tsv"
    table = pandas.read_csv(path, sep="\t")
    table["share"] = "undefined"
    table.to_csv(path, sep="\t", index=False)
    (root / "relevance/head/gradCam/atlas-made_regions.tsv").unlink()
    text = repr(region_blocks(Results(root, SETTINGS), "head"))
    assert "the maps of group correct are zero in every region" in text
    assert "head, gradCam: no region of atlas made is told" in text


def test_an_undefined_agreement_is_no_number_on_the_page(root):
    blocks = agreement_blocks(Results(root, SETTINGS), "brain")
    text = repr(blocks)
    assert (
        "brain, maps of the same scan by two methods: rank correlation 0.37 (gradient and gradCam, 4 comparisons)."
        in text
    )
    assert "'undefined'" in text and "nan" not in text


def test_a_matrix_has_its_names_in_order_and_ones_on_its_diagonal():
    table = pandas.DataFrame({"first": ["b", "b", "a"], "second": ["a", "c", "c"], "dice": [0.1, 0.2, np.nan]})
    names, values = matrix(table, "dice")
    assert names == ["b", "a", "c"]
    np.testing.assert_array_equal(values, [[1, 0.1, 0.2], [0.1, 1, np.nan], [0.2, np.nan, 1]])


def test_a_comparison_says_what_was_found_where_and_under_what_conditions():
    found = comparison_sentence("brain", "gradient", "age", ABOUT, pandas.DataFrame([CLUSTER]))
    assert "1 cluster at a corrected p of 0.05 (70 subjects, 1000 permutations" in found
    assert "negative, has p = 0.012 and its peak at x -22, y 10, z 4 mm in left central" in found
    assert found.endswith(" in left central. All p are conditional on the networks of 3 splits.")
    nothing = comparison_sentence("brain", "gradient", "age", ABOUT, pandas.DataFrame([CLUSTER]).head(0))
    assert "no difference at a corrected p of 0.05" in nothing
    refused = comparison_sentence("brain", "gradient", "age", ABOUT | {"undefined": "Age: 1 value"}, None)
    assert refused == "brain, gradient, contrast age: nothing is compared, because Age: 1 value."


def test_a_comparison_is_a_picture_of_t_and_a_table_of_clusters(root):
    folder = root / "relevance/brain/gradient"
    (folder / "contrast-age.json").write_text(json.dumps(ABOUT))
    write_table(folder / "contrast-age_clusters.tsv", [CLUSTER])
    numbers = {"voxels": 90, "effect": -0.2, "t": -3.4, "p": 0.002, "p_corrected": 0.03, "q": 0.02}
    write_table(folder / "contrast-age_regions.tsv", [{"index": 3, "region": "right central"} | numbers])
    shutil.copy(folder / "group-all_mean.nii.gz", folder / "contrast-age_t.nii.gz")
    settings = SETTINGS | {"relevance": {"contrasts": {"age": {"tested": "Age"}}}}
    section = groups.section(Results(root, settings))
    assert "t of contrast age, not thresholded" in repr(section)
    assert "left central 100%" in repr(section)
    assert "['right central', 90, '-0.2', '-3.40', '0.002', '0.03', '0.02']" in repr(section)


def test_retraining_is_told_beside_what_other_subjects_share(root):
    rows = [
        {"kind": kind, "measure": "spearman", "mean": mean, "low": mean - 0.1, "high": mean + 0.1, "subjects": 4}
        | {"comparisons": 4, "undefined": 0}
        for kind, mean in (("retrained", 0.8), ("subjects", 0.3))
    ]
    write_table(root / "relevance/head/gradient/stability_summary.tsv", rows)
    text = repr(stability_blocks(Results(root, SETTINGS), "head"))
    assert "agree with 0.80 (95 % interval 0.70 to 0.90)" in text and "more of its scan than of the training" in text
    rows[1]["mean"] = 0.75
    write_table(root / "relevance/head/gradient/stability_summary.tsv", rows)
    assert "as much of the training as of its scan" in repr(stability_blocks(Results(root, SETTINGS), "head"))
    rows[1]["mean"] = 0.95
    write_table(root / "relevance/head/gradient/stability_summary.tsv", rows)
    assert "more of the training than of its scan" in repr(stability_blocks(Results(root, SETTINGS), "head"))


def test_likeness_to_a_map_of_others_is_held_against_smoothness(root):
    row = {"group": "correct", "measure": "spearman_abs", "value": 0.4, "p": 0.2, "null_mean": 0.1, "null_low": -0.2}
    row |= {"null_high": 0.5, "surrogates": 100, "voxels": 900, "note": ""}
    write_table(root / "relevance/head/gradient/outside-vbm.tsv", [row])
    settings = SETTINGS | {"relevance": {"outside": {"vbm": "vbm.nii.gz"}}}
    text = repr(outside_blocks(Results(root, settings), "head"))
    assert "0.40 (surrogates as smooth reach -0.20 to 0.50, p = 0.2): no more alike than smooth maps are" in text


def test_kinds_of_subjects_are_told_by_their_sentence_and_regions(root):
    stem = root / "relevance/head/gradient/atlas-made_subtypes"
    write_table(stem.with_suffix(".tsv"), [{"group": "class1", "number": 2, "p": 0.01, "sentence": "30 subjects fall"}])
    centres = {"group": "class1", "cluster": 1, "index": 1, "region": "left part 0", "share": 0.4, "difference": 0.1}
    write_table(stem.with_name(f"{stem.name}_centres.tsv"), [centres])
    text = repr(subtype_blocks(Results(root, SETTINGS), "head"))
    assert "head, gradient, class1: 30 subjects fall." in text and "left part 0" in text


def test_a_study_that_asked_for_none_of_this_has_no_section(tmp_path):
    assert groups.section(Results(tmp_path, SETTINGS)) is None


def test_groups_by_columns_are_a_table_of_who_is_in_them_and_where_their_images_are(root):
    path = root / "relevance/head/gradient/groups.tsv"
    table = pandas.read_csv(path, sep="\t")
    table.loc[len(table)] = ["Age30to60", "further/group-Age30to60", 3, 2, "Age is not known of 1 of 4 scans"]
    table.to_csv(path, sep="\t", index=False)
    results = Results(root, SETTINGS)
    text = repr(relevance.further_groups(results, "head", "gradient"))
    assert "['Age30to60', 3, 2, 'relevance/head/gradient/further/group-Age30to60_*.nii.gz', 'Age is not known" in text
    assert "Age30to60" not in repr(relevance.group_maps(results, "head", "gradient"))

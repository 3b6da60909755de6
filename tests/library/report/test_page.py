import re

import nibabel
import numpy as np
import pandas
import pytest

from tests.library.report.made_results import SCANS, SETTINGS, make_results
from voxplain.report import cohort, localisation, overview, provenance, quality, randomisation, relevance, scores
from voxplain.report.measures import MEANINGS
from voxplain.report.results import Results
from voxplain.volumes.outliers import WORSE


def words(section):
    """All text of a section, as a reader would meet it."""
    return repr(section)


@pytest.fixture
def changed(tmp_path):
    """A study of one's own to change, and a function that edits a table of it."""
    root = make_results(tmp_path / "results")

    def edit(table, column, value, where=slice(None)):
        content = pandas.read_csv(root / table, sep="\t", dtype=str, keep_default_na=False)
        content.loc[where, column] = str(value)
        content.to_csv(root / table, sep="\t", index=False)

    return root, edit


def test_every_excluded_scan_is_listed_with_its_reason(made_sections):
    text = words(made_sections["data"])
    assert "correlation 0.31 with the template, below 0.8" in text and "'truncated'" in text
    assert "6 scans found, 4 used, 2 of class F and 2 of class M; 2 left out." in text


def test_a_reason_changed_in_the_ledger_changes_on_the_page(changed):
    root, edit = changed
    edit("cohort/ledger.tsv", "reason", "moved in the scanner", 1)
    assert "moved in the scanner" in words(cohort.section(Results(root, SETTINGS)))


def gallery(section):
    return next(block for block in section.blocks if block.kind == "gallery").tiles


def test_every_scan_has_a_tile_and_the_worst_comes_first(made_sections):
    section = made_sections["quality"]
    tiles = gallery(section)
    assert {tile.name for tile in tiles} == set(SCANS)
    assert [tile.name for tile in tiles[:3]] == [SCANS[place] for place in (5, 1, 3)]
    assert [tile.picture is None for tile in tiles] == [True, False, False, False, False, False]
    assert [tile.excluded for tile in tiles] == [True, True, False, False, False, False]
    assert "correlations from 0.31 to 0.97" in section.picture.label


def test_a_scan_unlike_the_others_is_marked_with_what_is_unusual(made_sections):
    tiles = {tile.name: tile for tile in gallery(made_sections["quality"])}
    assert tiles[SCANS[3]].marked and not tiles[SCANS[3]].excluded
    assert tiles[SCANS[3]].lines[-1].startswith("marked: shear 0.3, ")
    assert "marked: shear 0.3, " in tiles[SCANS[3]].picture.alt
    assert not tiles[SCANS[0]].marked and not any("marked" in line for line in tiles[SCANS[0]].lines)


def test_the_measures_are_told_with_what_is_usual_and_how_many_are_not(made_sections):
    fold = next(block for block in made_sections["quality"].blocks if block.kind == "fold")
    rows = {row[0]: row for row in fold.blocks[0].rows}
    assert rows["shear"][2] == "high" and rows["shear"][-1] == 1
    assert rows["correlation"][3:6] == ["0.945", "0.93", "0.97"]


def test_that_nobody_sees_a_flip_of_the_data_is_said(made_sections):
    assert "mirrored, left for right" in made_sections["quality"].reading[1]


def test_scans_are_shown_without_a_table_of_quality_too(changed):
    root, _ = changed
    (root / "quality/qc.tsv").unlink()
    section = quality.section(Results(root, SETTINGS))
    assert len(gallery(section)) == 6 and section.picture is None


def test_every_judged_measure_has_its_meaning():
    assert set(MEANINGS) == set(WORSE)


def test_a_score_changed_in_the_table_changes_on_the_page(changed):
    root, edit = changed
    assert "0.123" not in words(scores.section(Results(root, SETTINGS)))
    table = pandas.read_csv(root / "predict/brain/scores.tsv", sep="\t")
    row = (table["model"] == "network") & (table["measure"] == "balanced_accuracy") & (table["split"] == "all")
    for column, value in (("mean", 0.13), ("low", 0.02), ("high", 0.31)):
        edit("predict/brain/scores.tsv", column, value, row)
    results = Results(root, SETTINGS)
    assert "0.13 (95 % interval 0.02 to 0.31), below chance" in words(scores.section(results))
    assert "0.13 (95 % interval 0.02 to 0.31) in experiment brain" in words(overview.section(results))


def test_the_confusion_counts_predictions(made_sections):
    section = made_sections["scores"]
    table = next(block for block in section.blocks if getattr(block, "caption", "").startswith("Confusion of head"))
    assert table.rows == [["truly F", 0, 2], ["truly M", 0, 2]]


def test_an_empty_group_is_a_sentence_and_no_picture(made_sections):
    section = made_sections["relevance"]
    text = words(section)
    assert "brain, gradient: group class0correct is empty, so there is no map of it." in text
    folds = [block for block in section.blocks if block.kind == "fold"]
    assert [len(fold.blocks) for fold in folds] == [4] * 4


def test_relevance_outside_the_brain_is_spoken_of_only_where_the_whole_head_is_shown(made_sections):
    text = words(made_sections["relevance"])
    assert "head, gradient: 9" in text and "looks outside the brain" in text
    assert not re.search(r"brain, gradient: \d+ % of the absolute", text)


def test_spread_counts_what_lies_outside_and_close_around_the_mask():
    mask = np.zeros((9, 10, 11), bool)
    mask[3:6, 3:6, 3:6] = True
    values = np.where(mask, -1.0, 0.0)
    assert relevance.spread(values, np.eye(4), mask) == (0, 0)
    share, ratio = relevance.spread(values + 2 * ~mask, np.eye(4), mask)
    assert (share, ratio) == (pytest.approx(2 * 963 / (2 * 963 + 27)), 2)
    assert np.isnan(relevance.spread(values * 0, np.eye(4), mask)).all()


def test_a_map_of_zeros_has_a_sentence_and_no_picture(changed):
    root, _ = changed
    for path in (root / "relevance/head/gradient").glob("*.nii.gz"):
        image = nibabel.load(path)
        nibabel.save(nibabel.Nifti1Image(np.zeros(image.shape, np.float32), image.affine), path)
    alone = {"experiments": {"head": SETTINGS["experiments"]["head"]}, "methods": SETTINGS["methods"][:1]}
    text = words(relevance.section(Results(root, SETTINGS | alone)))
    assert "head, gradient: the map is zero everywhere" in text


def test_the_band_and_the_undefined_steps_come_from_the_table(made_results, made_sections):
    table = Results(made_results, SETTINGS).table("sanity/head/gradCam/randomisation.tsv")
    steps = randomisation.cascade_steps(table)
    assert list(steps["layer"]) == ["classifier", "features.3", "features.0"]
    assert np.isnan(steps["mean"].iloc[2]) and 0.5 < steps["mean"].iloc[0] < 0.75
    low, high = randomisation.band(table.loc[table["kind"] == "unrelated", "spearman_abs"].to_numpy())
    assert -0.1 < low < high < 0.3
    text = words(made_sections["sanity"])
    assert "head, gradCam: undefined" in text and "head, gradient: with every layer random" in text


def test_localisation_changed_in_the_table_changes_on_the_page(changed, made_sections):
    root, edit = changed
    assert "head, gradient: localisation AUC 0.86" in words(made_sections["sanity"])
    table = pandas.read_csv(root / "sanity/head/localisation.tsv", sep="\t")
    auc = (table["method"] == "gradient") & (table["measure"] == "auc")
    edit("sanity/head/localisation.tsv", "value", 0.77, auc & (table["kind"] == "method"))
    edit("sanity/head/localisation.tsv", "difference_low", -0.01, auc & (table["map"] == "edges"))
    alone = {"experiments": {"head": SETTINGS["experiments"]["head"]}}
    text = repr(localisation.blocks(Results(root, SETTINGS | alone)))
    assert "head, gradient: localisation AUC 0.77" in text and "not clearly better than edges of the mean T1" in text


def test_a_real_cohort_has_a_sentence_in_place_of_localisation(changed):
    root, _ = changed
    for path in root.glob("sanity/*/localisation.tsv"):
        path.unlink()
    real = SETTINGS | {"cohort": SETTINGS["cohort"] | {"source": "hcp"}}
    assert "the truth of a real cohort is not known" in repr(localisation.blocks(Results(root, real)))


def test_a_scan_named_na_stays_a_scan(changed):
    root, edit = changed
    edit("cohort/ledger.tsv", "source_id", "NA", 1)
    assert "'NA'" in words(cohort.section(Results(root, SETTINGS)))


def test_the_settings_hash_does_not_depend_on_their_order():
    assert overview.settings_hash({"a": 1, "b": 2}) == overview.settings_hash({"b": 2, "a": 1})
    assert overview.settings_hash({"a": 1}) != overview.settings_hash({"a": 2})


def test_the_versions_that_trained_the_networks_come_from_their_cards(made_results):
    rows = {package: trained for package, _, trained in provenance.versions(Results(made_results, SETTINGS))}
    assert rows["torch"] == "9.8.7" and rows["numpy"] == ""

import numpy as np
import pandas as pd
import pytest

from voxplain.report import localisation
from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.results import Results
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.comparison import NETWORK_FREE, Scored, compared
from voxplain.sanity.localised import BY_SUBJECT, ROWS
from voxplain.sanity.voxel_scores import MEASURES

SETTINGS = {
    "cohort": {"source": "made"},
    "experiments": {"head": {"input": "affine"}, "brain": {"input": "affine"}},
    "methods": [{"name": "gradient"}, {"name": "cam"}],
}


def table(aucs, effect="region"):
    """Rows of every measure of some methods, by the value that each has in all of them."""
    rows = []
    for method, value in aucs.items():
        own, other = np.full(len(MEASURES), value), np.full(len(MEASURES), 0.5)
        scored = [Scored("method", "method", 6, own, np.tile(own, (9, 1)))]
        for name in ("untrained", "random", *NETWORK_FREE):
            kind = "untrained" if name == "untrained" else "reference"
            beside = other, np.tile(other, (9, 1)), own - other, np.tile(own - other, (9, 1))
            scored.append(Scored(name, kind, 6, *beside))
        chance = dict.fromkeys(MEASURES, 0.5)
        rows += [{"method": method, "effect": effect, **row} for row in compared(scored, chance)]
    return pd.DataFrame(rows, columns=ROWS)


@pytest.fixture
def results(tmp_path):
    def write(experiment, **tables):
        folder = tmp_path / "sanity" / experiment
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            with_undefined(rows).to_csv(folder / f"{name}.tsv", sep="\t", index=False)
        return Results(tmp_path, SETTINGS)

    return write


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_every_effect_has_its_panel_its_sentences_and_its_table(results):
    both = pd.concat([table({"gradient": 0.9, "cam": 0.4}), table({"gradient": 0.7, "cam": 0.6}, "outside")])
    found = results("head", localisation=both)
    picture, blocks = localisation.blocks(found)
    said = words(blocks)
    assert "head, gradient: localisation AUC 0.90" in said and "head, cam: localisation AUC 0.40" in said
    assert "head, fat and skull outside the brain, gradient: localisation AUC 0.70" in said
    assert said in picture.picture.alt or picture.picture.alt in said
    folds = [block for block in blocks if isinstance(block, Fold)]
    assert [fold.title for fold in folds] == [
        "Every measure of head",
        "Every measure of head, fat and skull outside the brain",
    ]
    figure, rows = folds[0].blocks
    assert isinstance(figure, Figure)
    assert rows.rows[0][:4] == ["gradient", "its own", 6, "0.90"] and rows.rows[1][-2:] == ["0.40", "0.40 to 0.40"]


def test_the_best_method_is_that_of_the_regional_effect(results):
    both = pd.concat([table({"gradient": 0.6, "cam": 0.8}), table({"gradient": 0.99, "cam": 0.9}, "outside")])
    found = results("head", localisation=both)
    experiment, row = localisation.best_method(found)
    assert (experiment, row.method, row.value) == ("head", "cam", pytest.approx(0.8))
    assert localisation.located(found, "head", "cam").startswith("cam: localisation AUC 0.80")


def test_an_undefined_map_is_called_so_and_is_never_the_best(results):
    found = results("head", localisation=table({"gradient": np.nan}))
    assert localisation.best_method(found) is None
    picture, blocks = localisation.blocks(found)
    assert "gradient: localisation AUC undefined" in words(blocks) and "undefined" in picture.picture.alt


def test_single_subjects_have_a_picture_with_their_mean(results):
    values = [0.6, 0.8, 0.7]
    rows = [("gradient", "region", f"sub-{n}", "auc", value, np.nan) for n, value in enumerate(values)]
    subjects = pd.DataFrame(rows, columns=BY_SUBJECT)
    found = results("head", localisation=table({"gradient": 0.9}), localisation_by_subject=subjects)
    _, blocks = localisation.blocks(found)
    pictures = [block for block in blocks if isinstance(block, Figure)]
    assert len(pictures) == 1 and "head, gradient: mean over subjects 0.70." in pictures[0].picture.alt


def test_an_experiment_without_a_planted_effect_says_so(results):
    results("brain", localisation=pd.DataFrame([], columns=ROWS))
    found = results("head", localisation=table({"gradient": 0.9}))
    assert "Experiment brain holds no planted effect" in words(localisation.blocks(found)[1])


def test_without_a_table_there_is_a_sentence_and_no_picture(tmp_path):
    real = SETTINGS | {"cohort": {"source": "hcp"}}
    assert localisation.blocks(Results(tmp_path, SETTINGS))[0] is None
    picture, blocks = localisation.blocks(Results(tmp_path, real))
    assert picture is None and "the truth of a real cohort is not known" in words(blocks)

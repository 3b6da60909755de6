import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError

NO_EPOCHS = (
    'setting "insight.influence.methods" has tracin, which follows epochs that a training keeps, but experiment {} '
    "keeps none; set training.keep_epochs to 5 or more, or use influence_functions"
)


@pytest.mark.parametrize(
    ("insight", "line"),
    [
        ({"influence": {"methods": ["tracin"]}}, NO_EPOCHS.format("head")),
        ({"influence": {"layers": "lst"}}, 'setting "insight.influence.layers" is \'lst\', but should be one of '
         "last, all or a list"),
        ({"influence": {"methods": ["tracing"]}}, 'setting "insight.influence.methods.0" is \'tracing\', but should be '
         "one of influence_functions, tracin"),
        ({"influence": {"damping": 0}}, 'setting "insight.influence.damping" is 0, but should be more than 0'),
        ({"influence": {"labels": "true"}}, 'setting "insight.influence.labels" is \'true\', but should be one of '
         "label, predicted"),
        ({"influence": {"top": 0}}, 'setting "insight.influence.top" is 0, but should be at least 1'),
        ({"influence": {"by": "rank"}}, 'setting "insight.influence.by" is \'rank\', but should be one of relative, '
         "influence"),
        ({"examples": {"count": 0}}, 'setting "insight.examples.count" is 0, but should be at least 1'),
        ({"examples": {"neighbours": 0}}, 'setting "insight.examples.neighbours" is 0, but should be at least 1'),
        ({"examples": {"gamma": 0}}, 'setting "insight.examples.gamma" is 0, but should be more than 0'),
        ({"examples": 3}, 'setting "insight.examples" is 3, but should be a section or true or false or null'),
        ({"features": {"layers": "a"}}, 'unknown setting "insight.features.layers"; did you mean "layer"?'),
        ({"embeddings": {"methods": ["umpa"]}}, 'setting "insight.embeddings.methods.0" is \'umpa\', but should be '
         "one of pca, ica, isomap, tsne, umap"),
        ({"embeddings": {"draws": 5}}, 'setting "insight.embeddings.draws" is 5, but should be at least 20'),
        ({"embeddings": {"columns": "Age"}}, 'setting "insight.embeddings.columns" is \'Age\', but should be a list '
         "or null"),
        ({"embeddings": {"options": {"umap": {"n_neighbors": 5}}}}, 'setting "insight.embeddings.options" has umap, '
         'which "insight.embeddings.methods" leaves out; name it in both or in neither'),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_one_line(insight, line):
    with pytest.raises(SettingsError) as stopped:
        merged(insight=insight)
    assert str(stopped.value) == line


def test_a_column_that_is_not_carried_along_colours_nothing():
    with pytest.raises(SettingsError) as stopped:
        merged(insight={"embeddings": {"columns": ["Weight"]}}, cohort={"covariates": ["Age"]})
    assert str(stopped.value) == (
        'setting "insight.embeddings.columns" names Weight, which is not carried along; add it to cohort.covariates'
    )


def test_tracin_needs_kept_epochs_of_every_experiment():
    asked = {"influence": {"methods": ["tracin"]}}
    kept, other = {"training": {"keep_epochs": 5}}, {"training": {"epochs": 3}}
    assert merged(insight=asked, training={"keep_epochs": 5})["insight"]["influence"]["run"]
    experiments = {name: {"input": "affine"} | one for name, one in (("a", kept), ("b", other))}
    with pytest.raises(SettingsError) as stopped:
        merged(insight=asked, experiments=experiments)
    assert str(stopped.value) == NO_EPOCHS.format("b")
    assert merged(insight=asked | {"influence": False}, experiments=experiments)


def test_nothing_of_features_is_looked_at_unless_it_is_asked_for():
    asked = merged()["insight"]
    assert not any(asked[part]["run"] for part in ("features", "examples", "influence", "embeddings"))

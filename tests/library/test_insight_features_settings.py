import pytest

from tests.library.merging import merged
from voxplain.cohort.tables.refused_features import refuse_asked
from voxplain.errors import SettingsError
from voxplain.settings.insight_features import atlas_of_part, experiments_of_part
from voxplain.settings.merging import merged_settings

OWN = {"source": "table", "table": "t.csv", "labels": {"sex": {"column": "Gender"}}, "covariates": ["Age"]}
INPUTS = {"inputs": {"affine": {"strip": "ants"}}, "experiments": {"head": {"input": "affine"}}}
AMOUNT = {"labels": {"age": {"column": "Age", "regression": True}}}
LABELS = {"name": "aal", "image": "aal.nii.gz", "labels": "aal.txt"}


def asked(part, **options):
    return {"insight": {part: options}}


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (
            asked("surrogates", kinds=["linear", "forest"]),
            "setting \"insight.surrogates.kinds.1\" is 'forest', but should be one of linear, logistic, tree",
        ),
        (
            asked("surrogates", feature=["regions"]),
            'unknown setting "insight.surrogates.feature"; did you mean "features"?',
        ),
        (asked("concepts", draws=9), 'setting "insight.concepts.draws" is 9, but should be at least 19'),
        (
            asked("concepts", kind="patern"),
            "setting \"insight.concepts.kind\" is 'patern', but should be one of pattern, classifier, regression",
        ),
        (
            asked("surrogates", features=["measures"]),
            'setting "insight.surrogates.features" has measures, but cohort.features names no table of them; name one '
            "there",
        ),
        (
            asked("concepts", features=["regions"]) | {"cohort": OWN} | INPUTS,
            'setting "insight.concepts.features" has regions, but template.atlases is empty; name an atlas there, or '
            "other features",
        ),
        (
            asked("concepts", atlas="aall") | {"cohort": OWN, "template": {"atlases": [LABELS]}} | INPUTS,
            'setting "insight.concepts.atlas" is "aall", which is no atlas; did you mean "aal"?',
        ),
        (
            asked("surrogates", features=["weight"]) | {"cohort": OWN} | INPUTS,
            'setting "insight.surrogates.features" names weight, which is not carried along; add it to '
            "cohort.covariates",
        ),
        (
            asked("surrogates", kinds=["logistic"]) | {"cohort": AMOUNT},
            'setting "insight.surrogates.kinds" is logistic alone, but an experiment tells an amount; add linear or '
            "tree",
        ),
        (
            {"insight": {"latents": True}},
            'setting "insight.latents" decodes codes of vae_age, but no experiment has that network; leave it out',
        ),
        (asked("latents", steps=[0]), 'setting "insight.latents.steps" is [0], but should be a list of at least 2'),
    ],
)
def test_a_look_inside_that_cannot_be_is_one_line_before_any_work(user, line):
    with pytest.raises(SettingsError) as stopped:
        merged(**user)
    assert str(stopped.value) == line


def test_an_id_is_no_feature_and_the_column_of_a_label_may_be_named():
    with pytest.raises(SettingsError) as stopped:
        refuse_asked(merged(**asked("concepts", features=["SubjectID"])))
    said = 'setting "insight.concepts.features" has SubjectID, which can never be a feature: an id, which says who'
    assert str(stopped.value) == f"{said} somebody is; take it out"
    refuse_asked(merged(**asked("concepts", features=["Gender", "Age"])))


def test_regions_are_those_of_the_atlas_that_is_named_or_of_the_first():
    own = {"cohort": OWN, "template": {"atlases": [LABELS, LABELS | {"name": "own"}]}} | INPUTS
    assert atlas_of_part(merged(**asked("surrogates", run=True) | own), "surrogates") == "aal"
    assert atlas_of_part(merged(**asked("surrogates", atlas="own") | own), "surrogates") == "own"
    assert atlas_of_part(merged(**asked("surrogates", features=["Age"]) | own), "surrogates") is None
    assert atlas_of_part(merged(), "concepts") == "made"


def test_codes_are_decoded_of_the_experiments_alone_whose_network_has_some():
    experiments = {"one": {"input": "affine"}, "two": {"input": "affine", "network": {"name": "vae_age"}}}
    user = {"experiments": experiments, "insight": {"latents": True}, "methods": [{"name": "a", "method": "gradient"}]}
    settings = merged_settings(user, ["mrinet", "vae_age"], ["gradient"])
    assert experiments_of_part(settings, "latents") == ["two"]
    assert experiments_of_part(settings, "concepts") == ["one", "two"]

import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.published import own_places

ONE = {"what": "the network", "measure": "accuracy", "value": 0.9, "source": "a paper", "comparable": True}
STUDY = {
    "experiments": {"head": {"input": "affine"}, "brain": {"input": "affine", "mask": "brain"}},
    "baselines": {
        "side_by_side": ["brain"],
        "voxels": ["svc_rbf"],
        "tabular": {"boosted": {"model": "xgboost", "features": ["Age"], "protocols": [{"scheme": "leave_one_out"}]}},
    },
    "sanity": {"masked_input": {"methods": "first"}},
    "methods": [{"name": "gradient", "method": "gradient", "target": 1}],
}


def places(*figures):
    return own_places(merged(**STUDY, published=[ONE | own for own in figures]))


def test_a_networks_figure_stands_in_the_scores_over_all_splits():
    (found,) = places({"experiment": "head"})
    assert found["table"] == "predict/head/scores.tsv"
    assert found["row"] == {"model": "network", "measure": "accuracy", "split": "all"}


@pytest.mark.parametrize(
    ("own", "table", "row"),
    [
        ({"model": "boosted"}, "predict/brain/tabular/boosted_scores.tsv", {"protocol": "folds"}),
        (
            {"model": "boosted", "protocol": "leave_one_out"},
            "predict/brain/tabular/boosted_scores.tsv",
            {"protocol": "leave_one_out"},
        ),
        ({"model": "svc_rbf"}, "predict/brain/models.tsv", {"model": "svc_rbf"}),
        ({"part": "training"}, "predict/brain/described.tsv", {"part": "training"}),
        ({"method": "gradient", "mask": "joint"}, "sanity/brain/gradient/masked_input.tsv", {"mask": "joint"}),
    ],
)
def test_another_figure_stands_in_the_table_of_what_it_is_of(own, table, row):
    (found,) = places({"experiment": "brain"} | own)
    assert found["table"] == table and found["row"] | row == found["row"]


def test_a_figure_of_no_experiment_stands_nowhere():
    assert places({}) == [None]


@pytest.mark.parametrize(
    ("own", "line"),
    [
        (
            {"experiment": "haed"},
            'setting "published.0.experiment" is "haed", which is no experiment; did you mean "head"?',
        ),
        ({"value": 91.92}, 'setting "published.0.value" is 91.92, but accuracy is a share; write 0.9192'),
        (
            {"comparable": False},
            'setting "published.0.because" is missing; say why the network is not comparable',
        ),
        (
            {"experiment": "head", "model": "svm_rbf"},
            'setting "published.0.model" is "svm_rbf", which is no model of head; did you mean "svc_rbf"?',
        ),
        (
            {"experiment": "head", "protocol": "kfold10"},
            'setting "published.0.protocol" is of models of baselines.tabular alone; leave it out',
        ),
        (
            {"experiment": "brain", "model": "boosted", "protocol": "kfold10"},
            'setting "published.0.protocol" is "kfold10", which is no protocol of boosted; did you mean "folds"?',
        ),
        (
            {"experiment": "head", "part": "training"},
            'setting "published.0.part" is training, which is told of experiments side by side; '
            "name head in baselines.side_by_side",
        ),
        (
            {"experiment": "head", "mask": "joint"},
            'setting "published.0" needs method and mask together; add the other, or leave both out',
        ),
        (
            {"experiment": "brain", "model": "svc_rbf", "part": "training"},
            'setting "published.0" names model and part, which stand in different tables; leave one out',
        ),
        ({"experiment": "head", "n": 0}, 'setting "published.0.n" is 0, but should be at least 1'),
        ({"claim": "best"}, 'unknown setting "published.0.claim"; '),
    ],
)
def test_a_published_figure_that_does_not_fit_is_one_line(own, line):
    with pytest.raises(SettingsError) as stopped:
        places(own)
    assert str(stopped.value).startswith(line) and "\n" not in str(stopped.value)

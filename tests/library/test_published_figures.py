"""The figures that the five published studies name, written down once more from what was published."""

from pathlib import Path

import pytest
import yaml

from voxplain.attribution.table import method_options, methods
from voxplain.networks.table import network_options, networks
from voxplain.settings.merging import merged_settings

STUDIES = Path(__file__).parents[2] / "config" / "studies"
# experiment (- where nothing of the study stands beside it), of what, measure, value, standard deviation
FIGURES = {
    "hcp_sex": """
        sex network accuracy 0.9192 0.0266
        sex svc_rbf accuracy 0.9003 0.0214
        sex network/class1 balanced_accuracy 0.5855 0.1786
        sex network/class0 balanced_accuracy 0.5921 0.0745
        sex network/joint balanced_accuracy 0.8248 0.1227
        - network dice 0.9465 None
        - network dice 0.9467 None
        - network dice 0.932 None
        - network maps 31 None
        sex boosted/kfold5 accuracy 0.8922 None
        sex neighbours/kfold5 accuracy 0.8157 None
        sex logistic/kfold5 accuracy 0.9048 None
        sex boosted/kfold10 accuracy 0.89 0.01
        sex neighbours/kfold10 accuracy 0.85 0.03
        sex logistic/kfold10 accuracy 0.92 0.03
        sex boosted/leave_one_out accuracy 0.89 None
        sex neighbours/leave_one_out accuracy 0.86 None
        sex logistic/leave_one_out accuracy 0.92 None
        sex boosted/kfold10_first500 accuracy 0.86 0.04
        sex neighbours/kfold10_first500 accuracy 0.84 0.05
        sex logistic/kfold10_first500 accuracy 0.9 0.03
        sex boosted/leave_one_out_first500 accuracy 0.87 None
        sex neighbours/leave_one_out_first500 accuracy 0.85 None
        sex logistic/leave_one_out_first500 accuracy 0.9 None
        sex margins/kfold10 accuracy 0.9011 None""",
    "hcp_five_arms": """
        raw network/training accuracy 0.991 0.001
        raw network accuracy 0.976 0.037
        stripped network/training accuracy 0.943 0.012
        stripped network accuracy 0.916 0.094
        rotated network/training accuracy 0.989 0.013
        rotated network accuracy 0.933 0.018
        scaled network/training accuracy 0.984 0.016
        scaled network accuracy 0.964 0.02
        optimal network/training accuracy 0.996 0.009
        optimal network accuracy 0.984 0.075""",
    "hcp_age": """
        cnn2 network accuracy 0.5354 None
        cnn4 network accuracy 0.4949 None
        vae2 network accuracy 0.6263 None
        vae4 network accuracy 0.5152 None
        cnn2 kernel_pca_knn accuracy 0.6162 None
        cnn4 kernel_pca_knn accuracy 0.4545 None
        cnn2 boosted/kfold5 balanced_accuracy 0.624 0.031
        cnn2 extra_trees/kfold5 balanced_accuracy 0.571 0.007
        cnn2 forest/kfold5 balanced_accuracy 0.571 0.015
        cnn2 boosted/kfold5 accuracy 0.682 0.006
        cnn2 extra_trees/kfold5 accuracy 0.678 0.017
        cnn2 forest/kfold5 accuracy 0.674 0.019
        cnn2 boosted accuracy 0.7302 None
        cnn2 smote accuracy 0.6667 None
        - network accuracy 0.629 0.035
        - network accuracy 0.722 0.033
        cnn4 two_steps_boosted accuracy 0.4848 None
        cnn4 two_steps_neighbours accuracy 0.4646 None""",
    "adni_rieke": """
        cnn network accuracy 0.77 0.06
        cnn network roc_auc 0.78 0.04""",
}
# area under the curve and accuracy with their standard deviations, in hundredths, VoxCNN's and VoxResNet's
PAIRS = {
    "adnormal": ((88, 8, 79, 8), (87, 7, 80, 7)),
    "ademci": ((66, 11, 64, 7), (67, 13, 63, 9)),
    "adlmci": ((61, 12, 62, 8), (62, 15, 59, 11)),
    "lmcinormal": ((67, 13, 63, 10), (65, 11, 61, 10)),
    "lmciemci": ((47, 9, 56, 11), (52, 11, 52, 9)),
    "emcinormal": ((57, 12, 54, 9), (58, 9, 56, 9)),
}


def published(name):
    user = yaml.safe_load((STUDIES / f"{name}.yaml").read_text(encoding="utf-8"))
    known = {one: network_options(one) for one in networks()}, {one: method_options(one) for one in methods()}
    return merged_settings(user, *known)["published"]


def line(figure):
    part = figure["part"] if figure["part"] == "training" else None
    of = "/".join(filter(None, (figure["model"], figure["protocol"], figure["mask"], part)))
    return f"{figure['experiment'] or '-'} {of} {figure['measure']} {figure['value']} {figure['sd']}"


@pytest.mark.parametrize("name", FIGURES)
def test_a_study_names_the_figures_of_its_paper(name):
    assert sorted(map(line, published(name))) == sorted(one.strip() for one in FIGURES[name].split("\n") if one.strip())


def test_the_six_pairs_have_the_figures_of_both_networks():
    expected = [
        f"{pair}{end} network {measure} {value / 100} {sd / 100}"
        for pair, networks in PAIRS.items()
        for end, figures in zip(("", "res"), networks, strict=True)
        for measure, value, sd in (("roc_auc", *figures[:2]), ("accuracy", *figures[2:]))
    ]
    assert sorted(map(line, published("adni_voxcnn"))) == sorted(expected)


@pytest.mark.parametrize("name", [*FIGURES, "adni_voxcnn"])
def test_what_was_not_read_in_a_paper_is_said_to_be_remembered_and_nothing_else_is(name):
    assert {one["recalled"] for one in published(name)} == {name.startswith("adni")}

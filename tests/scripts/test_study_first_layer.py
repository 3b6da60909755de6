import pandas as pd
import pytest

from scripts.study_first_layer import study_first_layer
from voxplain.errors import InputError
from voxplain.insight.first_layer import map_statistics, value_ranges
from voxplain.store import Volumes
from voxplain.training.trained import never_trained, read_card, read_trained

ASKED = {"groups": None, "layer": None, "levels": 16, "seed": 1}


@pytest.fixture
def studied(trained_study, tmp_path):
    """A function that runs the script on the study, with some settings, and classes or none."""
    scans = pd.DataFrame({"scan": [f"sub-{number}" for number in range(8)], "Site": list("aabbaabb")})
    scans.assign(Same="x").to_csv(tmp_path / "scans.tsv", sep="\t", index=False)

    def run(classes=("F", "M"), networks=slice(None), **asked):
        given = trained_study.store, trained_study.folds, trained_study.weights[networks], trained_study.cards[networks]
        how = {"experiment": trained_study.experiment, "asked": ASKED | asked, "classes": classes}
        return study_first_layer(*given, tmp_path / "scans.tsv", **how)

    return run


def test_maps_of_held_out_scans_are_scaled_by_those_that_the_network_learned_from(studied, trained_study):
    statistics, differences = studied()
    blank = never_trained(read_card(trained_study.cards[0]), 1)
    trained, _ = read_trained(trained_study.weights[0], trained_study.cards[0])
    learned, held = (
        Volumes(trained_study.store, [f"sub-{number}" for number in numbers], "brain")
        for numbers in ((4, 5, 6), (0, 1, 2, 3))
    )
    for name, network in (("trained", trained), ("untrained", blank)):
        wanted = map_statistics(network, held, value_ranges(network, learned), levels=16)
        found = statistics[
            (statistics["network"] == name) & (statistics["split"] == "r1f1") & (statistics["seed"] == 1)
        ]
        pd.testing.assert_frame_equal(found[wanted.columns].reset_index(drop=True), wanted)
    assert set(differences["first"]) == {"F"} and set(differences["second"]) == {"M"}
    assert differences.groupby("network").size().tolist() == [4 * 2 * 2] * 2, "networks, maps, measures"


def test_groups_are_taken_from_a_column_where_one_is_named(studied):
    _, differences = studied(groups="Site")
    assert set(differences["first"]) == {"Sitea"} and set(differences["second"]) == {"Siteb"}


def test_an_amount_without_a_column_leaves_the_reason_and_fails_nothing(studied):
    _, differences = studied(classes=())
    assert differences["reason"].tolist() == [
        "the label is an amount, which has no groups; name a column in insight.first_layer.groups"
    ]


def test_a_single_group_leaves_the_reason(studied):
    _, differences = studied(groups="Same")
    assert "comparing takes two groups" in differences["reason"].item()


def test_a_column_that_is_not_there_stops_the_rule_in_one_line(studied):
    with pytest.raises(InputError, match="^insight.first_layer.groups: no column Height among the scans; name one of"):
        studied(groups="Height")


def test_an_experiment_whose_splits_hold_out_nobody_leaves_the_reason(studied):
    statistics, differences = studied(networks=slice(4, None))
    assert statistics.empty and differences["reason"].tolist() == [
        "groups: no scan has a group; comparing takes two groups, give another column"
    ]

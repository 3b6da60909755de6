import pytest

from tests.library.merging import DEMO, merged
from voxplain.errors import SettingsError

USER = {
    "study": "sexes",
    "cohort": {
        "source": "hcp",
        "archives": "/users/archives",
        "table": "/users/unrestricted.csv",
        "tables": [{"path": "/users/restricted.csv", "columns": ["Family_ID"]}],
        "features": {"path": "/users/freesurfer.csv"},
        "leave_out": "/users/bad.txt",
        "ratings": "/users/ratings.tsv",
        "test_cohorts": {"late": {"archives": "/users/late", "table": "/users/late.csv", "leave_out": ["100307"]}},
    },
    "template": {
        "image": "/users/template.nii",
        "mask": "/users/mask.nii",
        "atlases": [{"name": "aal", "image": "/users/aal.nii", "labels": "/users/aal.xml"}],
    },
    "inputs": {"one": {"strip": "archive", "transform": "rigid"}},
    "experiments": {
        "sex": {"input": "one", "labels": "hcp_sex", "training": {"epochs": 30}},
        "large": {"input": "one", "labels": "hcp_sex", "network": {"name": "mrinet"}, "pretrain": {"epochs": 9}},
    },
    "folds": {"k": 10, "repeats": 5, "seeds": [3]},
    "published": [
        {"what": "ours", "experiment": "sex", "measure": "accuracy", "value": 0.9, "source": "a paper"}
        | {"comparable": True}
    ],
}


def texts(value):
    if isinstance(value, dict):
        return [one for part in value.values() for one in texts(part)]
    return [one for part in value for one in texts(part)] if isinstance(value, list) else [value]


def test_a_study_is_as_somebody_wrote_it_unless_its_twin_is_asked_for():
    plain = merged(**USER, twin={"folds": {"k": 3}})
    assert plain["study"] == "sexes" and plain["made"] is False
    assert plain["folds"]["k"] == 10 and plain["cohort"]["archives"] == "/users/archives"
    assert plain["published"][0]["value"] == 0.9


@pytest.mark.parametrize("asked", [True, "true"])
def test_a_twin_reads_no_file_of_the_study_and_shows_none_of_its_published_figures(asked):
    twin = merged(**USER, made=asked)
    assert twin["study"] == "sexesMade" and twin["made"] is True and twin["published"] == []
    assert not [text for text in texts(twin) if isinstance(text, str) and text.startswith("/users")]
    assert twin["cohort"]["archives"] == "data/sexesMade/archives"
    assert twin["cohort"]["tables"][0]["path"] == "data/sexesMade/tables/restricted.csv"
    assert twin["cohort"]["test_cohorts"]["late"]["table"] == "data/sexesMade/cohorts/late/late.csv"
    assert twin["template"]["atlases"][0]["labels"] == "data/sexesMade/atlases/aal.xml"
    assert twin["template"]["image"] == DEMO["template"]["image"]


def test_two_files_of_one_name_stay_two_in_the_twin():
    cohort = USER["cohort"] | {"tables": [{"path": "/other/unrestricted.csv", "columns": ["Family_ID"]}]}
    twin = merged(**USER | {"cohort": cohort}, made=True)["cohort"]
    assert twin["table"] != twin["tables"][0]["path"]


def test_a_twin_trains_for_one_epoch_in_two_folds_and_tells_the_same():
    twin = merged(**USER, made=True)
    assert (twin["folds"]["k"], twin["folds"]["repeats"]) == (2, 1)
    assert [twin["experiments"][name]["training"]["epochs"] for name in ("sex", "large")] == [1, 1]
    assert twin["experiments"]["large"]["pretrain"]["epochs"] == 1 and not twin["experiments"]["sex"]["pretrain"]
    assert {one["labels"] for one in twin["experiments"].values()} == {"hcp_sex"}


def test_what_the_study_says_of_its_twin_lies_over_the_cuts_and_a_null_takes_a_section_out():
    own = {"experiments": {"large": None, "sex": {"network": {"name": "mrinet", "width": 2}}}, "folds": {"k": 3}}
    own |= {"cohort": {"made": {"subjects": 24}, "features": None}}
    twin = merged(**USER, made=True, twin=own)
    assert list(twin["experiments"]) == ["sex"] and twin["experiments"]["sex"]["network"]["width"] == 2
    assert twin["experiments"]["sex"]["labels"] == "hcp_sex" and twin["folds"]["k"] == 3
    assert twin["cohort"]["made"]["subjects"] == 24 and twin["cohort"]["made"]["spacing"] == 6
    assert twin["cohort"]["features"] is None


def test_what_a_study_says_of_its_twin_cannot_rename_it_or_deny_that_it_is_made():
    twin = merged(**USER, made=True, twin={"study": "sexes", "made": False})
    assert twin["study"] == "sexesMade" and twin["made"] is True


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"made": True}, 'setting "made" is true, but cohort.source is made, which has no twin; leave it out'),
        (USER | {"made": "yess"}, "setting \"made\" is 'yess', but should be true or false"),
        (
            USER | {"made": True, "twin": {"folds": {"folds": 3}}},
            'unknown setting "folds.folds"; did you mean "folds.k"?',
        ),
        (USER | {"twin": ["folds"]}, "setting \"twin\" is ['folds'], but should be a section"),
        (
            USER | {"published": [{"what": "ours", "measure": "accuracy", "value": 0.9, "comparable": True}]},
            'setting "published.0.source" is missing; add it',
        ),
    ],
)
def test_a_wrong_setting_of_a_twin_is_said_in_one_line(user, said):
    with pytest.raises(SettingsError) as refused:
        merged(**user)
    if "did you mean" in said:
        assert str(refused.value).startswith('unknown setting "folds.folds"')
    else:
        assert str(refused.value) == said

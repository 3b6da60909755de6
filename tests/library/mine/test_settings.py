import pytest

from voxplain.attribution.table import method_options, methods
from voxplain.errors import SettingsError
from voxplain.mine.settings import own_inputs, own_settings

METHODS = {name: method_options(name) for name in methods()}
ASKED = {"model": "net.py:build", "volume": "scan.nii.gz"}


def test_nothing_is_asked_for_without_a_model_and_a_volume():
    settings = own_settings({"study": "mine", "folds": {"k": 2}}, METHODS)
    assert settings["model"] is None and settings["volume"] is None


def test_settings_lie_over_the_defaults_and_those_of_a_study_count_for_nothing(mine):
    settings = own_settings(ASKED | {"weights": "net3.pt", "target": 1, "cohort": {"source": "hcp"}}, METHODS)
    assert (settings["method"], settings["intensity"], settings["threads"]) == ("grad_cam", "none", 1)
    assert settings["name"] == "scan_grad_cam" and "cohort" not in settings


def test_nested_values_of_the_command_line_are_numbers_again(mine):
    texts = {"method": "occlusion", "options": {"size": ["6", "4", "4"], "stride": "4", "fill": "mean"}}
    texts |= {"target": ["first", "2", ["3", "4", "5"]], "intensity": {"mean": ["0.5"], "sd": "2"}}
    settings = own_settings(
        ASKED | texts | {"model_options": {"axes": "3", "wide": "true", "of": "null", "small": "1e-3"}}, METHODS
    )
    assert settings["options"] == {"size": [6, 4, 4], "stride": 4, "fill": "mean"}
    assert settings["target"] == ["first", 2, [3, 4, 5]]
    assert settings["intensity"] == {"mean": [0.5], "sd": 2}
    assert settings["model_options"] == {"axes": 3, "wide": True, "of": None, "small": 0.001}


def test_a_layer_that_is_called_by_a_number_is_called_so(mine):
    settings = own_settings(ASKED | {"options": {"layer": "1"}, "target": ["0", "2", ["3", "4", "5"]]}, METHODS)
    assert settings["options"] == {"layer": "1"} and settings["target"] == ["0", 2, [3, 4, 5]]
    assert own_settings(ASKED | {"options": {"layer": [1, "2"]}}, METHODS)["options"] == {"layer": ["1", "2"]}


def test_names_of_outputs_are_safe_and_can_be_chosen(mine):
    odd = mine.folder / "my scan (2).v1.nii.gz"
    (mine.folder / "scan.nii.gz").rename(odd)
    assert own_settings(ASKED | {"volume": str(odd)}, METHODS)["name"] == "my-scan-2-v1_grad_cam"
    assert own_settings(ASKED | {"volume": "photo.png", "name": "first-try"}, METHODS)["name"] == "first-try"


def test_the_files_that_decide_on_a_map_are_known_while_it_is_planned(mine):
    (mine.folder / "atlas.nii.gz").write_bytes(b"planned without being read")
    asked = ASKED | {"weights": "net3.pt", "method": "region_occlusion", "options": {"labels": "atlas.nii.gz"}}
    assert own_inputs(own_settings(asked, METHODS)) == {
        "volume": "scan.nii.gz",
        "weights": ["net3.pt"],
        "model": ["net.py"],
        "options": ["atlas.nii.gz"],
    }
    (mine.folder / "own_nets").mkdir()
    (mine.folder / "own_nets" / "__init__.py").write_text("raise RuntimeError\n")
    named = own_inputs(own_settings(ASKED | {"model": "own_nets:build"}, METHODS))["model"]
    assert named == [str(mine.folder / "own_nets" / "__init__.py")]
    assert own_inputs(own_settings(ASKED | {"model": "nobody.knows:this"}, METHODS))["model"] == []


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"volume": None}, 'setting "volume" is missing; one\'s own scan takes both, model and volume'),
        ({"model": None}, 'setting "model" is missing'),
        ({"model": "net.py"}, 'model is "net.py"; say where its builder is'),
        ({"model": "nets.py:build"}, 'setting "model" names nets.py, but there is no such file from'),
        ({"volume": "brain.nii"}, 'setting "volume" names brain.nii, but there is no such file from'),
        ({"weights": "none.pt"}, 'setting "weights" names none.pt, but there is no such file'),
        ({"weight": "net3.pt"}, 'unknown setting "weight"; did you mean "weights"?'),
        ({"method": "grad_kam"}, 'setting "method" is "grad_kam", which is no method; did you mean "grad_cam"?'),
        (
            {"options": {"layre": "first"}},
            'setting "options.layre": grad_cam has no such option; did you mean "layer"?',
        ),
        ({"method": "grad_times_input", "options": {"size": 3}}, "grad_times_input has no such option; it has none"),
        ({"method": "region_occlusion"}, 'setting "options.labels" is missing; name the file that region_occlusion'),
        ({"method": "region_occlusion", "options": {"labels": "a.nii"}}, 'setting "options" names a.nii, but there is'),
        ({"target": -1}, 'setting "target" is -1'),
        ({"target": "first"}, "setting \"target\" is 'first'"),
        ({"score": "log"}, "setting \"score\" is 'log', but should be one of log_odds, logit, probability, null"),
        ({"channels": 2}, 'setting "channels" is 2, but should be one of 1, 3, null'),
        ({"intensity": "minmax"}, "setting \"intensity\" is 'minmax'"),
        ({"threads": 0}, 'setting "threads" is 0, but should be at least 1'),
        ({"device": "tpu"}, "setting \"device\" is 'tpu', but should be one of cpu, gpu, auto"),
        ({"name": "../up"}, "setting \"name\" has the name '../up'"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(mine, changed, line):
    with pytest.raises(SettingsError) as caught:
        own_settings(ASKED | changed, METHODS)
    assert line in str(caught.value) and "\n" not in str(caught.value)

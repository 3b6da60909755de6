import re
import shlex
from pathlib import Path

import nibabel
import numpy as np
import torch
import yaml

from voxplain.attribution.table import method_options, methods
from voxplain.mine.explain_file import explain_file
from voxplain.mine.model import own_model
from voxplain.mine.settings import own_settings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "own_model.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def page_files(folder):
    network, _, resampled = blocks("python")
    (folder / "my_net.py").write_text(
        f"{network}\n\n{resampled}\n\ndef small():\n    return Resampled(build(), (10, 9, 8))\n"
    )
    torch.save(own_model("my_net.py:build").state_dict(), "my_net.pt")
    scan = np.random.default_rng(1).random((12, 10, 11), np.float32)
    for name, values in (("scan", scan), ("atlas", np.round(3 * scan))):
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), f"{name}.nii.gz")


def test_the_five_lines_of_the_page_run_and_leave_what_they_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page_files(tmp_path)
    _, lines, _ = blocks("python")
    exec(compile(lines, "own_model.md", "exec"), {})
    assert "(12, 10, 11)" in capsys.readouterr().out
    assert {f"maps/{path.name}" for path in (tmp_path / "maps").iterdir()} == set(re.findall(r"maps/[\w.]+", lines))


def test_a_network_of_another_shape_is_resampled_for_as_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page_files(tmp_path)
    assert explain_file("my_net.py:small", "scan.nii.gz", "gradient").map.shape == (12, 10, 11)


def test_the_commands_of_the_page_and_of_the_readme_are_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page_files(tmp_path)
    commands = [*blocks("bash"), *re.findall(r"^snakemake .*explain_mine .*$", (ROOT / "README.md").read_text(), re.M)]
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command)
        pairs = dict(word.split("=", 1) for word in words[words.index("--config") + 1 :])
        user = {key: yaml.load(value, yaml.BaseLoader) for key, value in pairs.items()}
        user |= {"target": int(user["target"])} if "target" in user else {}
        assert own_settings(user, {name: method_options(name) for name in methods()})["model"] == "my_net.py:build"


def test_every_setting_is_documented_and_bounded():
    documented = (ROOT / "config" / "mine.yaml").read_text()
    bounded = yaml.safe_load((ROOT / "config" / "mine.schema.yaml").read_text())["properties"]
    assert set(yaml.safe_load(documented)) == set(bounded)
    lines = documented.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\w+:", line):
            above = lines[number - 1]
            assert above.startswith("#") or above.startswith(("model", "method")), line

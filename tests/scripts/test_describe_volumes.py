import json

from scripts.describe_volumes import describe_volumes


def test_the_folder_becomes_a_derivative_dataset_of_the_study(tmp_path):
    describe_volumes(tmp_path / "volumes", "mine")
    described = json.loads((tmp_path / "volumes" / "dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative" and "mine" in described["Name"]
    assert "*_status.json" in (tmp_path / "volumes" / ".bidsignore").read_text().split()
    assert (tmp_path / "volumes" / "README").is_file()

from scripts.share_tabular import share_tabular


def test_each_file_is_given_on_under_its_own_name_and_replaces_an_older_one(tmp_path):
    fitted = {name: tmp_path / f"first_{name}.tsv" for name in ("predictions", "scores")}
    for name, path in fitted.items():
        path.write_text(name)
    shared = {name: tmp_path / "second" / f"{name}.tsv" for name in fitted}
    shared["scores"].parent.mkdir()
    shared["scores"].write_text("of an older run")
    share_tabular(fitted, shared)
    assert {name: path.read_text() for name, path in shared.items()} == {
        "predictions": "predictions",
        "scores": "scores",
    }
    assert len(list((tmp_path / "second").iterdir())) == 2

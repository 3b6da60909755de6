"""What the scripts of baselines leave: confounds, voxels, and all models in one table."""

import json

import numpy as np
import pandas as pd
import pytest

from scripts.compare_models import compare_models
from scripts.fit_voxels import fit_voxels
from scripts.predict_confounds import predict_confounds
from tests.library.baselines.made_study import made_folds, made_scans, made_store
from voxplain.baselines.written import write_baseline
from voxplain.settings.baselines import CONFOUNDS, VOXELS
from voxplain.settings.known import default_settings
from voxplain.training.predictions import COLUMNS


def made(path, classes=2):
    scans = made_scans(classes=classes)
    scans.to_csv(path / "scans.tsv", sep="\t", index=False)
    made_folds(scans).to_csv(path / "folds.tsv", sep="\t", index=False)
    return made_store(path / "affine.h5", scans), path / "scans.tsv", path / "folds.tsv"


def everything(path, classes=2):
    files, about = made(path, classes), {"label_column": "Group", "classes": classes}
    found = predict_confounds(CONFOUNDS, *files, input_name="affine", **about)
    kernels = default_settings()["baselines"]["kernels"]
    return found + fit_voxels(VOXELS, *files, mask="brain", kernels=kernels, **about)


@pytest.mark.parametrize("classes", [2, 3, None])
def test_every_baseline_leaves_a_table_and_a_card_and_all_are_compared(tmp_path, classes):
    found = everything(tmp_path, classes)
    assert [one.name for one in found] == [*CONFOUNDS, *VOXELS]
    for one in found:
        write_baseline(one, tmp_path / f"{one.name}.tsv", tmp_path / f"{one.name}.card.json")
    network = next(one for one in found if one.name == "svc_linear").predictions.assign(seed=1)
    network.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    tables, cards = ([tmp_path / f"{one.name}.{end}" for one in found] for end in ("tsv", "card.json"))
    models = compare_models(tmp_path / "predictions.tsv", tables, cards, bootstrap=20, seed=1)
    main = models[models["measure"] == ("balanced_accuracy" if classes else "r2")].set_index("model")
    assert set(main.index) == {"network", *CONFOUNDS, *VOXELS}
    empty = {"scanner", "release", "intracranial"}
    assert set(main.index[main["value"].isna()]) == empty
    assert (main.loc[sorted(empty), "note"] != "").all() and (main.drop(sorted(empty))["n"] == 36).all()
    assert main.loc["svc_linear", ["network_minus", "network_better"]].tolist() == [0, "undecided"]
    columns = pd.read_csv(tmp_path / "age.tsv", sep="\t").columns.tolist()
    assert columns == [*COLUMNS, *(f"probability_{one}" for one in range(classes or 0))]
    card = json.loads((tmp_path / "svc_rbf.card.json").read_text())
    assert card["kind"] == "voxels" and card["settings"]["chosen"] == {"r1f1": 1.0, "r1f2": 1.0, "r1f3": 1.0}


def test_the_same_settings_leave_the_same_bytes(tmp_path):
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for one in everything(tmp_path / name):
            write_baseline(one, tmp_path / name / f"{one.name}.tsv", tmp_path / name / f"{one.name}.card.json")
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).glob("*.card.json")})
        written[-1] |= {one: (tmp_path / name / f"{one}.tsv").read_bytes() for one in (*CONFOUNDS, *VOXELS)}
    assert written[0] == written[1]


def test_a_label_that_nothing_knows_leaves_no_baseline_that_is_better_than_a_coin_by_much(tmp_path):
    store, scans, folds = made(tmp_path)
    table, dealt = pd.read_csv(folds, sep="\t"), np.random.default_rng(5).permutation(np.arange(36) % 2)
    names = pd.read_csv(scans, sep="\t")["scan"]
    table["label"] = table["scan"].map(dict(zip(names, dealt, strict=True)))
    table.to_csv(folds, sep="\t", index=False)
    found = predict_confounds(CONFOUNDS, store, scans, folds, input_name="affine", label_column="Group", classes=2)
    right = [(one.predictions["label"] == one.predictions["predicted"]).mean() for one in found if len(one.predictions)]
    assert len(right) == 8 and np.mean(right) < 0.62

import pandas as pd
import pytest

from scripts.probe_size import probe_size
from voxplain.store import Volumes
from voxplain.training.predictions import predicted_logits
from voxplain.training.size_probe import RescaledVolumes
from voxplain.training.trained import read_trained


def test_every_network_is_probed_on_the_scans_that_it_never_saw(trained_study, tmp_path):
    scans = pd.DataFrame({"scan": [f"sub-{number}" for number in range(8)], "brain_volume_ml": range(1200, 1208)})
    scans["brain_volume_input_ml_affine"] = [1400.0, 1410, 1390, 1500, 1300, 1350, 1320, 1310]
    scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    given = trained_study.store, tmp_path / "scans.tsv", trained_study.folds, trained_study.weights, trained_study.cards
    table = probe_size(*given, experiment=trained_study.experiment, classes=["F", "M"], share=0.05).set_index("class")
    assert table["n"].tolist() == [4, 3], "sub-7 was not packed"
    changes = []
    for split, scan in ((0, "sub-1"), (1, "sub-1"), (0, "sub-3"), (1, "sub-3"), (2, "sub-5"), (3, "sub-5")):
        network, _ = read_trained(trained_study.weights[split], trained_study.cards[split])
        volumes = Volumes(trained_study.store, [scan], "brain")
        before, after = (predicted_logits(network, one)[0] for one in (volumes, RescaledVolumes(volumes, 1.05)))
        changes.append(float((after[1] - after[0]) - (before[1] - before[0])))
    assert table.loc["M", "larger"] == pytest.approx(sum(changes) / 6, abs=1e-5)

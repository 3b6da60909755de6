from tests.scripts.asked_study import asked_study
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.store import Volumes, write_store


def test_every_network_stands_beside_its_own_scans_and_one_whose_scans_were_not_packed_is_passed_over(tmp_path):
    study = asked_study(tmp_path, 8)
    found = list(networks_of_splits(*study.files, mask="none"))
    assert [one.file_stem for one in found] == ["r1f1_seed-1", "r1f2_seed-1"]
    for one, held_out in zip(found, study.held_out, strict=True):
        assert one.held_out.scans == held_out and not set(one.training.scans) & set(held_out)
        assert {scan: int(label) for scan, label in one.labels.items()} == study.table["label_sex"].to_dict()
    packed = Volumes(study.files[0], study.held_out[0])
    rows = [
        (scan, scan, packed[place][0].numpy(), packed.mask(place).numpy()) for place, scan in enumerate(packed.scans)
    ]
    write_store(tmp_path / "few.h5", rows, packed.affine, packed.space, {})
    assert not list(networks_of_splits(tmp_path / "few.h5", *study.files[1:], mask="none"))

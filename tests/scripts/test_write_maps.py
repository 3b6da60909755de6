import json

import nibabel
import numpy as np

from scripts.write_maps import write_maps
from voxplain.attribution.maps import read_maps
from voxplain.attribution.maps import write_maps as write_file


def test_a_scans_image_holds_its_map_where_the_template_is(explained_study, tmp_path):
    table = write_maps(explained_study.maps[0], tmp_path / "maps", "r1f1", 1)
    assert table["file"].tolist() == [f"sub-{number}_split-r1f1_seed-1_map.nii.gz" for number in range(4)]
    image = nibabel.load(tmp_path / "maps" / table["file"][2])
    assert image.get_data_dtype() == np.float32
    assert np.allclose(image.affine, np.diag([-3, 3, 3, 1]))
    assert np.array_equal(image.dataobj, read_maps(explained_study.maps[0]).maps[2])


def test_beside_it_stands_what_made_it(explained_study, tmp_path):
    write_maps(explained_study.maps[0], tmp_path / "maps", "r1f1", 1)
    said = json.loads((tmp_path / "maps" / "sub-3_split-r1f1_seed-1_map.json").read_text())
    assert (said["label"], said["target"]) == (1, 1)
    assert said["settings"]["method"] == "gradient"


def test_the_same_map_gives_the_same_bytes(explained_study, tmp_path):
    for folder in ("one", "two"):
        write_maps(explained_study.maps[0], tmp_path / folder, "r1f1", 1)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) == 8
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


def test_an_empty_split_writes_no_image(explained_study, tmp_path):
    assert write_maps(explained_study.maps[-1], tmp_path / "maps", "r2f1", 1).empty


def test_maps_of_channels_stand_beside_their_sum_each_with_its_scans_own_affine(tmp_path):
    maps = np.random.default_rng(1).standard_normal((2, 2, 5, 6, 7)).astype(np.float32)
    own = np.stack([np.diag([2.0, 2, 2, 1]), np.diag([3.0, 3, 3, 1])])
    about = {"method": "gradient", "channels": ["intensity", "log_jacobian"]}
    scans = ["sub-1", "sub-2"]
    write_file(tmp_path / "maps.h5", scans, scans, [0, 1], [0, 1], iter(maps), np.eye(4), about, affines=own)
    table = write_maps(tmp_path / "maps.h5", tmp_path, "r1f1", 1)
    for place, name in enumerate(table["file"]):
        whole = nibabel.load(tmp_path / name)
        np.testing.assert_array_equal(whole.affine, own[place])
        np.testing.assert_allclose(whole.get_fdata(), maps[place].sum(0), rtol=1e-6)
        for channel, title in enumerate(("intensity", "logjacobian")):
            part = nibabel.load(tmp_path / name.replace("_map", f"_channel-{title}_map"))
            np.testing.assert_array_equal(part.get_fdata(), maps[place][channel])

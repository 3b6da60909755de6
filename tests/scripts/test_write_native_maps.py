"""Maps carried back to the scans' own space by the registrations that were kept, with ANTs itself."""

import json

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from scripts.prepare_scan import prepare_extracted
from scripts.prepare_template import prepare_template
from scripts.write_native_maps import write_native_maps
from tests.library.volumes.made_head import known_affine, made_head
from voxplain.attribution.maps import write_maps
from voxplain.volumes.carrying import kept_registration, to_template
from voxplain.volumes.prepare import TemplateFiles
from voxplain.volumes.volume import Volume, read_volume, save_volume

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("native_maps")

ASKED = {"strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 200}
SCANS = "sub-1", "sub-2"
FORMS = dict.fromkeys(SCANS, "refuse")


def planted(shape, affine, scan):
    """A ball of 12 mm around a place of its own inside the brain of a native volume."""
    middle = np.array([[20, 10, 15], [-25, -20, 10]][SCANS.index(scan)])
    places = np.indices(shape).reshape(3, -1).T @ affine[:3, :3].T + affine[:3, 3]
    away = np.linalg.norm(places - middle, axis=1).reshape(shape)
    return Volume((away < 12).astype(np.float32), affine), middle


@pytest.fixture(scope="module", params=["affine", pytest.param("fast", marks=pytest.mark.slow)])
def prepared(request, tmp_path_factory):
    """Two made heads registered to the template, and their status files."""
    root = tmp_path_factory.mktemp("native")
    template = TemplateFiles(root / "T1w.nii.gz", root / "mask.nii.gz", "mni152")
    prepare_template({"image": "mni152", "mask": None, "spacing": 4.0}, template.image, template.mask)
    statuses = []
    for number, scan in enumerate(SCANS):
        folder = root / scan / "anat"
        folder.mkdir(parents=True)
        files = {kind: f"{scan}_desc-source_{kind}.nii.gz" for kind in ("T1w", "mask")}
        for kind, volume in zip(files, made_head(known_affine(4 + number), number), strict=True):
            save_volume(folder / files[kind], volume, np.float32 if kind == "T1w" else np.uint8)
        status = {"scan": scan, "input": "source", "accepted": True, "stage": None, "reason": None, "files": files}
        source = folder / f"{scan}_desc-source_status.json"
        source.write_text(json.dumps(status))
        found = prepare_extracted(source, template, ASKED | {"transform": request.param}, folder, "brain")
        assert found["accepted"], found["reason"]
        statuses.append(folder / f"{scan}_desc-brain_status.json")
        statuses[-1].write_text(json.dumps(found))
    return template, statuses


def test_a_map_comes_back_to_where_it_lies_in_the_scan_on_the_scans_own_grid(prepared, tmp_path):
    template, statuses = prepared
    image, maps, middles = read_volume(template.image), [], []
    for scan, status in zip(SCANS, statuses, strict=True):
        native = nibabel.load(status.parent / f"{scan}_desc-source_T1w.nii.gz")
        ball, middle = planted(native.shape, native.affine, scan)
        maps.append(-to_template(ball, image, kept_registration(status)).data)
        middles.append(middle)
    about = {"method": "occlusion", "settings": {"steps": 3}}
    notes = [{"path": "windows"}, {"path": "whole passes"}]
    write_maps(tmp_path / "m.h5", SCANS, SCANS, [0, 1], [0, 1], maps, image.affine, about, notes=notes)
    table = write_native_maps(tmp_path / "m.h5", statuses, tmp_path / "maps", "r1f1", 1, FORMS)
    assert table["file"].tolist() == [f"{scan}_split-r1f1_seed-1_space-T1w_map.nii.gz" for scan in SCANS]
    for place, scan in enumerate(SCANS):
        native = nibabel.load(statuses[place].parent / f"{scan}_desc-source_T1w.nii.gz")
        found = nibabel.load(tmp_path / "maps" / table["file"][place])
        assert found.shape == native.shape and found.get_data_dtype() == np.float32
        np.testing.assert_allclose(found.affine, native.affine, atol=1e-4)
        values = found.get_fdata()
        assert values.min() < -0.5 and values.max() <= 1e-6, "signs stay"
        centre = found.affine[:3, :3] @ ndimage.center_of_mass(-values) + found.affine[:3, 3]
        assert np.linalg.norm(centre - middles[place]) < 1.5, "mm"
        said = json.loads((tmp_path / "maps" / table["file"][place].replace(".nii.gz", ".json")).read_text())
        assert (said["notes"], said["space"]) == (notes[place], "T1w")
        assert (said["settings"], said["label"]) == ({"steps": 3}, place)


def test_a_split_without_maps_leaves_an_empty_list(prepared, tmp_path):
    write_maps(tmp_path / "m.h5", [], [], [], [], np.zeros((0, 3, 4, 5)), np.eye(4), {"method": "gradient"})
    assert write_native_maps(tmp_path / "m.h5", prepared[1], tmp_path, "r1f1", 1, FORMS).empty

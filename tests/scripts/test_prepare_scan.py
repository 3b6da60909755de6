import json

import numpy as np
import pytest

from scripts.prepare_scan import prepare_extracted
from scripts.prepare_template import prepare_template
from tests.library.volumes.made_head import known_affine, made_head
from voxplain.errors import InputError
from voxplain.volumes.prepare import TemplateFiles
from voxplain.volumes.volume import save_volume

AFFINE = {"transform": "affine", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 100}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    files = TemplateFiles(folder / "T1w.nii.gz", folder / "mask.nii.gz", "mni152")
    prepare_template({"image": "mni152", "mask": None, "spacing": 5.0}, files.image, files.mask)
    return files


def extracted(folder, **changes):
    """The status of an extracted scan, as the rule before leaves it, with its volume and mask."""
    files = {"T1w": "sub-9_desc-source_T1w.nii.gz", "mask": "sub-9_desc-source_mask.nii.gz"}
    for kind, volume in zip(files, made_head(known_affine(4)), strict=True):
        save_volume(folder / files[kind], volume, np.float32 if kind == "T1w" else np.uint8)
    status = {"scan": "sub-9", "input": "source", "accepted": True, "stage": None, "reason": None, "files": files}
    source = folder / "sub-9_desc-source_status.json"
    source.write_text(json.dumps(status | changes))
    return source


def test_an_extracted_scan_is_prepared_beside_its_source(tmp_path, template):
    source = extracted(tmp_path)
    status = prepare_extracted(source, template, AFFINE, tmp_path, "brain1")
    assert status["accepted"] and status["scan"] == "sub-9" and status["input"] == "brain1"
    assert all((tmp_path / status["files"][kind]).is_file() for kind in ("volume", "mask"))
    assert source.is_file()


def test_a_refused_archive_is_passed_on_with_its_own_stage_and_reason(tmp_path, template):
    source = extracted(tmp_path, accepted=False, stage="extract", reason="no member T1w.nii.gz", files={})
    status = prepare_extracted(source, template, AFFINE, tmp_path, "affine")
    assert (status["accepted"], status["stage"], status["reason"]) == (False, "extract", "no member T1w.nii.gz")
    assert status["input"] == "affine" and status["files"] == {}


def test_a_truncated_volume_is_a_status_and_not_a_failure(tmp_path, template):
    source = extracted(tmp_path)
    volume = tmp_path / "sub-9_desc-source_T1w.nii.gz"
    volume.write_bytes(volume.read_bytes()[:20000])
    status = prepare_extracted(source, template, AFFINE, tmp_path, "affine")
    assert (status["accepted"], status["stage"]) == (False, "prepare")
    assert status["reason"].startswith("sub-9_desc-source_T1w.nii.gz: cannot be read in full")


@pytest.mark.parametrize("kind", ["T1w", "mask"])
def test_no_scan_is_left_out_because_its_file_is_gone(tmp_path, template, kind):
    source = extracted(tmp_path)
    volume = tmp_path / f"sub-9_desc-source_{kind}.nii.gz"
    volume.unlink()
    with pytest.raises(InputError) as caught:
        prepare_extracted(source, template, AFFINE, tmp_path, "affine")
    told = f"{volume}: it was there and is gone; put it back, or remove {source} and run again"
    assert str(caught.value) == told

import json

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

import voxplain
from tests.library.mine.conftest import SHAPE
from voxplain.mine.explain_file import explain_file


def own_gradient(network, volumes, target):
    """Gradient of the log-odds of two classes, by autograd alone."""
    volumes = torch.from_numpy(np.array(volumes, np.float32, order="C")).requires_grad_()
    outputs = network.eval()(volumes)
    return torch.autograd.grad(outputs[0, target] - outputs[0, 1 - target], volumes)[0][0].numpy()


def test_the_map_of_a_volume_is_the_one_of_the_network_with_its_weights(mine):
    made = voxplain.explain_file("net.py:build", "scan.nii.gz", "gradient", weights="net3.pt", target=1)
    np.testing.assert_allclose(
        made.map, own_gradient(mine.networks[3], mine.scan[None, None], 1)[0], rtol=1e-4, atol=1e-9
    )
    assert made.map.shape == SHAPE and made.map.dtype == np.float32
    np.testing.assert_allclose(made.affine, mine.affine, atol=1e-5)


def test_the_map_of_a_coloured_picture_is_the_sum_over_its_colours(mine):
    options = {"axes": 2, "channels": 3}
    made = explain_file("net.py:Net", "photo.png", "gradient", weights="net2.pt", model_options=options, target=0)
    expected = own_gradient(mine.networks[2], mine.photo.transpose(2, 0, 1)[None] / 255, 0)
    np.testing.assert_allclose(made.channels, expected, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(made.map, expected.sum(0), rtol=1e-4, atol=1e-8)
    assert made.affine is None


@pytest.mark.parametrize("method", ["grad_cam", "guided_backprop", "occlusion", "integrated_gradients"])
@pytest.mark.parametrize("axes", [2, 3])
def test_it_gives_what_attribute_gives(mine, method, axes):
    options = {"occlusion": {"size": 6, "stride": 4}, "integrated_gradients": {"steps": 4}}.get(method, {})
    file, data = ("scan.nii.gz", mine.scan[None]) if axes == 3 else ("photo.png", mine.photo.transpose(2, 0, 1) / 255)
    volumes = torch.as_tensor(data[None], dtype=torch.float32)
    expected = voxplain.attribute(mine.networks[axes], volumes, method, **options)[0].numpy()
    made = explain_file(mine.networks[axes], file, method, **options)
    np.testing.assert_allclose(made.channels, expected, rtol=1e-4, atol=1e-7)


def test_the_files_lie_on_the_images_own_grid_and_say_what_made_them(mine):
    made = explain_file("net.py:build", "scan.nii.gz", "grad_times_input", weights="net3.pt")
    paths = made.write(mine.folder / "maps", "scan")
    assert {path.name for path in (mine.folder / "maps").iterdir()} == {path.name for path in paths.values()}
    written, own = nibabel.load(paths["map"]), nibabel.load("scan.nii.gz")
    np.testing.assert_array_equal(written.affine, own.affine)
    np.testing.assert_array_equal(written.get_fdata(dtype=np.float32), made.map)
    for key in ("sform_code", "qform_code", "quatern_b", "qoffset_x"):
        assert written.header[key] == own.header[key]
    said = json.loads(paths["about"].read_text())
    with torch.no_grad():
        outputs = mine.networks[3].eval()(torch.from_numpy(mine.scan)[None, None])[0]
    np.testing.assert_allclose(said["outputs"], outputs, rtol=1e-5)
    top = int(outputs.argmax())
    assert (said["predicted"], said["class"], said["method"]) == (top, top, "grad_times_input")
    assert said["explained"] == pytest.approx(float(outputs[top] - outputs[1 - top]), rel=1e-4)
    with Pillow.open(paths["picture"]) as picture:
        assert picture.size > (400, 300)


def test_a_header_whose_forms_disagree_or_are_not_set_is_the_maps_header_too(mine):
    image = nibabel.load("scan.nii.gz")
    image.set_sform(np.diag([1.0, 2, 3, 1]), 4)
    nibabel.save(image, "two.nii")
    bare = nibabel.Nifti2Image(mine.scan, None)
    bare.header["pixdim"][1:4] = 1, 2, 4
    nibabel.save(bare, "bare.nii.gz")
    for name in ("two.nii", "bare.nii.gz"):
        written = nibabel.load(explain_file(mine.networks[3], name, "gradient").write("maps")["map"])
        own = nibabel.load(name)
        assert type(written) is type(own)
        np.testing.assert_array_equal(written.affine, own.affine)
        np.testing.assert_array_equal(written.header.get_qform(), own.header.get_qform())
        assert written.header["qform_code"] == own.header["qform_code"]
        np.testing.assert_array_equal(written.header["pixdim"][:4], own.header["pixdim"][:4])


def test_the_same_settings_give_the_same_bytes_also_of_weights_that_a_builder_draws(mine):
    for folder in ("one", "two"):
        torch.manual_seed(len(folder) + (folder == "two"))
        explain_file("net.py:build", "scan.nii.gz", "smoothgrad", samples=3).write(folder)
        explain_file(mine.networks[2], "photo.png", "gradient").write(folder, "photo")
    names = [path.name for path in (mine.folder / "one").iterdir()]
    assert len(names) == 6
    for name in names:
        assert (mine.folder / "one" / name).read_bytes() == (mine.folder / "two" / name).read_bytes()


def test_a_network_that_is_given_comes_back_as_it_was(mine):
    network = mine.networks[3].train()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    explain_file(network, "scan.nii.gz", "gradient")
    assert network.training and not any(layer._forward_pre_hooks for layer in network.modules())
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())
    with pytest.raises(voxplain.SettingsError, match="weights are given, but so is the network itself"):
        explain_file(network, "scan.nii.gz", "gradient", weights="net3.pt")


def test_a_network_in_double_precision_sees_the_image_so(mine):
    made = explain_file(mine.networks[3].double(), "scan.nii.gz", "gradient", target=1)
    expected = own_gradient(mine.networks[3].float(), mine.scan[None, None], 1)[0]
    np.testing.assert_allclose(made.map, expected, rtol=1e-3, atol=1e-7)


def test_a_volume_is_turned_for_the_network_and_its_map_back(mine):
    made = explain_file(mine.networks[3], "scan.nii.gz", "gradient", target=1, axes="RAS")
    turned = nibabel.as_closest_canonical(nibabel.load("scan.nii.gz"))
    expected = own_gradient(mine.networks[3], turned.get_fdata(dtype=np.float32)[None, None], 1)[0]
    nibabel.save(nibabel.Nifti1Image(made.map, mine.affine), "map.nii")
    found = nibabel.as_closest_canonical(nibabel.load("map.nii")).get_fdata(dtype=np.float32)
    assert found.shape == (14, 17, 11)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-8)


def test_a_unit_can_be_explained(mine):
    made = explain_file(mine.networks[3], "scan.nii.gz", "gradient", target=["first", 2, [3, 4, 5]])
    places = np.argwhere(made.map)
    assert (places.min(0).tolist(), places.max(0).tolist()) == ([3, 4, 5], [5, 6, 7])
    assert made.about["target"] == ["first", 2, [3, 4, 5]]
    made.write("maps")


def test_label_volumes_and_baselines_are_named_by_their_files(mine):
    labels = np.zeros(SHAPE, np.int16)
    labels[3:6, 2:7, 4:9], labels[8:12, 5:9, 10:14] = 5, 7
    nibabel.save(nibabel.Nifti1Image(labels, mine.affine), "atlas.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mine.scan * 0.5 + 1, mine.affine), "mean.nii.gz")
    regions = explain_file(mine.networks[3], "scan.nii.gz", "region_occlusion", labels="atlas.nii.gz", target=1)
    shown = torch.from_numpy(mine.scan)[None, None]
    expected = voxplain.attribute(mine.networks[3], shown, "region_occlusion", target=1, labels=labels.astype(np.int64))
    np.testing.assert_allclose(regions.map, expected[0, 0], rtol=1e-4, atol=1e-7)
    assert np.unique(regions.map).size == 3
    turned = explain_file(
        mine.networks[3], "scan.nii.gz", "region_occlusion", labels="atlas.nii.gz", target=1, axes="LPS"
    )
    assert set(map(tuple, np.argwhere(turned.map))) == set(map(tuple, np.argwhere(labels)))
    path = explain_file(mine.networks[3], "scan.nii.gz", "integrated_gradients", baseline="mean.nii.gz", target=1)
    start = torch.from_numpy(mine.scan * 0.5 + 1)[None]
    expected = voxplain.attribute(mine.networks[3], shown, "integrated_gradients", baseline=start, target=1)
    np.testing.assert_allclose(path.map, expected[0, 0], rtol=1e-3, atol=1e-6)


def test_a_map_of_nothing_but_zeros_is_said_to_be_one(mine, caplog):
    dead = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 3), torch.nn.AdaptiveAvgPool3d(1), torch.nn.Flatten())
    dead[0].weight.data.zero_()
    made = explain_file(dead, "scan.nii.gz", "gradient")
    assert made.about["map_is_zero"] and "zero everywhere" in caplog.text
    made.write("maps")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_map_of_the_cpu(mine):
    made = [
        explain_file("net.py:build", "scan.nii.gz", "grad_times_input", weights="net3.pt", device=device)
        for device in ("cpu", "gpu")
    ]
    np.testing.assert_allclose(made[0].map, made[1].map, rtol=1e-3, atol=1e-6)


def test_masks_segments_and_references_are_named_by_their_files(mine):
    coarse = np.where(np.indices(SHAPE)[0] < 7, 1, 2)
    fine = coarse * 10 + (np.indices(SHAPE)[2] < 8)
    reference = np.random.default_rng(5).random(SHAPE).astype(np.float32)
    for name, values in {"coarse": coarse, "fine": fine, "reference": reference}.items():
        nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), mine.affine), f"{name}.nii.gz")
    shown = torch.from_numpy(mine.scan)[None, None]
    asked = {
        "hierarchical_occlusion": (
            {"segments": ["fine.nii.gz", "coarse.nii.gz"]},
            {"segments": np.stack([fine, coarse])},
        ),
        "expected_gradients": (
            {"references": ["reference.nii.gz", "zero"], "samples": 6},
            {"references": [torch.from_numpy(reference)[None], "zero"], "samples": 6},
        ),
    }
    for method, (files, tensors) in asked.items():
        found = explain_file(mine.networks[3], "scan.nii.gz", method, target=1, **files).map
        expected = voxplain.attribute(mine.networks[3], shown, method, target=1, **tensors)[0, 0]
        assert found.any()
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"shape": (14, 11, 16)},
            r"other.nii.gz: shape \(14, 11, 16\), but scan.nii.gz has \(14, 11, 17\); resample it",
        ),
        ({"affine": np.eye(4)}, "other.nii.gz: its header places it elsewhere than that of scan.nii.gz; resample it"),
        ({"factor": 0.3}, "other.nii.gz: parts of whole numbers, so that it holds no labels; resample to the nearest"),
    ],
)
def test_a_file_of_an_option_that_does_not_fit_the_image_is_refused(mine, changed, line):
    labels = (np.indices(changed.get("shape", SHAPE))[0] * changed.get("factor", 1)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(labels, changed.get("affine", mine.affine)), "other.nii.gz")
    with pytest.raises(voxplain.InputError, match=line):
        explain_file(mine.networks[3], "scan.nii.gz", "region_occlusion", labels="other.nii.gz")


def test_labels_of_a_picture_are_the_numbers_of_a_grey_one(mine):
    labels = np.zeros((18, 23), np.uint8)
    labels[2:9, 3:12], labels[10:16, 12:20] = 1, 2
    Pillow.fromarray(labels).save("labels.png")
    found = explain_file(mine.networks[2], "photo.png", "region_occlusion", labels="labels.png").map
    assert set(map(tuple, np.argwhere(found))) == set(map(tuple, np.argwhere(labels)))
    with pytest.raises(voxplain.InputError, match="photo.png: in colour, so that it holds no labels"):
        explain_file(mine.networks[2], "photo.png", "region_occlusion", labels="photo.png")
    with pytest.raises(voxplain.SettingsError, match="labels is labels.png, of 2 dimensions; give one like scan"):
        explain_file(mine.networks[3], "scan.nii.gz", "region_occlusion", labels="labels.png")

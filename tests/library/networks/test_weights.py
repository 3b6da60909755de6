import numpy as np
import pytest
import torch
import torch.nn.functional as F

from voxplain.errors import InputError
from voxplain.networks.build import build
from voxplain.networks.weights import load_published

VOX_CNN = [(8, 1), (8, 8), (16, 8), (16, 16), (32, 16), (32, 32), (32, 32), (64, 32), (64, 64), (64, 64)]
CAM = [(32, 1, 32), (32, 32, 32), (64, 32, 0), (64, 64, 64), (64, 64, 64), (64, 64, 64), (64, 64, 64)]
KINDS = (torch.nn.Conv3d, torch.nn.BatchNorm3d, torch.nn.BatchNorm1d, torch.nn.Linear)


def norm_arrays(rng, width):
    """Beta, gamma, mean and inv_std, as Lasagne orders them."""
    return [rng.normal(size=width), rng.uniform(0.5, 2, width), rng.normal(size=width), rng.uniform(0.5, 2, width)]


def conv_arrays(rng, out, into):
    return [rng.normal(0, (27 * into) ** -0.5, (out, into, 3, 3, 3)), rng.normal(0, 0.1, out)]


def dense_arrays(rng, into, out):
    return [rng.normal(0, into**-0.5, (into, out)), rng.normal(0, 0.1, out)]


def vox_cnn_arrays():
    """Made arrays of the names and shapes of the published VoxCNN."""
    rng = np.random.default_rng(1)
    arrays = [array for one in VOX_CNN for array in conv_arrays(rng, *one)]
    arrays += dense_arrays(rng, 64, 128) + norm_arrays(rng, 128) + dense_arrays(rng, 128, 64) + dense_arrays(rng, 64, 2)
    return [array.astype(np.float32) for array in arrays]


def cam_arrays():
    """Made arrays of the names and shapes of the published VoxResNet-CAM."""
    rng = np.random.default_rng(2)
    arrays = []
    for number, (out, into, norm) in enumerate(CAM):
        before = norm_arrays(rng, norm) if number > 2 else []
        after = norm_arrays(rng, norm) if number < 2 else []
        arrays += before + conv_arrays(rng, out, into) + after
    arrays += norm_arrays(rng, 64) + dense_arrays(rng, 64, 2)
    return [array.astype(np.float32) for array in arrays]


def conv(values, weight, bias, stride=1, padding=0):
    return F.conv3d(values, torch.from_numpy(weight), torch.from_numpy(bias), stride, padding)


def normed(values, beta, gamma, mean, inv_std):
    shape = (1, -1, *(1,) * (values.dim() - 2))
    beta, gamma, mean, inv_std = (torch.from_numpy(one).reshape(shape) for one in (beta, gamma, mean, inv_std))
    return (values - mean) * (gamma * inv_std) + beta


def dense(values, weight, bias):
    return values @ torch.from_numpy(weight) + torch.from_numpy(bias)


def test_thirty_arrays_of_vox_cnn_give_what_its_layers_do_with_them(tmp_path):
    arrays = vox_cnn_arrays()
    assert (len(arrays), sum(one.size for one in arrays)) == (30, 375_466)
    np.savez(tmp_path / "vgg.npz", *arrays)
    network = build("vox_cnn", (110, 110, 110)).eval()
    came = load_published(network, tmp_path / "vgg.npz")
    assert came["features.conv1a"] == "arrays 0 to 1"
    assert came["classifier.norm1"] == "arrays 22 to 25"
    values = volumes = torch.rand(1, 1, 110, 110, 110, generator=torch.Generator().manual_seed(1))
    place = 0
    for repeats in (2, 2, 3, 3):
        for _ in range(repeats):
            values, place = conv(values, *arrays[place : place + 2]).relu(), place + 2
        values = F.max_pool3d(values, 2)
    values = normed(dense(values.flatten(1), *arrays[20:22]).relu(), *arrays[22:26])
    expected = dense(dense(values, *arrays[26:28]).relu(), *arrays[28:30])
    with torch.no_grad():
        torch.testing.assert_close(network(volumes), expected, rtol=1e-4, atol=1e-5)


def test_forty_four_arrays_of_vox_resnet_cam_give_what_its_layers_do_with_them(tmp_path):
    arrays = cam_arrays()
    assert (len(arrays), sum(one.size for one in arrays)) == (44, 528_226)
    np.savez(tmp_path / "cam.npz", *arrays)
    network = build("vox_resnet_cam", (12, 14, 10)).eval()
    load_published(network, tmp_path / "cam.npz")
    values = volumes = torch.rand(2, 1, 12, 14, 10, generator=torch.Generator().manual_seed(1))
    for first in (0, 6):
        values = conv(values, *arrays[first : first + 2], padding=1)
        values = normed(values, *arrays[first + 2 : first + 6]).relu()
    values = conv(values, *arrays[12:14], stride=2, padding=1)
    for block in (14, 26):
        inner = values
        for first in (block, block + 6):
            inner = conv(normed(inner, *arrays[first : first + 4]).relu(), *arrays[first + 4 : first + 6], padding=1)
        values = values + inner
    expected = dense(normed(values, *arrays[38:42]).relu().mean((2, 3, 4)), *arrays[42:44])
    with torch.no_grad():
        torch.testing.assert_close(network(volumes), expected, rtol=1e-4, atol=1e-5)


def test_filters_of_other_layers_of_lasagne_are_turned_round_on_request(tmp_path):
    arrays = cam_arrays()
    np.savez(tmp_path / "cam.npz", *arrays)
    network = build("vox_resnet_cam", (6, 6, 6))
    load_published(network, tmp_path / "cam.npz", flip_filters=True)
    assert np.array_equal(network.features.conv1a.weight.detach().numpy(), arrays[0][:, :, ::-1, ::-1, ::-1])


@pytest.fixture
def published(tmp_path):
    """A made state dict of a network's shapes under other names, and that network's own."""

    def made(name, shape, renamed, **options):
        torch.manual_seed(1)
        own = build(name, shape, **options).state_dict()
        own = {key: torch.rand_like(value) if value.is_floating_point() else value for key, value in own.items()}
        theirs = {f"{renamed[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": own[key] for key in own}
        torch.save(theirs, tmp_path / "published.pt")
        return tmp_path / "published.pt", own

    return made


def mrinet_names():
    parts = {"conv": 0, "norm": 1}
    names = {f"features.{part}{n}": f"hidden{n}.{at}" for n in (1, 2, 3) for part, at in parts.items()}
    return names | {"classifier.3": "linear"}


def grad_names():
    parts = {"conv": 0, "norm": 1}
    names = {f"features.{part}{n}": f"features.{4 * (n - 1) + at}" for n in (1, 2, 3) for part, at in parts.items()}
    return names | {"classifier.3": "classifier.3"}


def adni_names():
    names = {f"features.conv{n}": f"Conv_{n}" for n in range(1, 5)}
    names |= {f"features.norm{n}": f"Conv_{n}_bn" for n in range(1, 5)}
    return names | {f"classifier.linear{n}": f"dense_{n}" for n in range(1, 4)}


def numbered_names(name, shape):
    """Layers numbered as they stand in two chains, activations and pools counted."""
    network, names = build(name, shape), {}
    for chain, called in ((network.features, "conv"), (network.classifier, "fc")):
        prefix = "features" if called == "conv" else "classifier"
        for at, (key, layer) in enumerate(chain.named_children()):
            if isinstance(layer, KINDS):
                names[f"{prefix}.{key}"] = f"{called}.{at}"
    return names | {"classifier.linear3.unit": "fc.6"}


@pytest.mark.parametrize(
    ("name", "shape", "names"),
    [
        ("mrinet", (58, 70, 58), mrinet_names()),
        ("mrinet", (58, 70, 58), grad_names()),
        ("adni_cnn", (193, 229, 193), adni_names()),
        ("korolev_cnn", (193, 229, 193), numbered_names("korolev_cnn", (193, 229, 193))),
    ],
)
def test_a_state_dict_of_other_names_comes_to_the_same_layers(published, name, shape, names):
    path, own = published(name, shape, names)
    network = build(name, shape)
    came = load_published(network, path)
    assert came == names
    assert all(torch.equal(value, own[key]) for key, value in network.state_dict().items())


def test_published_names_count_more_than_the_order_in_a_file(published):
    path, own = published("mrinet", (58, 70, 58), mrinet_names())
    torch.save(dict(reversed(torch.load(path, weights_only=True).items())), path)
    network = build("mrinet", (58, 70, 58))
    load_published(network, path)
    assert torch.equal(network.features.conv2.weight, own["features.conv2.weight"])


def test_names_can_be_given_and_those_of_data_parallel_count_without_its_prefix(published, tmp_path):
    names = {ours: f"x.{number}" for number, ours in enumerate(mrinet_names())}
    path, own = published("mrinet", (22, 22, 22), names, width=2)
    saved = torch.load(path, weights_only=True)
    saved = {f"module.{name}": tensor for name, tensor in reversed(saved.items()) if "num_batches" not in name}
    torch.save({"state_dict": saved}, path)
    network = build("mrinet", (22, 22, 22), width=2)
    load_published(network, path, names={theirs: ours for ours, theirs in names.items()})
    assert torch.equal(network.features.norm3.running_var, own["features.norm3.running_var"])


class Whole:
    """An object that only pickle can bring back."""


def damaged(kind, path):
    arrays = vox_cnn_arrays()
    if kind == "too few":
        np.savez(path, *arrays[:29])
    elif kind == "another order":
        np.savez(path, *arrays[2:], *arrays[:2])
    elif kind == "text":
        path.write_text("weights")
    elif kind == "objects":
        np.savez(path, np.array([{}], object))
    elif kind == "inverse of zero":
        arrays[25] = arrays[25] * 0
        np.savez(path, *arrays)
    elif kind == "pickle":
        torch.save(Whole(), path)
    elif kind == "numbers":
        torch.save({"epoch": 3}, path)
    elif kind == "another network":
        torch.save(build("adni_cnn", (78, 78, 78)).state_dict(), path)
    return path


@pytest.mark.parametrize(
    ("kind", "suffix", "words"),
    [
        ("too few", "npz", "29 arrays, but this network has 30"),
        ("another order", "npz", r"array 0 has shape \(8, 8, 3, 3, 3\), but features.conv1a.weight takes \(8, 1"),
        ("text", "npz", "not a file of plain arrays"),
        ("objects", "npz", "not a file of plain arrays"),
        ("inverse of zero", "npz", "array 22: batch norm of beta, gamma, mean, inv_std, but inv_std is not above zero"),
        ("missing", "npz", "not a file of plain arrays"),
        ("missing", "pt", "not a plain state dict"),
        ("text", "pt", "not a plain state dict"),
        ("pickle", "pt", "not a plain state dict"),
        ("numbers", "pt", "not a plain state dict"),
        ("another network", "pt", "weights of 11 layers, but this network has 14"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_and_changes_nothing(tmp_path, kind, suffix, words):
    path = damaged(kind, tmp_path / f"weights.{suffix}")
    network = build("vox_cnn", (110, 110, 110))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(InputError, match=words) as refusal:
        load_published(network, path)
    assert "\n" not in str(refusal.value)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_another_number_of_classes_is_refused_by_the_name_of_the_layer(published):
    path, _ = published("mrinet", (58, 70, 58), mrinet_names())
    with pytest.raises(InputError, match=r"linear has shape \(2, 22400\), but classifier.3.weight takes \(3, 22400\)"):
        load_published(build("mrinet", (58, 70, 58), classes=3), path)


def test_names_that_miss_a_layer_are_refused(published):
    path, _ = published("mrinet", (22, 22, 22), mrinet_names(), width=2)
    with pytest.raises(InputError, match="names say nothing of hidden1.0"):
        load_published(build("mrinet", (22, 22, 22), width=2), path, names={"linear": "classifier.3"})

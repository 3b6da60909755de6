import numpy as np
import pytest
import torch
from scipy.signal import convolve, correlate
from torch import nn

from voxplain.errors import InputError, SettingsError
from voxplain.networks.build import build
from voxplain.networks.named_arrays import Layout
from voxplain.networks.weights import load_published

SHAPE = (30, 38, 24)
CHANNELS_LAST = "xyzio"
EPS = 1e-3  # Keras's


def keras_arrays(rng, widths=(1, 2, 4, 8), inputs=8, outputs=2):
    """Made arrays as Keras names and orders them: three blocks of convolution and batch norm, and a dense layer."""
    arrays = {}
    for number, (into, out) in enumerate(zip(widths, widths[1:], strict=False), 1):
        arrays[f"conv{number}/kernel"] = rng.normal(0, (27 * into) ** -0.5, (3, 3, 3, into, out))
        arrays[f"conv{number}/bias"] = rng.normal(0, 0.1, out)
        for name in ("beta", "mean"):
            arrays[f"norm{number}/{name}"] = rng.normal(0, 0.2, out)
        for name in ("gamma", "variance"):
            arrays[f"norm{number}/{name}"] = rng.uniform(0.5, 2, out)
    arrays |= {
        "dense/kernel": rng.normal(0, inputs**-0.5, (inputs, outputs)),
        "dense/bias": rng.normal(0, 0.1, outputs),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def keras_names():
    kinds = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
    names = {"dense/kernel": "classifier.3.weight", "dense/bias": "classifier.3.bias"}
    for number in (1, 2, 3):
        names |= {
            f"conv{number}/kernel": f"features.conv{number}.weight",
            f"conv{number}/bias": f"features.conv{number}.bias",
        }
        names |= {f"norm{number}/{theirs}": f"features.norm{number}.{ours}" for theirs, ours in kinds.items()}
    return names


def keras_answer(arrays, volume):
    """The logits of one volume (x, y, z, 1), every step with channels last, in numpy alone."""
    values = volume
    for number in (1, 2, 3):
        kernel = arrays[f"conv{number}/kernel"].astype(float)
        windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3, 3), (0, 1, 2))
        values = np.einsum("xyziabc,abcio->xyzo", windows, kernel) + arrays[f"conv{number}/bias"]
        norm = {name: arrays[f"norm{number}/{name}"].astype(float) for name in ("gamma", "beta", "mean", "variance")}
        values = norm["gamma"] * (values - norm["mean"]) / np.sqrt(norm["variance"] + EPS) + norm["beta"]
        x, y, z = (length // 2 for length in values.shape[:3])
        values = np.maximum(values, 0)[: 2 * x, : 2 * y, : 2 * z]
        values = values.reshape(x, 2, y, 2, z, 2, -1).max((1, 3, 5))
    return values.reshape(-1) @ arrays["dense/kernel"] + arrays["dense/bias"]


@pytest.fixture
def made(tmp_path):
    """A network, the path of made arrays of Keras's kind for it, the arrays, and their layout."""
    torch.manual_seed(1)
    network = build("mrinet", SHAPE, width=2).eval()
    with torch.no_grad():
        cells = tuple(network.classifier[0](network.features(torch.zeros(1, 1, *SHAPE))).shape[1:])
    assert len(set(cells[1:])) > 1, "an order that is wrong must show"
    arrays = keras_arrays(np.random.default_rng(1), inputs=int(np.prod(cells)))
    np.savez(tmp_path / "keras.npz", **arrays)
    layout = Layout(CHANNELS_LAST, flattened={"classifier.3": ("xyzc", cells)}, eps=EPS)
    return network, tmp_path / "keras.npz", arrays, layout


def test_arrays_with_channels_last_give_what_their_layers_do_with_them(made):
    network, path, arrays, layout = made
    came = load_published(network, path, keras_names(), layout=layout)
    volumes = np.random.default_rng(2).normal(size=(2, 1, *SHAPE)).astype(np.float32)
    with torch.no_grad():
        answers = network(torch.from_numpy(volumes)).double().numpy()
    expected = [keras_answer(arrays, np.moveaxis(one, 0, -1).astype(float)) for one in volumes]
    np.testing.assert_allclose(answers, expected, rtol=1e-4, atol=1e-4)
    assert came["features.conv1"] == "conv1/kernel, conv1/bias"


def test_without_the_order_of_the_flattening_the_answer_is_another(made):
    network, path, arrays, layout = made
    load_published(network, path, keras_names(), layout=Layout(layout.filters, eps=EPS))
    volume = np.random.default_rng(2).normal(size=(1, 1, *SHAPE)).astype(np.float32)
    with torch.no_grad():
        answer = network(torch.from_numpy(volume))[0].double().numpy()
    assert not np.allclose(answer, keras_answer(arrays, np.moveaxis(volume[0], 0, -1).astype(float)), atol=1e-2)


@pytest.mark.parametrize(
    ("filters", "flipped", "operation"),
    [("oixyz", False, correlate), ("oixyz", True, convolve), ("oxiyz", True, convolve), ("xyzio", False, correlate)],
)
def test_a_filter_does_what_scipy_does_with_it_in_any_order_of_axes(tmp_path, filters, flipped, operation):
    rng = np.random.default_rng(3)
    kernel, bias = rng.normal(size=(4, 2, 3, 2, 5)).astype(np.float32), rng.normal(size=4).astype(np.float32)
    theirs = kernel.transpose(["oixyz".index(one) for one in filters])
    np.savez(tmp_path / "theano.npz", **{"conv.W": theirs, "conv.b": bias})
    network = nn.Sequential(nn.Conv3d(2, 4, (3, 2, 5)))
    names = {"conv.W": "0.weight", "conv.b": "0.bias"}
    load_published(network, tmp_path / "theano.npz", names, layout=Layout(filters, flip_filters=flipped))
    volume = rng.normal(size=(2, 7, 6, 9)).astype(np.float32)
    expected = [
        sum(operation(volume[into], kernel[out, into], mode="valid") for into in range(2)) + bias[out]
        for out in range(4)
    ]
    with torch.no_grad():
        np.testing.assert_allclose(network(torch.from_numpy(volume)[None])[0], expected, rtol=1e-4, atol=1e-4)


def test_lasagnes_arrays_by_name_come_to_what_they_come_to_by_order(tmp_path):
    network, other = (build("vox_resnet_cam", (8, 9, 10), width=4).eval() for _ in range(2))
    rng, arrays, names = np.random.default_rng(4), {}, {}
    kinds = (
        {"weight": "W", "bias": "b"},
        {"bias": "beta", "weight": "gamma", "running_mean": "mean", "inv_std": "inv_std"},
    )
    for layer, module in network.named_modules():
        if not any(True for _ in module.parameters(False)):
            continue
        for ours, theirs in kinds[isinstance(module, nn.BatchNorm3d)].items():
            shape = getattr(module, "bias" if ours == "inv_std" else ours).shape
            shape = shape[::-1] if isinstance(module, nn.Linear) else shape
            arrays[f"{layer}:{theirs}"] = rng.uniform(0.5, 2, shape).astype(np.float32)
            names[f"{layer}:{theirs}"] = f"{layer}.{ours}"
    np.savez(tmp_path / "order.npz", *arrays.values())
    np.savez(tmp_path / "names.npz", **dict(reversed(arrays.items())), epoch=np.array(3))
    load_published(network, tmp_path / "order.npz")
    load_published(other, tmp_path / "names.npz", names | {"epoch": None})
    assert all(torch.equal(one, other.state_dict()[key]) for key, one in network.state_dict().items())


def changed(arrays, names, kind):
    """Arrays and names with one fault of ``kind``."""
    arrays, names = dict(arrays), dict(names)
    if kind == "unnamed":
        arrays["epoch"] = np.array(3)
    elif kind == "absent":
        del arrays["conv2/bias"]
    elif kind == "lacking":
        names["conv2/bias"] = None
    elif kind == "unknown":
        names["conv2/bias"] = "features.conv9.bias"
    elif kind == "twice":
        names["conv2/bias"] = "features.norm2.bias"
    elif kind == "shape":
        arrays["conv2/kernel"] = arrays["conv2/kernel"][:2]
    elif kind == "text":
        arrays["conv2/bias"] = np.array(["a"])
    elif kind == "nan":
        arrays["conv2/bias"] = arrays["conv2/bias"] * np.nan
    elif kind == "inverse":
        names["norm2/mean"], names["norm2/variance"] = "features.norm2.inv_std", "features.norm2.running_mean"
    elif kind == "inputs":
        arrays["dense/kernel"] = arrays["dense/kernel"][1:]
    return arrays, names


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("unnamed", 'names say nothing of the array "epoch"'),
        ("absent", 'has no array "conv2/bias"'),
        ("lacking", "holds nothing for features.conv2.bias"),
        ("unknown", '"conv2/bias" is named features.conv9.bias, which this network has not'),
        ("twice", "is the second array that is named features.norm2.bias"),
        ("shape", r"\(2, 3, 3, 2, 4\), in torch's order \(4, 2, 2, 3, 3\), but features.conv2.weight takes \(4, 2, 3"),
        ("text", 'array "conv2/bias" is of <U1, not of numbers'),
        ("nan", "NaN or infinity for features.conv2.bias"),
        ("inverse", "is named inv_std, but is not above zero"),
        ("inputs", "inputs, but .* correct it"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line_and_changes_nothing(made, tmp_path, kind, words):
    network, _, arrays, layout = made
    arrays, names = changed(arrays, keras_names(), kind)
    np.savez(tmp_path / "wrong.npz", **arrays)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(InputError, match=words) as refusal:
        load_published(network, tmp_path / "wrong.npz", names, layout=layout)
    assert "\n" not in str(refusal.value)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_a_transposed_convolution_is_not_guessed(tmp_path):
    network = nn.Sequential(nn.ConvTranspose3d(2, 3, 3))
    np.savez(tmp_path / "up.npz", W=np.zeros((2, 3, 3, 3, 3)), b=np.zeros(3))
    with pytest.raises(InputError, match="of a transposed convolution"):
        load_published(network, tmp_path / "up.npz", {"W": "0.weight", "b": "0.bias"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"filters": "oixxz"}, 'filters is "oixxz"'),
        ({"dense": "xy"}, 'dense is "xy"'),
        ({"flattened": {"classifier.3": ("xyz", (8, 1, 2, 1))}}, 'classifier.3: the order "xyz" does not fit 4'),
    ],
)
def test_a_layout_that_cannot_be_is_refused(given, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        Layout(**given)
    assert "\n" not in str(refusal.value)


def test_a_layout_without_names_is_refused(made):
    network, path, _, layout = made
    with pytest.raises(InputError, match="a layout is of an .npz whose arrays have names"):
        load_published(network, path, layout=layout)

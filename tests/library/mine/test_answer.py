import pytest
import torch
from torch import nn

from voxplain.errors import InputError, UnsupportedModel, VoxplainError
from voxplain.mine.answer import first_answer
from voxplain.mine.explain_file import explain_file
from voxplain.mine.model import own_model


@pytest.mark.parametrize(
    ("options", "file", "line"),
    [
        ({"axes": 2}, "photo.png",
         'photo.png, which is 18 x 23 with 3 channels: layer "first" takes 1 channel, not 3; set channels to 1'),
        ({"channels": 2}, "scan.nii.gz",
         'scan.nii.gz, which is 14 x 11 x 17 with 1 channel: layer "first" takes 2 channels, not 1; build the network '
         "for 1"),
        ({"axes": 2}, "scan.nii.gz", 'layer "first" takes 2 spatial axes; give a picture, such as one slice of it'),
        ({"axes": 3}, "photo.png", 'layer "first" takes 3 spatial axes; give a volume'),
    ],
)  # fmt: skip
def test_an_image_of_other_channels_or_axes_is_refused_in_one_line(mine, options, file, line):
    with pytest.raises(InputError) as caught:
        explain_file("net.py:build", file, "gradient", model_options=options)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_an_image_of_another_shape_than_the_network_was_built_for_is_refused_in_one_line(mine):
    with pytest.raises(InputError) as caught:
        explain_file("net.py:OfOneShape", "scan.nii.gz", "gradient", model_options={"numbers": 1000})
    assert str(caught.value) == (
        'scan.nii.gz, which is 14 x 11 x 17 with 1 channel: layer "head" takes 1000 numbers and gets 2618; resample '
        "the image to the shape that the network was built for"
    )
    assert explain_file("net.py:OfOneShape", "scan.nii.gz", "gradient", model_options={"numbers": 2618}).map.any()


@pytest.mark.parametrize(
    ("network", "line"),
    [
        (nn.Sequential(nn.Conv3d(1, 1, 3), nn.MaxPool3d(20)), 'layer "1" fails (RuntimeError: '),
        (nn.Sequential(nn.Conv3d(1, 2, 3)), "the network returns shape (1, 2, 12, 9, 15) for scan, a batch of one"),
        (nn.Sequential(nn.Conv3d(1, 2, 3), nn.AdaptiveAvgPool3d(1), nn.Flatten(0)), "the network returns shape (2,)"),
        (type("Pair", (nn.Module,), {"forward": lambda self, x: (x, x)})(), "the network returns a tuple for scan"),
        (type("Raising", (nn.Module,), {"forward": lambda self, x: x.nothing})(), "the network itself"),
        (nn.Sequential(nn.Flatten(), nn.Linear(14 * 11 * 17, 2)), "the network answers scan with NaN or infinity"),
    ],
)
def test_a_network_that_cannot_answer_is_refused_in_one_line_and_left_as_it_was(mine, network, line):
    if isinstance(network[-1] if isinstance(network, nn.Sequential) else None, nn.Linear):
        network[1].bias.data[0] = float("nan")
    network.train()
    with pytest.raises(UnsupportedModel) as caught:
        first_answer(network, torch.from_numpy(mine.scan)[None, None], "scan")
    assert line in str(caught.value) and "\n" not in str(caught.value)
    assert network.training and not any(layer._forward_pre_hooks for layer in network.modules())


def test_what_the_network_says_is_what_it_says_by_itself(mine):
    network = own_model("net.py:build", {"classes": 5})
    shown = torch.from_numpy(mine.scan)[None, None]
    with torch.no_grad():
        torch.testing.assert_close(first_answer(network, shown, "scan"), network.eval()(shown)[0])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"method": "grad_kam"}, 'unknown method "grad_kam"; did you mean "grad_cam"?'),
        ({"target": 4}, "target is 4, but the network has 2 outputs; use 0 to 1"),
        ({"method": "occlusion", "siez": 3}, 'unknown option "siez" of occlusion; did you mean "size"?'),
        ({"layer": "last"}, 'no layer "last" in Net'),
    ],
)
def test_what_attribute_refuses_is_refused(mine, options, line):
    with pytest.raises(VoxplainError) as caught:
        explain_file(mine.networks[3], "scan.nii.gz", **options)
    assert line in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("made", [torch.jit.script, lambda network: torch.compile(network, backend="eager")])
def test_a_scripted_or_compiled_network_answers_too(mine, made):
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    expected = explain_file(network, "scan.nii.gz", "gradient", target=[1])
    found = explain_file(made(network), "scan.nii.gz", "gradient", target=1)
    torch.testing.assert_close(torch.from_numpy(found.map), torch.from_numpy(expected.map))
    assert expected.about["target"] == expected.about["class"] == 1


def test_a_network_that_cuts_a_volume_into_pictures_takes_a_volume(mine):
    class Slices(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Conv2d(1, 2, 3), nn.Linear(2, 2)

        def forward(self, volumes):
            slices = volumes.movedim(4, 1).flatten(0, 1)
            return self.head(self.first(slices).relu().mean((2, 3)).view(len(volumes), -1, 2).mean(1))

    assert explain_file(Slices(), "scan.nii.gz", "gradient").map.any()
    with pytest.raises(UnsupportedModel, match='layer "the network itself" fails'):
        explain_file(Slices(), "photo.png", "gradient")

"""What a network says of one image, or in one line why it cannot take it."""

import torch
from torch import nn

from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.cohort.wording import counted, shown
from voxplain.errors import InputError, UnsupportedModel


def first_answer(model, volumes, name):
    """The outputs (classes,) of ``model`` for ``volumes``, a batch of one image that is called ``name``.

    Raises InputError where the network takes another number of channels, of axes, or another shape, UnsupportedModel
    where it fails otherwise, answers with anything but one row of numbers, or with NaN.
    """
    running, handles, fault, outputs = [], [], None, None
    try:
        for layer_name, layer in model.named_modules():
            handles.append(layer.register_forward_pre_hook(_noting(running, layer_name)))
        with untouched(model), exact_arithmetic(), torch.no_grad():
            outputs = model(volumes.clone())
    except torch.OutOfMemoryError:
        raise
    except Exception as raised:
        fault = raised
    finally:
        for handle in handles:
            handle.remove()
    whole = f"{name}, which is {' x '.join(map(str, volumes.shape[2:]))} with {counted(volumes.shape[1], 'channel')}"
    _check_axes(running, volumes, whole, fault)
    if fault is not None:
        _explain(running, whole, fault)
    if not isinstance(outputs, torch.Tensor) or outputs.dim() not in (1, 2) or len(outputs) != 1:
        found = f"shape {tuple(outputs.shape)}" if isinstance(outputs, torch.Tensor) else f"a {type(outputs).__name__}"
        raise UnsupportedModel(
            f"the network returns {found} for {name}, a batch of one; wrap it to return (batch, classes)"
        )
    outputs = outputs.reshape(-1)
    if not outputs.isfinite().all():
        raise UnsupportedModel(f"the network answers {name} with NaN or infinity; check its weights and intensity")
    return outputs


def _noting(running, name):
    def note(layer, inputs):
        if inputs and isinstance(inputs[0], torch.Tensor):
            running.append((name or "the network itself", layer, tuple(inputs[0].shape)))

    return note


def _check_axes(running, volumes, whole, fault):
    """Refuse an image of other axes than the first convolution's, which may take its channels for one of them."""
    for name, layer, _ in running:
        if isinstance(layer, nn.modules.conv._ConvNd):
            axes = len(layer.kernel_size)
            if axes != volumes.dim() - 2:
                hint = "give a volume" if axes == 3 else "give a picture, such as one slice of it"
                raise InputError(f'{whole}: layer "{name}" takes {axes} spatial axes; {hint}') from fault
            return


def _explain(running, whole, fault):
    """Raise what the layer that began last says of ``fault``."""
    name, layer, found = running[-1] if running else ("the network itself", None, ())
    if isinstance(layer, nn.modules.conv._ConvNd) and len(found) > 1 and found[1] != layer.in_channels:
        two = len(layer.kernel_size) == 2 and layer.in_channels in (1, 3)
        hint = f"set channels to {layer.in_channels}" if two else f"build the network for {found[1]}"
        raise InputError(
            f'{whole}: layer "{name}" takes {counted(layer.in_channels, "channel")}, not {found[1]}; {hint}'
        ) from fault
    if isinstance(layer, nn.Linear) and found and found[-1] != layer.in_features:
        raise InputError(
            f'{whole}: layer "{name}" takes {layer.in_features} numbers and gets {found[-1]}; resample the image to '
            "the shape that the network was built for"
        ) from fault
    raise UnsupportedModel(
        f'{whole}: layer "{name}" fails ({type(fault).__name__}: {shown(fault)}); give an image of the shape that the '
        "network was built for"
    ) from fault

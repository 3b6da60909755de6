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
    whole = f"{name}, which is {' x '.join(map(str, volumes.shape[2:]))} with {counted(volumes.shape[1], 'channel')}"
    with untouched(model), exact_arithmetic(), torch.no_grad():
        try:
            outputs = model(volumes.clone())
        except torch.OutOfMemoryError:
            raise
        except Exception as fault:
            _explain(_running(model, volumes), whole, fault)
    if not isinstance(outputs, torch.Tensor) or outputs.dim() not in (1, 2) or len(outputs) != 1:
        found = f"shape {tuple(outputs.shape)}" if isinstance(outputs, torch.Tensor) else f"a {type(outputs).__name__}"
        raise UnsupportedModel(
            f"the network returns {found} for {name}, a batch of one; wrap it to return (batch, classes)"
        )
    outputs = outputs.reshape(-1)
    if not outputs.isfinite().all():
        raise UnsupportedModel(f"the network answers {name} with NaN or infinity; check its weights and intensity")
    return outputs


def _running(model, volumes):
    """Name, layer and shape of the input of all layers that began before ``model`` failed; none of a compiled one."""
    began, handles = [], []

    def noting(name):
        def note(layer, inputs):
            if inputs and isinstance(inputs[0], torch.Tensor):
                began.append((name or "the network itself", layer, tuple(inputs[0].shape)))

        return note

    try:
        for name, layer in model.named_modules():
            handles.append(layer.register_forward_pre_hook(noting(name)))
        model(volumes.clone())
    except Exception:
        return began
    finally:
        for handle in handles:
            handle.remove()
    return began


def _explain(began, whole, fault):
    """Raise what the layers that began say of ``fault``, the last of them most of all."""
    for name, layer, found in began:
        # a batch of pictures passes for one volume without channels, and fails only layers later
        if isinstance(layer, nn.modules.conv._ConvNd) and len(found) != (axes := len(layer.kernel_size)) + 2:
            hint = "give a volume" if axes == 3 else "give a picture, such as one slice of it"
            raise InputError(f'{whole}: layer "{name}" takes {axes} spatial axes; {hint}') from fault
    name, layer, found = began[-1] if began else ("the network itself", None, ())
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

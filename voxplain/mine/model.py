"""Somebody's own network, made by their own function."""

import importlib
import importlib.util
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from voxplain.cohort.wording import nearest, shown
from voxplain.errors import InputError, SettingsError
from voxplain.mine.places import is_file, parts_of

SEED = 0  # of weights that a builder draws


def own_model(where, options=None):
    """The network that the function at ``where`` builds with the keywords ``options``; a network given is itself.

    ``where`` is ``"file.py:builder"``, ``"package.module:builder"``, found from the current folder too, or a function.
    The builder may be a class of networks or a network itself. Weights that it draws are the same each time. Raises
    InputError, in one line, where there is no such file, module or builder, where it fails, or makes no network.
    """
    options = options or {}
    if isinstance(where, nn.Module):
        return _unchanged(where, options, type(where).__name__)
    if callable(where):
        return _built(where, options, getattr(where, "__name__", "the builder"))
    module, name = parts_of(where)
    folder = str(Path(module).resolve().parent) if is_file(module) else os.getcwd()
    with _at_home(folder, first=is_file(module)):
        found = _imported(module)
        if not hasattr(found, name):
            names = [each for each, value in vars(found).items() if callable(value) and not each.startswith("_")]
            hint = f"it has {nearest(name, names)}" if names else "it has no function at all"
            raise InputError(f'{module}: no builder "{name}" in it; {hint}')
        builder = getattr(found, name)
        if isinstance(builder, nn.Module):
            return _unchanged(builder, options, where)
        if not callable(builder):
            kind = type(builder).__name__
            raise InputError(f"{where} is a {kind}; name a function that returns a torch.nn.Module")
        return _built(builder, options, where)


def _unchanged(model, options, name):
    if options:
        raise SettingsError(f"model_options are given, but {name} is built already; leave them out, or name its class")
    return model


def _built(builder, options, name):
    try:
        with _seeded():
            model = builder(**options)
    except Exception as fault:
        asked = f" with {options}" if options else " without options"
        raise InputError(
            f"{name} fails{asked} ({_said(fault)}); mend it, or set model_options to the keywords that it takes"
        ) from fault
    if not isinstance(model, nn.Module):
        raise InputError(f"{name} returns a {type(model).__name__}; let it return a torch.nn.Module")
    return model


def _imported(module):
    try:
        if not is_file(module):
            return importlib.import_module(module)
        path = Path(module)
        if not path.is_file():
            raise InputError(f"{module}: there is no such file from {os.getcwd()}; correct the path before the colon")
        name = f"own_model_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path.resolve())
        if spec is None:
            raise InputError(f"{module}: not a Python file; name one that ends with .py")
        # registered, because dataclasses and tracers look their module up there
        sys.modules[name] = loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded
    except InputError:
        raise
    except ModuleNotFoundError as fault:
        if fault.name and f"{module}.".startswith(f"{fault.name}."):
            raise InputError(
                f'no module "{fault.name}" is installed or in {os.getcwd()}; correct what stands before the colon'
            ) from None
        raise InputError(f"{module}: cannot be imported ({_said(fault)}); install what it needs") from fault
    except (Exception, SystemExit) as fault:
        raise InputError(f"{module}: cannot be imported ({_said(fault)}); mend it") from fault


@contextmanager
def _at_home(folder, first):
    """Modules in ``folder`` can be imported inside, a file's neighbours before and all others after what is there."""
    kept = sys.path[:]
    sys.path[:] = [folder, *kept] if first else [*kept, folder]
    try:
        with _seeded():
            yield
    finally:
        sys.path[:] = kept


@contextmanager
def _seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        yield


def _said(fault):
    text = shown(fault)
    return f"{type(fault).__name__}: {text}" if text else type(fault).__name__

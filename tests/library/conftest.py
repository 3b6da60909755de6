"""Packages that ours is held beside, loaded without what no test here needs of them."""

import importlib
import sys
from types import ModuleType

import pytest

TORCHVISION = {
    "torchvision": (),
    "torchvision.models": (),
    "torchvision.models.resnet": ("Bottleneck", "BasicBlock"),
}


@pytest.fixture
def zennit(monkeypatch):
    """The package zennit, without torchvision, whose networks it knows the names of."""
    for name, classes in TORCHVISION.items():
        module = ModuleType(name)
        for one in classes:
            setattr(module, one, type(one, (), {}))
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("rules", "canonizers", "composites", "types"):
        importlib.import_module(f"zennit.{name}")
    return sys.modules["zennit"]


@pytest.fixture
def quantus(zennit):
    """The package Quantus, which imports zennit."""
    return importlib.import_module("quantus")

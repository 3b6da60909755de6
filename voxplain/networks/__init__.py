"""Architectures of published brain MRI classifiers, and what every network here is asked for."""

import sys
from types import ModuleType


class _Callable(ModuleType):
    # `voxplain.networks()` is a public function; the import system binds this package to that very name, so it answers
    def __call__(self):
        from voxplain.networks.table import networks

        return networks()


sys.modules[__name__].__class__ = _Callable

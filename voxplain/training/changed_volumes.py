"""Volumes of a store as something else sees them: each is changed on its way, all that is told of them stays."""


class ChangedVolumes:
    """``volumes``, a `voxplain.store.Volumes` or what was made of one; a subclass says by ``__getitem__`` what of each.

    Whatever else is asked for is asked of ``volumes``, which a subclass finds as ``_volumes``.
    """

    def __init__(self, volumes):
        self._volumes = volumes

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._volumes, name)

    def __len__(self):
        return len(self._volumes)

    def __iter__(self):
        return (self[place] for place in range(len(self)))

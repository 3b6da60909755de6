"""What voxplain raises: one line each, naming the thing, what was found and what to do."""


class VoxplainError(Exception):
    """Anything that voxplain says no to."""


class InputError(VoxplainError):
    """A file or table is not what it should be."""


class SettingsError(VoxplainError):
    """A setting is unknown, of the wrong type, or cannot be met by the data."""


class UnsupportedModel(VoxplainError):
    """A method's assumption fails on this model; the message names the layer."""

"""Settings of a user over the shipped ones."""

from voxplain.settings.known import default_settings
from voxplain.settings.merging import merged_settings

DEMO = default_settings()


def merged(**user):
    return merged_settings(user, ["mrinet", "adni_cnn"], ["gradient", "guided_backprop", "grad_cam", "occlusion"])

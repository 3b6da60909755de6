"""Settings of a user over the shipped ones."""

import yaml

from voxplain.settings.known import CONFIG
from voxplain.settings.merging import merged_settings

DEMO = yaml.safe_load((CONFIG / "config.yaml").read_text())


def merged(**user):
    return merged_settings(user, ["mrinet", "adni_cnn"], ["gradient", "guided_backprop", "grad_cam", "occlusion"])

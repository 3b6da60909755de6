"""What the section ``baselines`` asks for: names of models, and what of it does not fit together."""

from voxplain.errors import SettingsError
from voxplain.settings.tabular import agree_on_tabular, complete_tabular

CONFOUNDS = (
    *("size", "native_size", "intracranial", "age", "sex", "age_sex", "site", "scanner", "release"),
    *("mask_shape", "outside"),
)
VOXELS = ("svc_rbf", "svc_linear", "kernel_pca_knn")


def baseline_names(asked, kind):
    """Names of the baselines of a kind (confounds, voxels, tabular) that the section ``asked`` asks for."""
    if kind == "confounds" and isinstance(asked[kind], bool):
        return list(CONFOUNDS) if asked[kind] else []
    return list(asked[kind])


def agree_on_baselines(settings):
    """Complete the entries of ``baselines.tabular``; SettingsError for one that does not fit or has another's name."""
    for name in settings["baselines"]["tabular"]:
        if name in ("network", "network_by_subject", *CONFOUNDS, *VOXELS):
            raise SettingsError(f'setting "baselines.tabular.{name}" is called like another model; rename it')
    complete_tabular(settings)
    agree_on_tabular(settings)

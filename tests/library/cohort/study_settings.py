"""Settings of a study, checked as a user's are."""

from voxplain.settings.merging import merged_settings


def study(experiments=None, folds=None, **cohort):
    """Complete settings of a study of the section ``cohort``, stripped by ANTs, of one experiment unless told."""
    user = {
        "study": "mine",
        "cohort": cohort,
        "inputs": {"affine": {"strip": "ants"}},
        "experiments": experiments or {"one": {"input": "affine"}},
        "folds": folds or {},
    }
    return merged_settings(user, ["mrinet"], ["gradient", "guided_backprop", "grad_cam", "occlusion"])

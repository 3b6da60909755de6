"""Which experiments of a study are the two arms of transfer learning: alike in all but their pretraining."""


def pairs(experiments):
    """(pretrained, not pretrained) names of experiments whose settings are the same but for ``pretrain``."""
    return [
        (name, other)
        for name, one in experiments.items()
        for other, rest in experiments.items()
        if one.get("pretrain") and not rest.get("pretrain") and _without(one) == _without(rest)
    ]


def _without(experiment):
    return {key: value for key, value in experiment.items() if key != "pretrain"}

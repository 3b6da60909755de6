"""Optimisers and schedules of the learning rate, by the names of the settings."""

from torch import optim

OPTIMISERS = "adam", "adamw", "sgd", "nesterov", "rmsprop"
SCHEDULES = "none", "milestones", "step", "cosine"
NESTEROV_MOMENTUM = 0.9


def optimiser_of(parameters, settings):
    """The optimiser that ``settings`` ask for: ``optimiser``, ``learning_rate``, ``weight_decay``, ``momentum``.

    Adam after Kingma and Ba 2015, AdamW after Loshchilov and Hutter 2019, Nesterov's momentum after Sutskever et al.
    2013 (0.9 where none is given). Only ``adamw`` takes the decay apart from the gradient; for the others it is an L2
    penalty.
    """
    name, momentum = settings["optimiser"], settings.get("momentum")
    common = {"lr": settings["learning_rate"], "weight_decay": settings.get("weight_decay", 0)}
    if name in ("adam", "adamw"):
        return {"adam": optim.Adam, "adamw": optim.AdamW}[name](parameters, **common)
    if name == "rmsprop":
        return optim.RMSprop(parameters, momentum=momentum or 0, **common)
    if name == "nesterov":
        return optim.SGD(parameters, momentum=momentum or NESTEROV_MOMENTUM, nesterov=True, **common)
    return optim.SGD(parameters, momentum=momentum or 0, **common)


def schedule_of(optimiser, settings):
    """How the learning rate goes on, stepped once an epoch, by ``schedule``.

    ``milestones``: times ``gamma`` after each of the epochs ``milestones``. ``step``: times ``gamma`` after every
    ``step`` epochs. ``cosine``: down to 0 over all ``epochs`` (Loshchilov and Hutter 2017). ``none``: as it is.
    """
    kind, gamma = settings.get("schedule", "milestones"), settings.get("gamma", 0.1)
    if kind == "cosine":
        return optim.lr_scheduler.CosineAnnealingLR(optimiser, settings["epochs"])
    if kind == "step":
        return optim.lr_scheduler.StepLR(optimiser, settings["step"], gamma)
    return optim.lr_scheduler.MultiStepLR(optimiser, settings.get("milestones", []) if kind != "none" else [], gamma)

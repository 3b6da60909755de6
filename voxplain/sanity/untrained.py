"""Maps by networks that were never trained, of the scans that the trained ones told rightly."""

from dataclasses import replace

from voxplain.relevance.explanation import explained_maps, method_of_task
from voxplain.relevance.named_options import SplitOfStudy, named_volumes
from voxplain.sanity.choice import checked, chosen_scans
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device
from voxplain.training.trained import never_trained, shown_volumes


def untrained_maps(store, weights, card, source, *, experiment, method, sanity, scans=None, folds=None, atlases=None):
    """``source`` with maps, of some of its scans classified correctly, by a network that was never trained.

    It is shown what the trained one of ``weights`` and ``card`` is shown. ``folds``, the study's Folds, and the files
    of ``atlases`` by name are for options of ``method`` that name training scans or atlases.
    """
    number = checked(sanity, method)["untrained_per_split"]
    places = chosen_scans(source.label, source.predicted, number)
    chosen = {name: getattr(source, name)[places] for name in ("label", "predicted", "target", "score")}
    chosen |= {name: [getattr(source, name)[place] for place in places] for name in ("scan", "subject")}
    network = never_trained(card, sanity["seed"])
    volumes = shown_volumes(store, chosen["scan"], experiment["mask"], weights, card)
    device, covariates = chosen_device(experiment["device"]), covariates_of(card, scans, volumes.scans)
    study = SplitOfStudy(store, folds, weights, card, experiment["mask"], atlases or {})
    asked = named_volumes(method_of_task(method, card.get("task")), study)
    drawn = explained_maps(network, volumes, chosen["target"], asked, device, covariates)
    return replace(source, **chosen, maps=list(drawn))


def first_of_each_split(weights, cards, sources):
    """Weights, card and maps of the first seed of every split."""
    first = {}
    for path, card, source in zip(weights, cards, sources, strict=True):
        first.setdefault(card["split"], (path, card, source))
    return first.values()

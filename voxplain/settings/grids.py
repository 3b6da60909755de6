"""The small grid of settings that an experiment's search tries, and whether it can be tried."""

from itertools import product

from voxplain.errors import SettingsError

SEARCHED = "training", "network", "augmentation"
# A network of another name is another experiment; a preset is laid under the settings before a search begins
NOT_SEARCHED = "network.name", "training.preset", "training.keep"


def candidates(search):
    """Every combination of the values of ``search``, in its order, the last name changing fastest; none without names.

    Each is a mapping of dotted names to values, ``{"training.learning_rate": 1e-4, "network.width": 8}``.
    """
    if not search:
        return []
    return [dict(zip(search, values, strict=True)) for values in product(*search.values())]


def agree_on_search(name, experiment, training):
    """Raise SettingsError where the ``search`` of an experiment varies what cannot be searched.

    ``training`` is the experiment's own over the common section.
    """
    where, search = f'setting "experiments.{name}.search"', experiment["search"]
    for one in search:
        section, _, key = one.partition(".")
        if section not in SEARCHED or not key:
            allowed = ", ".join(f"{part}.*" for part in SEARCHED)
            raise SettingsError(f'{where} varies "{one}"; what can be searched is {allowed}')
        if one in NOT_SEARCHED:
            raise SettingsError(f"{where} varies {one}; make an experiment of each value")
        if section == "network" and experiment.get("pretrain"):
            raise SettingsError(
                f"{where} varies {one}, but the experiment starts from a pretrained encoder of one shape; leave out "
                "one of the two"
            )
    if "training.class_weights" in search and training.get("keep", "loss") in ("loss", "last"):
        raise SettingsError(
            f"{where} varies training.class_weights, and losses of different weights cannot be compared; set "
            "training.keep to balanced_accuracy or roc_auc"
        )

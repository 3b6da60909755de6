"""What a rule is given of the settings: its own sections, whole."""


def experiment_settings(settings, name):
    """All that decides how the experiment ``name`` is trained: its own section, ``training`` overlaid."""
    one = settings["experiments"][name]
    return one | {"training": settings["training"] | one["training"], "device": settings["device"]}


def method_settings(settings, name):
    """The entry of ``methods`` called ``name``."""
    return next(one for one in settings["methods"] if one["name"] == name)


def faithfulness_asked(sanity, method):
    """The section ``sanity.faithfulness`` for one method, with what its entry of ``sanity.methods`` says there."""
    own = sanity.get("methods", {}).get(method["name"], {})
    return sanity["faithfulness"] | own.get("faithfulness", {})


def spaces_of_maps(asked):
    """The spaces that ``report.maps`` asks for: template, the input's own, and native, the scan's before it."""
    if isinstance(asked, bool):
        return ["template"] if asked else []
    return [asked] if isinstance(asked, str) else list(asked)


def figure_settings(settings, experiment):
    """What decides on an experiment's figures for papers beside the files that they are drawn from."""
    one = settings["experiments"][experiment]
    label = settings["cohort"]["labels"][one["labels"]]
    return {
        "report": {key: settings["report"][key] for key in ("orientation", "figures")},
        "methods": settings["methods"],
        "made": settings["made"],
        "experiments": {experiment: {key: one[key] for key in ("input", "mask", "labels", "normalisation")}},
        "inputs": {one["input"]: {"intensity": settings["inputs"][one["input"]]["intensity"]}},
        "template": {"image": settings["template"]["image"]},
        "cohort": {"source": settings["cohort"]["source"], "labels": {one["labels"]: label}},
    }


def split_names(folds):
    """Names of all splits, ``r1f1`` being the first fold of the first repeat, and the only one of a single division."""
    if folds["given"] or folds.get("scheme") == "hold_out":
        return ["r1f1"]
    return [f"r{repeat + 1}f{fold + 1}" for repeat in range(folds["repeats"]) for fold in range(folds["k"])]

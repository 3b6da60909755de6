"""How many classes a label has, as its settings say."""


def class_count(label):
    """The number of classes that the settings of a label give, None for an amount."""
    if label.get("regression"):
        return None
    if label.get("thresholds"):
        return len(label["thresholds"]) + 1
    given = label.get("classes") or label.get("ranges") or {}
    return max(given.values(), default=1) + 1


def class_counts(settings):
    """``{label: number of classes}`` of the labels with classes that experiments tell."""
    told = {one["labels"]: settings["cohort"]["labels"][one["labels"]] for one in settings["experiments"].values()}
    counts = {name: class_count(label) for name, label in told.items()}
    return {name: count for name, count in counts.items() if count is not None}

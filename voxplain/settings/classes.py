"""How many classes a label has, as its settings say."""


def class_count(label):
    """The number of classes that the settings of a label give, None for an amount."""
    if label.get("regression"):
        return None
    if label.get("thresholds"):
        return len(label["thresholds"]) + 1
    given = label.get("classes") or label.get("ranges") or {}
    return max(given.values(), default=1) + 1

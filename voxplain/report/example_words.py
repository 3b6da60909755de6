"""Examples of a network in the reader's words."""

from voxplain.report.sentences import number

THIRDS = {0: "lowest third", 1: "middle third", 2: "highest third", -1: "all"}
KINDS = {"right": "told right", "wrong": "told wrong", "close": "told closely", "over": "told too high"}
KINDS |= {"under": "told too low"}


def kind_name(kind):
    """What an example is one of."""
    return KINDS.get(kind, kind)


def class_words(results, experiment, of):
    """The class that an example is of, or the third of the amounts."""
    if results.class_names(experiment):
        return f"class {results.class_name(of, experiment)}"
    return THIRDS.get(int(of), str(of))


def example_lines(results, experiment, row):
    """What is said below the slices of a held-out example, a row of ``examples.tsv`` as a dict."""
    where = f"split {row['split']}, seed {row['seed']}"
    if not results.class_names(experiment):
        told = f"{number(row['predicted'], 1)} told, {number(row['label'], 1)} true"
        return [kind_name(row["kind"]), told, where]
    answer = f"probability {number(row['value'])}"
    if row["kind"] == "wrong":
        answer = f"called {results.class_name(row['predicted'], experiment)}, {answer}"
    return [class_words(results, experiment, row["label"]), f"{kind_name(row['kind'])}: {answer}", where]

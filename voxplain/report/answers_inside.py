"""What parts that ask networks about features say alike: the unit of an answer, and what was left out and why."""

from voxplain.report.blocks import Text
from voxplain.report.sentences import listing


def answer_unit(results, experiment):
    """What the answers of an experiment's networks are counted in: log-odds of a class, logits, or an amount."""
    names = results.class_names(experiment)
    if not names:
        return "standard deviations of the amount"
    return f"log-odds of {names[1]}" if len(names) == 2 else "logit of the class"


def left_out_blocks(experiment, told):
    """Sentences on the ``left_out`` features and the ``refused`` networks of a part, dicts of reasons by name."""
    found = []
    if told["left_out"]:
        named = listing(f"{name} ({why})" for name, why in told["left_out"].items())
        found.append(Text(f"{experiment}: left out of the features: {named}.", "note"))
    reasons = {}
    for network, why in told["refused"].items():
        reasons.setdefault(why, []).append(network)
    found += [Text(f"{experiment}, {listing(names)}: {why}.", "missing") for why, names in reasons.items()]
    return found

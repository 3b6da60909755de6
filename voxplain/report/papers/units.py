"""What the values of a method's maps are measured in."""

# Maps whose values add up to what the score owes to the whole volume
SHARES = {
    "grad_times_input",
    "integrated_gradients",
    "guided_integrated_gradients",
    "expected_gradients",
    "deeplift",
    "lrp_epsilon",
}
# Maps of how much of the score is lost where something is covered
DROPS = {"occlusion", "region_occlusion", "hierarchical_occlusion"}
SLOPES = {"gradient", "interior_gradients", "smoothgrad"}
SCORES = {"log_odds": "log odds", "logit": "logit", "probability": "probability"}
ARBITRARY = "arbitrary units"


def unit_of(method, classes=2, amount=None):
    """The unit of the maps of ``method``, an entry of the settings' ``methods``; ``arbitrary units`` where it has none.

    classes: how many the label has, which decides what is explained where the entry does not say. amount: name of the
    label of a regression, whose amount is explained whatever the score.
    """
    score = amount or SCORES[method.get("score") or ("log_odds" if classes == 2 else "logit")]
    name, options = method["method"], method.get("options", {})
    if name == "smoothgrad" and (options.get("form", "mean") != "mean" or options.get("of", "gradient") != "gradient"):
        return ARBITRARY
    if name in SLOPES:
        return f"{score} per unit of intensity"
    if name in SHARES:
        return f"{score} per voxel"
    if name in DROPS:
        return f"{score} lost when covered"
    if name == "meaningful_perturbation":
        return "share kept, 0 to 1" if options.get("form") == "preservation" else "share deleted, 0 to 1"
    return ARBITRARY


def question_of(method, names, amount=None):
    """What was asked of the network: the class that maps are about, or the amount; ``names`` are those of classes."""
    if amount:
        return f"the amount of {amount}"
    target = method.get("target", "predicted")
    return "the predicted class" if target == "predicted" else f"class {names.get(int(target), target)}"

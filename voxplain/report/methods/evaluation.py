"""What the text on methods says of held-out scans: who was held out, and how the answers were scored."""

from voxplain.report.chance import told
from voxplain.report.sentences import count, listing, measure_name, model_name

SCHEMES = {
    "leave_one_out": "Each subject was held out once",
    "leave_one_site_out": "Each site was held out once, with everybody who was ever seen there",
}


def evaluation(results, cite):
    """Sentences on who was held out, and how held-out predictions were scored."""
    folds, said = results.settings["folds"], []
    dealt = SCHEMES.get(folds.get("scheme"))
    if folds.get("given"):
        dealt = "Training, validation and held-out scans were given as lists"
    if folds.get("scheme") == "hold_out":
        dealt = f"{count(folds['hold_out'], 'subject')} of each class were drawn and held out"
    if dealt is None:
        repeats = f", repeated {folds['repeats']} times with other folds" if folds["repeats"] > 1 else ""
        dealt = f"Scans were held out by {folds['k']}-fold cross-validation, stratified by class{repeats}"
    for label, own in folds.get("labels", {}).items():
        if own.get("scheme") == "hold_out":
            dealt += f"; for the label {label}, {count(own['hold_out'], 'subject')} of each class were drawn once"
        else:
            dealt += f"; folds of the label {label} differ in {listing(own)}"
    said.append(
        f"{dealt}; no subject is in two folds. Each split was trained from {count(len(folds['seeds']), 'seed')}."
    )
    if (folds.get("given") or {}).get("validation"):
        said.append("Nothing was fitted on the scans that a network is judged by.")
    elif folds.get("validation"):
        what = (
            "to choose the epoch" if _epoch_is_chosen(results.settings) else "for choices other than that of the epoch"
        )
        said.append(
            f"Of what was not held out, {100 * folds['validation']:.0f} % were set aside {what}, and nothing was "
            "fitted on the scans that a network is judged by."
        )
    if folds.get("match"):
        said.append(f"Classes were matched by {listing(folds['match'])}.")
    said += _scored(results, cite)
    return said


def _epoch_is_chosen(settings):
    common = settings.get("training", {})
    own = [common | (one.get("training") or {}) for one in settings.get("experiments", {}).values()]
    return any(one.get("keep", "loss") != "last" for one in own or [common])


def _scored(results, cite):
    tables = {name: results.table(f"predict/{name}/scores.tsv") for name in results.experiments}
    tables = {name: table for name, table in tables.items() if table is not None and len(table)}
    if not tables:
        return []
    measures = list(dict.fromkeys(measure for table in tables.values() for measure in told(table)))
    named = [
        measure_name(one) + (f" {cite('brodersen2010')}" if one == "balanced_accuracy" else "") for one in measures
    ]
    said = [
        f"Held-out predictions were scored by {listing(named)}, computed with scikit-learn {cite('pedregosa2011')}: "
        "means "
        f"over splits, with 95 % bootstrap intervals {cite('efron1993')} over subjects, who are drawn with all their "
        "scans; "
        "networks were not trained again for them."
    ]
    if any("p" in table and table["p"].notna().any() for table in tables.values()):
        said.append("P-values come from labels dealt out anew among the subjects that the same splits hold out.")
    models = [results.table(f"predict/{name}/models.tsv") for name in tables]
    others = {model: None for table in models if table is not None for model in table["model"] if model != "network"}
    if others:
        said.append(
            f"On the same splits the networks were held against {listing(model_name(model) for model in others)}, by "
            "paired "
            "bootstrap intervals of the difference."
        )
    return said

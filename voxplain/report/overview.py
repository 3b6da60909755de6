"""The section on the whole: what ran, on whom, and the main result."""

import hashlib
import json

import numpy as np

import voxplain
from voxplain.report import cohort, verdicts
from voxplain.report.blocks import Figure, Heading, Section, Table, Text
from voxplain.report.chance import chance, told
from voxplain.report.flow import flow_figure
from voxplain.report.localisation import best_method, located
from voxplain.report.points import estimates
from voxplain.report.scores import overall
from voxplain.report.sentences import (
    beside_baselines,
    count,
    headline,
    interval,
    is_network,
    listing,
    measure_name,
    model_name,
)

READING = (
    "The dots are how well held-out scans were told apart (balanced accuracy; of an amount, R²; 95 % interval over "
    "subjects), blue for the networks and grey for baselines that know only a brain's size or the brightness outside "
    "it; the dashed line is chance.",
    "A network's maps are worth reading only where its dot lies clearly to the right of chance and of the grey ones.",
)

SCHEMES = {
    "given": "a given split",
    "leave_one_out": "one subject at a time",
    "leave_one_site_out": "one site at a time",
    "hold_out": "a part of each class, once",
}


def section(results):
    """The section, which names no time of day: the same files make the same bytes."""
    tables = {name: results.table(f"predict/{name}/scores.tsv") for name in results.experiments}
    tables = {name: table for name, table in tables.items() if table is not None and len(table)}
    texts = main_result(results, tables)
    panels = {f"Experiment {name}": _rows(table) for name, table in tables.items()}
    marked = {f"Experiment {name}": chance(table, told(table)[0]) for name, table in tables.items()}
    measures = listing(dict.fromkeys(measure_name(told(table)[0]) for table in tables.values()))
    alt = " ".join(texts)
    shares = {title for title, level in marked.items() if level}
    picture = Figure(estimates(panels, f"{measures} of held-out scans", alt, marked, shares)) if panels else None
    judged = verdicts.summaries(results)
    blocks = [Text(" ".join(texts), "note"), *(Text(sentence) for sentence in judged)]
    if results.table("cohort/ledger.tsv") is not None:
        blocks += [Heading("Who was studied"), flow_figure(results, cohort.whom(results))]
    blocks += [Heading("What ran"), _what_ran(results)]
    return Section("overview", "Overview", READING, picture, blocks)


def main_result(results, tables):
    """The main result in two sentences, in three of a made cohort; ``tables`` holds scores by experiment."""
    if not tables:
        return ["No scores were recorded."]
    networks = {name: overall(table, "network", told(table)[0]) for name, table in tables.items()}
    texts, best = [], best_method(results)
    for measure in dict.fromkeys(told(table)[0] for table in tables.values()):
        same = {name: values for name, values in networks.items() if told(tables[name])[0] == measure}
        texts.append(headline(measure_name(measure), same))
    texts.append(_beside(results, tables, networks))
    if best:
        experiment, row = best
        sentence = located(results, experiment, row.method)
        texts.append(
            f"Of all maps this one, picked on these same data, found the planted effect best: {experiment}, {sentence}"
        )
    return texts


def settings_hash(settings):
    """Twelve hexadecimal digits of the settings, the same for the same settings in any order."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _beside(results, tables, networks):
    """Where the best network stands among its baselines: by the paired difference from the best of them, if known."""
    first = told(next(iter(tables.values())))[0]
    name = max((one for one in tables if told(tables[one])[0] == first), key=lambda one: networks[one][0])
    models = results.table(f"predict/{name}/models.tsv")
    if models is not None:
        rows = models[(models["measure"] == first) & (models["kind"] != "network") & models["network_minus"].notna()]
        if len(rows):
            row = rows.loc[rows["value"].idxmax()]
            away = interval(abs(row["network_minus"]), *np.sort(np.sign(row["network_minus"] or 1) * _ends(row)))
            side = "more" if row["network_minus"] >= 0 else "less"
            return (
                f"On the same scans, the network of {name} reaches {away} {side} than the best of "
                f"{count(len(rows), 'baseline')}, {model_name(row['model'])}."
            )
    others = {model: overall(tables[name], model, first)[0] for model in tables[name]["model"].unique()}
    others = {model: value for model, value in others.items() if not is_network(model)}
    return beside_baselines(name, networks[name][0], others)


def _ends(row):
    return row[["network_minus_low", "network_minus_high"]].to_numpy(float)


def _rows(table):
    models = sorted(table["model"].unique(), key=lambda model: (not is_network(model), model != "network"))
    main = told(table)[0]
    return [(model_name(model), *overall(table, model, main), [], int(not is_network(model))) for model in models]


def _data(results):
    source = results.settings["cohort"]["source"]
    if not results.made:
        return source
    return "made by voxplain, with planted effects" + ("" if results.planted else f", in the layout of {source}")


def _what_ran(results):
    folds = results.settings["folds"]
    dealt = [SCHEMES.get(folds.get("scheme")) or f"{count(folds['k'], 'fold')}, {count(folds['repeats'], 'repeat')}"]
    held_out = [*(["a given split"] if folds.get("given") else dealt), count(len(folds["seeds"]), "seed")]
    rows = [
        ["Study", results.settings.get("study", "")],
        [
            "Data",
            _data(results),
        ],
        ["On whom", cohort.whom(results)],
        ["Experiments", ", ".join(results.experiments)],
        ["Methods", ", ".join(results.methods)],
        ["Held out by", ", ".join(held_out)],
        ["Settings", settings_hash(results.settings)],
        ["voxplain", voxplain.__version__],
    ]
    return Table("The run in short", ["What", "This study"], rows)

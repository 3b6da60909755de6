"""Tabulate how well the demo's methods find what was planted in several cohorts, and in their mean.

``python docs/checks/localised_cohorts.py results/seed1 results/seed2 results/seed3 --null results/null`` takes finished
studies of the demo's settings, which differ in the seed of their cohort alone, and one whose labels mean nothing. A
method finds the effect when it beats every map beside it: the interval of each difference lies above 0.
"""

import argparse
import sys
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.attribution.table import method_options, methods
from voxplain.cohort.folds import read_folds
from voxplain.networks.table import network_options, networks
from voxplain.sanity.comparison import compared, scored_maps
from voxplain.sanity.localised import references_and_targets
from voxplain.sanity.over_cohorts import beating, over_cohorts
from voxplain.sanity.untrained import first_of_each_split, untrained_maps
from voxplain.settings.merging import merged_settings
from voxplain.settings.sections import experiment_settings
from voxplain.store import Volumes
from voxplain.training.trained import built, read_card


def scored_study(folder, settings, name):
    """``{method: (what `scored_maps` returns, chance)}`` of the regional effect in one study of experiment ``name``."""
    experiment, sanity = experiment_settings(settings, name), settings["sanity"]
    store = folder / "packed" / f"{experiment['input']}.h5"
    weights = sorted((folder / "train" / name).glob("*.pt"))
    paths = [path.with_suffix(".card.json") for path in weights]
    cards, volumes = [read_card(path) for path in paths], Volumes(store, mask=experiment["mask"])
    truth, brain = (
        np.asarray(nibabel.load(next(folder.glob(pattern))).dataobj)
        for pattern in (f"sanity/truth/{experiment['input']}_effect-region.nii.gz", "template/*_mask.nii.gz")
    )
    given = volumes, built(cards[0]), {"region": truth}, brain > 0, sanity["localisation"]
    network_free, targets = references_and_targets(*given)
    shown = {"experiment": experiment, "sanity": sanity, "folds": read_folds(next(folder.glob("cohort/*_folds.tsv")))}
    found = {}
    for method in settings["methods"]:
        own = [read_maps(folder / "explain" / name / method["name"] / f"{path.stem}.h5") for path in weights]
        untrained = [
            untrained_maps(store, path, card, source, method=method, **shown)
            for path, card, source in first_of_each_split(weights, cards, own)
        ]
        asked = {"resamples": sanity["bootstrap"], "seed": [sanity["seed"]]}
        place = targets["region"]
        found[method["name"]] = scored_maps(own, untrained, place, network_free, **asked), place.chance
    return found


def table(found, measure):
    """The table as Markdown: a line a method, a column for each of ``found``, see `columns`."""
    lines = [f"| method | {' | '.join(found)} |", f"| --- |{' --- |' * len(found)}"]
    by_method = [{row["method"]: row for row in rows if _own(row, measure)} for rows in found.values()]
    for method in by_method[0]:
        lines.append(f"| {method} | {' | '.join(cell(rows[method]) for rows in by_method)} |")
    beat = [", ".join(beating(rows, measure)) or "none" for rows in found.values()]
    return "\n".join([*lines, f"| found by | {' | '.join(beat)} |"])


def cell(row):
    """One method's value, and its difference to the map that comes closest."""
    numbers = {name: f"{row[name]:.2f}" for name in ("value", "difference", "difference_low", "difference_high")}
    beside = "{difference} ({difference_low} to {difference_high})".format(**numbers)
    return f"{numbers['value']}; {beside} over {row['closest'] or 'nothing'}"


def columns(studies, null, settings, name):
    """Rows of ``compared`` by title: each of ``studies``, their mean, and the study ``null`` where there is one."""
    cohorts = [scored_study(folder, settings, name) for folder in studies]
    found = {f"cohort {number}": _rows(cohort) for number, cohort in enumerate(cohorts, 1)}
    found |= {"mean": _rows(_mean(cohorts))} if len(cohorts) > 1 else {}
    return found | ({"labels that mean nothing": _rows(scored_study(null, settings, name))} if null else {})


def demo_settings():
    """The settings that the demo is run with."""
    known = (networks, network_options), (methods, method_options)
    return merged_settings({}, *({name: options(name) for name in names()} for names, options in known))


def _own(row, measure):
    return row["kind"] == "method" and row["measure"] == measure


def _rows(scored):
    return [{"method": name, **row} for name, (maps, chance) in scored.items() for row in compared(maps, chance)]


def _mean(cohorts):
    return {
        name: (over_cohorts([one[name][0] for one in cohorts]), pd.DataFrame([one[name][1] for one in cohorts]).mean())
        for name in cohorts[0]
    }


def main():
    """Print a table for each experiment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="+", type=Path, help="folders of studies, one a cohort seed")
    parser.add_argument("--null", type=Path, help="folder of a study whose labels mean nothing")
    parser.add_argument("--experiments", nargs="+", default=["brain", "head"])
    parser.add_argument("--measure", default="auc", help="auc, average_precision, mass, rank_accuracy or pointing")
    asked = parser.parse_args()
    settings = demo_settings()
    for name in asked.experiments:
        found = columns(asked.studies, asked.null, settings, name)
        sys.stdout.write(f"{name}\n\n{table(found, asked.measure)}\n\n")


if __name__ == "__main__":
    main()

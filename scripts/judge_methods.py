"""Judge every method of an experiment by what the checks of its maps came to."""

from pathlib import Path

import pandas as pd

from voxplain.relevance.tables import UNDEFINED, write_table
from voxplain.runtime import rule_log
from voxplain.sanity.criteria import criteria_table
from voxplain.sanity.randomised_criteria import data_criterion, model_criteria
from voxplain.sanity.scored_criteria import faithfulness_criteria, localisation_criterion, masked_criterion
from voxplain.sanity.verdict import verdicts


def judge_methods(methods, sanity, *, randomised=(), permuted=(), faithfulness=(), masked=(), localised=None):
    """The tables of criteria and of verdicts of ``methods``, their names.

    ``randomised``, ``permuted``, ``faithfulness`` and ``masked`` are the files of each check, each in the folder of its
    method; a method without one was not tested by it. ``localised`` is the table of localisation, of a made cohort
    alone.
    """
    files = [{Path(path).parent.name: path for path in paths} for paths in (randomised, permuted, faithfulness, masked)]
    verdict, resampling = sanity["verdict"], (sanity["bootstrap"], [sanity["seed"]])
    located = _read(localised) if localised else None
    rows = {}
    for method in methods:
        of_model, of_labels, scored, seen = (_read(paths.get(method)) for paths in files)
        rows[method] = [
            *model_criteria(of_model, verdict, *resampling),
            data_criterion(of_labels, verdict, *resampling),
            *faithfulness_criteria(scored, verdict, *resampling),
            masked_criterion(seen, verdict),
            *([] if located is None else [localisation_criterion(located, method, verdict["fewest"])]),
        ]
    criteria = criteria_table(rows)
    return criteria, verdicts(criteria, verdict["needed"])


def _read(path):
    if not path or not Path(path).stat().st_size:
        return None
    return pd.read_csv(path, sep="\t", na_values=["", UNDEFINED], keep_default_na=False)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        criteria, judged = judge_methods(
            asked.methods,
            asked.sanity,
            randomised=given.randomised,
            permuted=given.get("permuted", ()),
            faithfulness=given.get("faithfulness", ()),
            masked=given.get("masked", ()),
            localised=given.get("localised"),
        )
        write_table(snakemake.output.criteria, criteria)
        write_table(snakemake.output.verdicts, judged)

"""Settings that were searched for, every candidate of every split."""

import pandas

from voxplain.report.as_written import as_written, cell
from voxplain.report.blocks import Fold, Heading, Text
from voxplain.report.sentences import count, listing


def search_blocks(results, experiment):
    """Every candidate of an experiment's searches, and which were chosen; an empty list where none was searched."""
    parts = []
    if not results.experiments[experiment].get("search"):
        return []
    for path in sorted((results.folder / "train" / experiment / "search").glob("*_seed-*.tsv")):
        table = results.table(path.relative_to(results.folder))
        if table is not None and len(table):
            split, _, seed = path.stem.partition("_seed-")
            named = {name: value for name, value in (("split", split), ("seed", seed)) if name not in table}
            parts.append(table.assign(**named)[[*named, *table]])
    if not parts:
        return []
    whole = pandas.concat(parts, ignore_index=True)
    caption = f"Search of {experiment}: every candidate of every split, by scans that it does not hold out"
    blocks = [Heading(f"Settings searched for in {experiment}"), *_chosen(results, experiment, whole)]
    return [*blocks, Fold("Every candidate", [as_written(whole, caption)])]


def _chosen(results, experiment, whole):
    searched = [name for name in results.experiments[experiment].get("search") or {} if name in whole]
    if "chosen" not in whole or not searched:
        return []
    chosen = whole[whole["chosen"].astype(int) == 1]
    told = chosen[searched].apply(lambda row: ", ".join(f"{name} {cell(row[name])}" for name in searched), axis=1)
    tried = count(len(whole[searched].drop_duplicates()), "candidate")
    parts = listing(f"{text} in {count(times, 'split')}" for text, times in told.value_counts().items())
    return [Text(f"{experiment}: of {tried}, chosen was {parts}.")]

"""Ways to a network besides training it once: settings that were searched for, and arms with permuted labels."""

import pandas

from voxplain.report.as_written import as_written, cell
from voxplain.report.blocks import Figure, Fold, Heading, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, listing, measure_name, number

ARMS = (
    "The same network was trained on labels that were dealt out anew, for as long as on the true ones: it must learn "
    "its own scans by heart and know nothing of others. Maps of the two are compared under Sanity."
)


def way_blocks(results, experiment):
    """Blocks of the searches and the arms of an experiment; an empty list where it has neither."""
    return [*_search(results, experiment), *_arms(results, experiment)]


def _search(results, experiment):
    parts = []
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
    blocks = [Heading(f"Settings searched for in {experiment}"), *_chosen(experiment, whole)]
    return [*blocks, Fold("Every candidate", [as_written(whole, caption)])]


def _chosen(experiment, whole):
    searched = [name for name in whole if "." in name]
    if "chosen" not in whole or not searched:
        return []
    chosen = whole[whole["chosen"].astype(int) == 1]
    told = chosen[searched].apply(lambda row: ", ".join(f"{name} {cell(row[name])}" for name in searched), axis=1)
    tried = count(len(whole[searched].drop_duplicates()), "candidate")
    parts = listing(f"{text} in {count(times, 'split')}" for text, times in told.value_counts().items())
    return [Text(f"{experiment}: of {tried}, chosen was {parts}.")]


def _arms(results, experiment):
    found = [results.table(f"{stage}/{experiment}/arms.tsv") for stage in ("train", "sanity")]
    table = next((one for one in found if one is not None and len(one)), None)
    if table is None:
        return []
    heading = Heading(f"Permuted labels in {experiment}")
    shown = as_written(table, f"Arms of {experiment}: scores on the scans learned from and on held-out ones")
    pairs = [(column, column.replace("train_", "test_", 1)) for column in table if column.startswith("train_")]
    pair = next(((learned, held) for learned, held in pairs if held in table), None)
    if pair is None or "arm" not in table:
        return [heading, Text(ARMS), shown]
    words = _arm_words(experiment, table, *pair)
    measure = measure_name(pair[0].removeprefix("train_"))
    picture = estimates({f"{experiment}: arms": _arm_rows(table, *pair)}, measure, words, 0.5)
    return [heading, Text(f"{ARMS} {words}"), Figure(picture), Fold("Every arm", [shown])]


def _arm_rows(table, learned, held):
    nothing = float("nan")
    return [
        (f"{arm}, {where}", values[column].mean(), nothing, nothing, values[column].dropna(), role)
        for arm, values in table.groupby("arm", sort=False)
        for where, column, role in (("learned from", learned, 1), ("held out", held, 0))
    ]


def _arm_words(experiment, table, learned, held):
    permuted = table[table["arm"] != "true"]
    return (
        f"{experiment}: {measure_name(learned.removeprefix('train_'))} of "
        f"{count(permuted['arm'].nunique(), 'arm')} with permuted labels is {number(permuted[learned].mean())} on the "
        f"scans learned from and {number(permuted[held].mean())} on held-out ones."
    )

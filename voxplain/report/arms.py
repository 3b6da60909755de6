"""Networks trained on permuted labels beside their twin on the true ones: what they learned by heart."""

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Heading, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, measure_name, number

READING = (
    "The same network was trained on labels that were dealt out anew, for as long as on the true ones: it must learn "
    "its own scans by heart and know nothing of others, or a comparison of their maps says nothing."
)
MAIN = ("balanced_accuracy", "r2")
TRUE = "true"
ROLES = {"training": ("learned from", 1), "held_out": ("held out", 0)}


def arm_blocks(results, experiment):
    """A picture, a sentence and the table of ``arms.tsv``; an empty list where no arms were trained."""
    asked = results.settings.get("sanity", {}).get("permutations")
    # what an earlier run with other settings left is still there
    table = results.table(f"train/{experiment}/arms.tsv") if asked else None
    if table is None or table.empty:
        return []
    shown = as_written(table, f"Arms of {experiment}: scores on the scans learned from and on held-out ones")
    main = next((one for one in MAIN if (table["measure"] == one).any()), table["measure"].iloc[0])
    rows = table[table["measure"] == main]
    words = f"{experiment}: {_words(rows, main)}"
    drawn = [
        (f"{arm}, {where}", values[column].mean(), float("nan"), float("nan"), values[column].dropna(), role)
        for arm, values in rows.groupby("arm", sort=False)
        for column, (where, role) in ROLES.items()
    ]
    picture = estimates({f"{experiment}: arms": drawn}, measure_name(main), words)
    heading = Heading(f"Permuted labels in {experiment}")
    return [heading, Text(f"{READING} {words}"), Figure(picture), Fold("Every arm", [shown])]


def _words(rows, main):
    permuted, true = rows[rows["arm"] != TRUE], rows[rows["arm"] == TRUE]
    parts = [
        f"{name} is {number(part['training'].mean())} on the scans learned from and {number(part['held_out'].mean())} "
        "on held-out ones"
        for name, part in (
            (f"{measure_name(main)} of {count(permuted['arm'].nunique(), 'arm')} with permuted labels", permuted),
            ("that of the arm with the true labels", true),
        )
        if len(part)
    ]
    return f"{'; '.join(parts)}."

"""What a network's answers owe to size: within classes, and when a scan is made larger or smaller."""

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Heading, Text

READING = (
    "Whether held-out answers go along with brain size among scans of one class, and how far they move when a scan is "
    "made larger or smaller: a network that tells classes by something else than size moves little. Answers are "
    "log-odds, or amounts in the label's unit."
)
NAMES = {
    "correlation": "Correlation with size",
    "native_correlation": "with size before registration",
    "larger": "Change when larger",
    "smaller": "Change when smaller",
}


def size_blocks(results, experiment):
    """The table of ``size.tsv`` with its reading; an empty list where the network was not probed."""
    asked = results.settings.get("sanity", {}).get("size_change")
    scaled = results.experiments[experiment].get("augmentation", {}).get("optimal_scaling")
    # what an earlier run with other settings left is still there
    table = results.table(f"predict/{experiment}/size.tsv") if (scaled if asked is None else asked) else None
    if table is None or table.empty:
        return []
    shown = as_written(table, f"Size and the answers of {experiment} on held-out scans", NAMES)
    return [Heading(f"Size in {experiment}"), Text(READING), shown]

"""Tables that an older voxplain left: recognised by the columns they lack, and left out with a sentence."""

from fnmatch import fnmatch

from voxplain.report.sentences import count, listing

NAMED = 6
# What is read of each table whatever the settings; a column that depends on them is not among these
COLUMNS = {
    "cohort/ledger.tsv": "scan source_id archive status stage reason",
    "cohort/scans.tsv": "scan subject",
    "cohort/label-*_folds.tsv": "scan subject label split role",
    "quality/qc.tsv": "scan input flag why worst",
    "train/*/*.history.tsv": "epoch train_loss",
    "predict/*/predictions.tsv": "scan subject split seed label predicted",
    "predict/*/scores.tsv": "model measure split value mean sd low high n",
    "predict/*/models.tsv": "model kind measure value low high",
    "predict/published.tsv": "what measure published own_value difference comparable because source recalled note",
    "relevance/*/*/groups.tsv": "group images scans subjects note",
    "relevance/*/*/atlas-*_regions.tsv": "group index region voxels subjects share density enrichment rank",
    "relevance/*/agreement.tsv": "kind method first second compared",
    "sanity/*/*/randomisation.tsv": "split scan draw step layer kind spearman spearman_abs ssim",
    "sanity/*/*/faithfulness.tsv": "split scan map measure fill value",
    "sanity/*/localisation.tsv": "method effect measure map kind value",
    "sanity/*/localisation_by_subject.tsv": "method effect measure value untrained",
    "sanity/*/shortcuts.tsv": "method cue measure value sentence",
    "sanity/*/criteria.tsv": "method criterion outcome value threshold why",
    "sanity/*/verdicts.tsv": "method verdict sentence",
}


def lacking(path, columns):
    """Columns that the table at ``path``, below the study, should have and that are not among its ``columns``."""
    wanted = (names for pattern, names in COLUMNS.items() if _is(pattern, str(path)))
    return [name for names in wanted for name in names.split() if name not in columns]


def older_sentence(folder):
    """One sentence on the tables below ``folder`` that an older voxplain left and what to do; None where none is."""
    found = {}
    for path in sorted(path for pattern in COLUMNS for path in folder.glob(pattern)):
        with open(path) as file:
            head = file.readline().rstrip("\n")
        name = path.relative_to(folder).as_posix()
        if head and (columns := lacking(name, head.split("\t"))):
            found[name] = f"{name} (no column {', '.join(columns)})"
    if not found:
        return None
    more = len(found) - NAMED
    named = [*list(found.values())[:NAMED], *([f"{more} more"] if more > 0 else [])]
    return (
        f"Of an older version of voxplain, and therefore left out of these pages: {count(len(found), 'table')}, "
        f"{listing(named)}; run the study again, which makes anew what is older and nothing else."
    )


def _is(pattern, path):
    # a star stands for one folder or part of a name, as in glob
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatch, parts, wanted))

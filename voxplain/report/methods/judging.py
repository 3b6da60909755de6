"""What the text on methods says of the checks: each of those that left a table, and what the verdicts come from."""

from voxplain.report.sentences import listing
from voxplain.sanity.criteria import CRITERIA

MEASURES = {
    "deletion": ("deletion", ("petsiuk2018",)), "insertion": ("insertion", ("petsiuk2018",)),
    "region_deletion": ("deletion by regions", ("samek2017",)),
    "region_insertion": ("insertion by regions", ("samek2017",)),
    "road": ("ROAD", ("rong2022",)), "infidelity": ("infidelity", ("yeh2019",)),
    "max_sensitivity": ("max-sensitivity", ("yeh2019",)), "gini": ("the Gini index", ("chalasani2020",)),
}  # fmt: skip


def checks(results, cite):
    """Sentences on every check that was made."""
    asked = results.settings.get("sanity", {})
    said = []
    if _left(results, "*/randomisation.tsv"):
        said.append(
            "Weights were randomised from the layer next to the output down to the first, and maps compared with the "
            "original "
            f"{cite('adebayo2018')}, beside maps of two networks that never learned anything."
        )
    if _left(results, "*/data_randomisation.tsv"):
        said.append(
            f"Networks were trained on permuted labels, and their maps compared with those of a twin of the true ones "
            f"{cite('adebayo2018')}."
        )
    if _left(results, "*/faithfulness.tsv"):
        measures = [
            f"{MEASURES[one][0]} {cite(*MEASURES[one][1])}" for one in asked.get("faithfulness", {}).get("measures", [])
        ]
        said.append(
            "Whether the answer goes with what a map marks was measured"
            f"{f' by {listing(measures)}' if measures else ''}, beside random maps as smooth, the brain's centre and "
            "edges."
        )
    if _left(results, "*/masked_input.tsv"):
        said.append(
            "Held-out scans were shown to the networks through masks of what a method calls relevant in other scans, "
            "beside "
            "random masks of the same size."
        )
    if _left(results, "shortcuts.tsv"):
        said.append(
            "Relevance outside the brain and along its border was held against that of networks never trained, and the "
            "networks' answers against size, age, sex and site within classes."
        )
    if results.planted and _left(results, "localisation.tsv"):
        said.append(
            "Group maps were held against what was planted, by the area under the ROC curve over voxels weighted by "
            "the "
            "effect, with intervals over subjects."
        )
    expected = asked.get("localisation", {}).get("expected")
    if expected and _left(results, "localisation.tsv"):
        said.append(
            f"Group maps were held against anatomy that the literature expects ({listing(expected)}), which is no "
            "truth and enters no verdict, by the area under the ROC curve over voxels, with intervals over subjects."
        )
    verdicts = [
        results.table(path.relative_to(results.folder)) for path in results.folder.glob("sanity/*/criteria.tsv")
    ]
    tested = {criterion for table in verdicts if table is not None for criterion in _tested(table)}
    if tested:
        named = [told for criterion, told in CRITERIA.items() if criterion in tested]
        said.append(
            "Methods were called contradicted where one of these checks failed by a threshold that was fixed "
            "beforehand: "
            f"{listing(named)}."
        )
    return said


def _left(results, pattern):
    return any(results.folder.glob(f"sanity/*/{pattern}"))


def _tested(table):
    return table.loc[~table["outcome"].fillna("undefined").isin(["not tested"]), "criterion"]

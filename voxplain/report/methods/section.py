"""The section on methods: text that a paper can take, of what really ran, with its references."""

from voxplain.report.blocks import Code, Fold, Heading, Links, Section, Table, Text
from voxplain.report.methods import evaluation, explaining, inside, judging, networks, volumes
from voxplain.report.methods.references import Citations
from voxplain.report.provenance import versions
from voxplain.report.sentences import listing

BIBTEX = "references.bib"
READING = (
    "This text was made from the settings and from what the run left on disk: what did not run is not in it, and every "
    "number is this study's.",
    "Copy what your paper needs, say what the scans are and who agreed to their use, and cite what you keep; the "
    "references "
    f"lie in {BIBTEX} beside this page.",
)
PARTS = {
    "Participants": volumes.participants,
    "Preparation of the scans": volumes.preparation,
    "Networks": networks.networks,
    "Held-out scans and scores": evaluation.evaluation,
    "Maps": explaining.maps,
    "Groups and regions": explaining.groups,
    "Checks of the maps": judging.checks,
    "Inside the networks": inside.inside,
}


def section(results):
    """The section; parts of which nothing ran are left out."""
    blocks, cite = written(results)
    listed = [[place, text] for place, text in enumerate(cite.listed(), 1)]
    blocks += [
        Heading("References"),
        Table("Papers behind what ran", ["No.", "Reference"], listed),
        Links("References as a file", [(BIBTEX, BIBTEX)]),
        Fold("The same as BibTeX", [Code("BibTeX", cite.bibtex())]),
    ]
    return Section("methods", "Methods", READING, None, blocks)


def written(results):
    """Headings and paragraphs, and the Citations that they made."""
    blocks, cite = [], Citations()
    for title, part in {**PARTS, "Software": _software}.items():
        said = part(results, cite)
        if said:
            blocks += [Heading(title), *(Text(paragraph) for paragraph in _paragraphs(title, said))]
    return blocks, cite


def write_bibtex(results, folder):
    """Write the references of the study to ``references.bib`` in the report's folder."""
    (folder / BIBTEX).write_text(written(results)[1].bibtex(), encoding="utf-8")


def _paragraphs(title, said):
    """One paragraph; of networks and methods one each."""
    return said if title in ("Networks", "Maps") else [" ".join(said)]


def _software(results, cite):
    found = [
        f"{package} {trained or here}"
        for package, here, trained in versions(results)
        if here != "not installed here" or trained
    ]
    return [
        f"All of this was done by voxplain, a Snakemake workflow {cite('moelder2021')}, with {listing(found)}; "
        "arrays and "
        f"images are handled by NumPy {cite('harris2020')} and nilearn {cite('abraham2014')}."
    ]

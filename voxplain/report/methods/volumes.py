"""What the text on methods says of the scans: where they came from, who was left out, how volumes were prepared."""

from voxplain.cohort.flow import flow_steps
from voxplain.report.cohort import whom
from voxplain.report.sentences import count, listing

SOURCES = {
    "hcp": ("structural archives of the WU-Minn Human Connectome Project", ("vanessen2013", "glasser2013")),
    "adni": ("downloads of the Alzheimer's Disease Neuroimaging Initiative", ("petersen2010",)),
    "bids": ("a dataset in the Brain Imaging Data Structure", ("gorgolewski2016",)),
    "table": ("a table of files", ()),
}
STRIPPED = {
    "archive": "Brain masks came with the scans",
    "ants": "Brain masks were found by thresholds and morphology, and corrected by a warp to the template",
    "template": "There were no masks of the scans; whole heads were registered, and all outside the template's brain "
    "was "
    "set to zero",
    "none": "There were no masks of the scans; whole heads were registered, and the template's mask stood for the "
    "brain",
    "hd-bet": "Brain masks were made by HD-BET",
    "synthstrip": "Brain masks were made by SynthStrip",
}
REGISTERED = {
    "rigid": "a rigid transform",
    "similarity": "a rigid transform with one scale",
    "affine": "an affine transform",
    "fast": "an affine transform",
    "accurate": "an affine transform",
    "syn_quick": "antsRegistrationSyNQuick, an affine transform and a symmetric diffeomorphic warp",
    "syn": "an affine transform and a symmetric diffeomorphic warp by mutual information",
    "syn_cc": "an affine transform and a symmetric diffeomorphic warp by cross-correlation",
}
DIFFEOMORPHIC = "syn_quick", "syn", "syn_cc"
GREEDY = {"fast": "2 mm", "accurate": "1.5 mm"}
INTENSITIES = {"brain_mean": "the mean inside the brain", "max": "the maximum"}


def participants(results, cite):
    """Sentences on whom the study has, from ``ledger.tsv`` and ``scans.tsv``."""
    cohort = results.settings["cohort"]
    said = [_twin(cohort, cite) if results.made and not results.planted else _source(cohort, cite)]
    ledger = results.table("cohort/ledger.tsv")
    if ledger is not None:
        said.append(whom(results))
        steps = flow_steps(ledger.fillna("").itertuples(index=False))
        reasons = [f"{step.count} at the stage {step.stage} (most often: {step.reasons[0][0]})" for step in steps]
        if reasons:
            said.append(f"Scans were left out {listing(reasons)}.")
    return said


def preparation(results, cite):
    """Sentences on how volumes were made comparable, of every input that an experiment uses."""
    template = results.settings["template"]
    inputs = {name: one for name, one in results.settings["inputs"].items() if name in results.inputs}
    said = []
    for name, one in inputs.items():
        texts = [
            *_stripped(one, cite),
            *_corrected(one, cite),
            _registered(one, template, results, cite),
            *_scaled(one),
        ]
        if len(inputs) > 1:
            texts[0] = f"Input {name}: {texts[0][0].lower()}{texts[0][1:]}"
        said.append(" ".join(f"{text}." for text in texts))
    return said


def _twin(cohort, cite):
    return (
        f"A made twin of the study was run: heads made by voxplain from the ICBM 152 template {cite('fonov2009')}, in "
        f"files of the layout of {SOURCES[cohort['source']][0]}. No head is a person's."
    )


def _source(cohort, cite):
    if cohort["source"] == "made":
        made = cohort.get("made", {})
        drawn = f" of {count(made['subjects'], 'subject')} (seed {made['seed']})" if made else ""
        return (
            f"A cohort{drawn} was made by voxplain from the ICBM 152 template {cite('fonov2009')}: every head has an "
            "anatomy "
            "of its own, and the differences between two classes were planted in brain size, in one region and "
            "outside the "
            "brain. No head is a person's."
        )
    told, keys = SOURCES[cohort["source"]]
    asked = [
        f"{column}: {listing(values) if isinstance(values, list) else values}"
        for column, values in cohort.get("where", {}).items()
    ]
    chosen = f" Only scans with {listing(asked)} were considered." if asked else ""
    return f"T1-weighted volumes were read from {told}{f' {cite(*keys)}' if keys else ''}.{chosen}"


def _stripped(one, cite):
    papers = {"hd-bet": "isensee2019", "synthstrip": "hoopes2022"}
    strip = one.get("strip", "archive")
    return [f"{STRIPPED[strip]}{f' {cite(papers[strip])}' if strip in papers else ''}"]


def _corrected(one, cite):
    said = []
    if one.get("denoise"):
        said.append(f"Rician noise was averaged away by adaptive non-local means {cite('manjon2010')}")
    if one.get("bias"):
        said.append(f"The bias field was divided out by N4 {cite('tustison2010')}")
    return said


def _registered(one, template, results, cite):
    transform = one.get("transform", "affine")
    recipe = f", and brought to the grid of the recipe {one['recipe']}" if one.get("recipe") else ""
    if transform == "none":
        return f"Volumes were not registered{recipe}"
    target = "the study's own template"
    if template["image"] == "mni152":
        target = f"the skull-stripped ICBM 2009a template {cite('fonov2009')}"
    image = results.template
    grid = "" if image is None else f" ({' x '.join(str(side) for side in image.shape)} voxels)"
    papers = ["avants2011", "tustison2021", *(["avants2008"] if transform in DIFFEOMORPHIC else [])]
    fitted = f"{REGISTERED[transform]}, by ANTs {cite(*papers)}"
    if transform in GREEDY:
        fitted += (
            f", and a greedy warp {cite('joshi2004')} along the gradient of the local correlation "
            f"{cite('avants2008')}, "
            f"down to {GREEDY[transform]}"
        )
    if one.get("engine") == "fireants":
        fitted = f"an affine transform by ANTs and a warp by FireANTs {cite('avants2011', 'jena2024')}"
    return f"Volumes were registered to {target} on a grid of {template['spacing']:g} mm{grid} by {fitted}{recipe}"


def _scaled(one):
    kind, said = one.get("intensity", "brain_mean"), []
    if kind in INTENSITIES:
        said.append(f"Intensities were divided by {INTENSITIES[kind]}")
    channels = [channel.replace("_", " ") for channel in one.get("channels", ["intensity"])]
    if channels != ["intensity"]:
        said.append(f"Networks were shown {count(len(channels), 'channel')} of each scan: {listing(channels)}")
    return said

"""Where maps of subjects differ by a column, as statistics allow to say it: pictures of t, clusters, and conditions."""

import json

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.sentences import count, number
from voxplain.report.slices import colour_limit, group_picture


def comparison_blocks(results, experiment):
    """Of every contrast and method: the picture of t where anything was found, a sentence, the table of clusters."""
    blocks = []
    for name in results.settings.get("relevance", {}).get("contrasts", {}):
        for method in results.methods:
            stem = f"relevance/{experiment}/{method}/contrast-{name}"
            path = results.folder / f"{stem}.json"
            if path.is_file():
                about = json.loads(path.read_text(encoding="utf-8"))
                blocks += _of_contrast(results, experiment, method, name, stem, about)
    return blocks


def comparison_sentence(experiment, method, name, about, clusters):
    """What a comparison found, or why there is none, with what it holds for."""
    where = f"{experiment}, {method}, contrast {name}"
    if "undefined" in about:
        return f"{where}: nothing is compared, because {about['undefined']}."
    found = clusters["cluster"].nunique() if clusters is not None else 0
    tested = (
        f"{count(about['subjects'], 'subject')}, {count(about['permutations'], 'permutation')} among subjects of the "
        f"same split, {about['test'].replace('_', ' ')}"
    )
    held = "".join(f" {note[0].upper()}{note[1:]}." for note in about.get("notes", []))
    if not found:
        return f"{where} ({about['asked']}): no difference at a corrected p of {about['alpha']:g} ({tested}).{held}"
    first = clusters.iloc[0]
    region = f" in {first['region']}" if isinstance(first["region"], str) and first["region"] else ""
    return (
        f"{where} ({about['asked']}): {count(found, 'cluster')} at a corrected p of {about['alpha']:g} ({tested}); the "
        f"rarest, {first['sign']}, has p = {first['p']:.3g} and its peak at x {first['x']:.0f}, y {first['y']:.0f}, "
        f"z {first['z']:.0f} mm{region}.{held}"
    )


def _of_contrast(results, experiment, method, name, stem, about):
    clusters, regions = (results.table(f"{stem}_{kind}.tsv") for kind in ("clusters", "regions"))
    sentence = comparison_sentence(experiment, method, name, about, clusters)
    blocks = [Text(sentence, "missing" if "undefined" in about else "plain")]
    if regions is not None and len(regions):
        blocks.append(Fold(f"Regions of {experiment}, {method}, {name}", [_regions(name, regions)]))
    if clusters is None or clusters.empty:
        return blocks
    image, template = results.image(f"{stem}_t.nii.gz"), results.template
    if image is not None and template is not None and image.shape == template.shape:
        limit = colour_limit([np.asarray(image.dataobj, np.float32)])
        if limit > 0:
            drawn = image, template, results.template_mask, limit, sentence
            picture = group_picture(*drawn, radiological=results.radiological)
            blocks.insert(0, Figure(picture, f"{experiment}, {method}: t of contrast {name}, not thresholded."))
    return [*blocks, Fold(f"Clusters of {experiment}, {method}, {name}", [_table(name, clusters)])]


def _table(name, clusters):
    columns = ["Cluster", "Peak", "Sign", "Voxels", "ml", "p", "t", "x", "y", "z", "Region", "Regions", "Seeds"]
    rows = [
        [int(row.cluster), int(row.peak), row.sign, int(row.voxels), number(row.ml, 1), f"{row.p:.3g}", number(row.t)]
        + [number(getattr(row, axis), 0) for axis in "xyz"]
        + [one if isinstance(one, str) else "" for one in (row.region, row.regions, row.seeds)]
        for row in clusters.itertuples()
    ]
    text = {"Sign", "Region", "Regions", "Seeds"}
    return Table(f"Clusters of contrast {name}, coordinates in mm", columns, rows, frozenset(columns) - text)


def _regions(name, regions):
    columns = ["Region", "Voxels", "Effect", "t", "p", "p, all regions", "False discovery rate"]
    rows = [
        [row.region, int(row.voxels), f"{row.effect:.3g}", number(row.t)]
        + [f"{one:.3g}" for one in (row.p, row.p_corrected, row.q)]
        for row in regions.itertuples()
    ]
    return Table(f"Contrast {name} by regions, mean over their voxels", columns, rows, frozenset(columns[1:]))

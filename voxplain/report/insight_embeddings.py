"""Pictures of what networks make of scans, and beside them what can be told from it."""

from voxplain.report.as_written import as_written
from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.scatter import is_colour, is_scale, scatters
from voxplain.report.sentences import article, count, listing, measure_name, number
from voxplain.report.without_features import without_features

SPACES = {
    "features": "features",
    "latents": "latent means",
    "table": "columns",
    "codes": "five codes",
}
METHODS = {"pca": "PCA", "ica": "ICA", "isomap": "Isomap", "tsne": "t-SNE", "umap": "UMAP"}
ROLES = "are scans that the network learned from, {} those that it never saw; t-SNE lays out both together."
READING = (
    "Believe the numbers before the pictures: distances between groups, and clusters that no number follows, mean "
    "nothing. What a linear model tells from held-out features the network holds, and need not use."
)
SCORED = (
    "space",
    "method",
    "column",
    "kind",
    "measure",
    "networks",
    "n",
    "value",
    "chance",
    "chance_low",
    "chance_high",
)


def blocks(results):
    """Points of each experiment's first network and of the table of measures, and what is told from all of them."""
    figures, found = [], []
    stems = {name: f"insight/{name}/embedding" for name in results.experiments}
    for name, stem in (stems | {"table of measures": "insight/table"}).items():
        points, scores, columns = (results.table(f"{stem}_{kind}.tsv") for kind in ("points", "scores", "columns"))
        if points is None or scores is None or columns is None:
            continue
        if points.empty:
            found.append(without_features(results, name, "nothing can be drawn"))
            continue
        pictures = _pictures(name, points, columns.set_index("scan"))
        figures += pictures[:1]
        found += [Text(said) for said in told_sentences(name, scores)]
        found += [Fold(f"Other colours of {name}", pictures[1:])] if pictures[1:] else []
        found.append(Fold(f"Scores of {name}", [_scores(name, scores)]))
    first, *others = figures or [None]
    return first, [*others, *([Text(READING)] if figures else []), *found]


def told_sentences(name, scores):
    """What a probe of each space tells of each column, the mean over networks, beside chance."""
    probes = scores[(scores["kind"] == "probe") & scores["value"].notna()]
    sentences = []
    for (space, measure), part in probes.groupby(["space", "measure"], sort=False):
        told = []
        for column, rows in part.groupby("column", sort=False):
            above = int((rows["value"] > rows["chance_high"]).sum())
            beside = f"chance {number(rows['chance_low'].mean())} to {number(rows['chance_high'].mean())}"
            of = f", above it in {above} of {count(len(rows), 'network')}" if "split" in rows else ""
            told.append(f"{column} with {number(rows['value'].mean())} ({beside}{of})")
        held_out = " of held-out scans" if "split" in part else ""
        sentences.append(
            f"{name}: from {SPACES.get(space, space)}{held_out}, a linear model tells {listing(told)}, each "
            f"{article(measure_name(measure))}."
        )
    return sentences


def _pictures(name, points, columns):
    """A figure for each column that can colour the points of the first network, that of the label first."""
    title = name
    if "split" in points:
        split, seed = points[["split", "seed"]].iloc[0]
        points = points[(points["split"] == split) & (points["seed"] == seed)]
        title = f"{name}, network of split {split} (seed {seed})"
    clouds = {
        f"{SPACES.get(space, space)} by {METHODS.get(method, method)}": rows
        for (space, method), rows in points.groupby(["space", "method"], sort=False)
    }
    figures = []
    for column in columns:
        if not is_colour(columns[column]):
            continue
        scans = count(points["scan"].nunique(), "scan")
        alt = f"{title}: {scans} as points, {listing(clouds)}, coloured by {column}."
        drawn = ("Small dots", "large ones") if is_scale(columns[column]) else ("Rings", "dots")
        caption = f"{alt} {drawn[0]} {ROLES.format(drawn[1])}" if "split" in points else alt
        figures.append(Figure(scatters(clouds, columns[column], column, alt), caption))
    return figures


def _scores(name, scores):
    numbers = ["value", "chance", "chance_low", "chance_high"]
    keys = ["space", "method", "column", "kind", "measure"]
    scored = scores.fillna({"measure": "", "note": ""})
    grouped = scored.groupby(keys, sort=False)
    table = grouped[[*numbers, "n"]].mean().join(grouped["value"].count().rename("networks")).reset_index()
    names = {"n": "Scans", "chance_low": "Chance from", "chance_high": "to", "networks": "Defined for"}
    return as_written(
        table[list(SCORED)], f"What is told of {name}: means over networks, beside exchanged columns", names
    )

"""Regions of an atlas by their share of the relevance: bars with intervals, sentences, tables."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, interval, number

# Regions of each method that are drawn, and rows of its tables, the first of the files'
DRAWN = 6
SHOWN = 40
LEADING = ("correct", "all")


def region_blocks(results, experiment):
    """Figures, sentences and tables of every atlas, from ``atlas-<name>_regions.tsv`` of each method."""
    return [block for atlas in atlases(results, experiment) for block in _of_atlas(results, experiment, atlas)]


def atlases(results, experiment):
    """Names of the atlases whose regions were ranked for an experiment."""
    found = (results.folder / "relevance" / experiment).glob("*/atlas-*_regions.tsv")
    return sorted({path.name.removeprefix("atlas-").removesuffix("_regions.tsv") for path in found})


def _of_atlas(results, experiment, atlas):
    drawn, texts, tables = {}, [], []
    for method in results.methods:
        folder = f"relevance/{experiment}/{method}"
        table = results.table(f"{folder}/atlas-{atlas}_regions.tsv")
        group = next((one for one in LEADING if table is not None and (table["group"] == one).any()), None)
        if group is None:
            texts.append(Text(f"{experiment}, {method}: no region of atlas {atlas} is told.", "missing"))
            continue
        own = table[(table["group"] == group) & table["share"].notna()]
        if len(own):
            title = f"{method}, group {group} ({count(int(own['subjects'].iloc[0]), 'subject')})"
            drawn[title] = [
                (row.region, row.share, row.share_low, row.share_high, [], 0) for row in own.head(DRAWN).itertuples()
            ]
        texts.append(Text(region_sentence(experiment, method, group, own)))
        tables.append(_table(f"{experiment}, {method}", group, own, atlas))
        tables += _further(results, folder, atlas, method, group)
    blocks = [*texts, *([Fold(f"Regions of atlas {atlas}, {experiment}", tables)] if tables else [])]
    if not drawn:
        return blocks
    words = " ".join(text.text for text in texts)
    picture = estimates(drawn, "share of the absolute relevance in all regions", words, 0.0)
    caption = f"Experiment {experiment}, atlas {atlas}: the regions with most relevance, 95 % intervals over subjects."
    return [Figure(picture, caption), *blocks]


def region_sentence(experiment, method, group, own):
    """Which region holds most of a group's relevance, and which holds most for its size."""
    if own.empty:
        return f"{experiment}, {method}: the maps of group {group} are zero in every region."
    first, dense = own.iloc[0], own.loc[own["enrichment"].idxmax()]
    text = (
        f"{experiment}, {method}, group {group}: most relevance lies in {first['region']}, a share of "
        f"{interval(first['share'], first['share_low'], first['share_high'])}, {number(first['enrichment'], 1)} times "
        "what its size alone would have"
    )
    if dense["region"] != first["region"]:
        text += f"; most for its size in {dense['region']}, {number(dense['enrichment'], 1)} times"
    return f"{text}."


def _table(whose, group, own, atlas):
    columns = ["Rank", "Region", "Voxels", "Share", "95 % interval", "Density", "Times its size", "Rank, 95 %"]
    rows = [
        [number(row.rank, 0), row.region, int(row.voxels), number(row.share, 3)]
        + [_span(row.share_low, row.share_high, 3), f"{row.density:.3g}", number(row.enrichment)]
        + [_span(row.rank_low, row.rank_high, 0)]
        for row in own.head(SHOWN).itertuples()
    ]
    more = f"; {count(len(own) - SHOWN, 'more region')} in the file" if len(own) > SHOWN else ""
    return Table(f"{whose}, atlas {atlas}, group {group}{more}", columns, rows, frozenset(columns) - {"Region"})


def _further(results, folder, atlas, method, group):
    """Left against right in a group, and a class against class 0, where there are such rows."""
    tables = []
    sides = results.table(f"{folder}/atlas-{atlas}_sides.tsv")
    if sides is not None and len(sides := sides[sides["group"] == group].head(SHOWN)):
        columns = ["Region", "Left minus right over their sum", "95 % interval"]
        rows = [
            [row.region, number(row.asymmetry), _span(row.asymmetry_low, row.asymmetry_high)]
            for row in sides.itertuples()
        ]
        title = f"{method}, group {group}: asymmetry, positive to the left"
        tables.append(Table(title, columns, rows, frozenset(columns[1:])))
    gains = results.table(f"{folder}/atlas-{atlas}_gains.tsv")
    if gains is not None and len(gains := gains[gains["group"] == gains["group"].min()].head(SHOWN)):
        columns = ["Group", "Against", "Region", "Times as strong", "95 % interval"]
        rows = [
            [row.group, row.against, row.region, number(row.gain), _span(row.gain_low, row.gain_high)]
            for row in gains.itertuples()
        ]
        tables.append(Table(f"{method}: strength of one class over the other's", columns, rows, frozenset(columns[3:])))
    return tables


def _span(low, high, digits=2):
    defined = np.isfinite(low) and np.isfinite(high)
    return f"{number(low, digits)} to {number(high, digits)}" if defined else "undefined"

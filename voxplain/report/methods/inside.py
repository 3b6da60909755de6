"""What the text on methods says of looking inside networks: each part that left a table."""

from voxplain.report.sentences import listing

EMBEDDINGS = {
    "pca": ("principal components", ()),
    "ica": ("independent components", ("hyvarinen2000",)),
    "isomap": ("Isomap", ("tenenbaum2000",)),
    "tsne": ("t-SNE", ("vandermaaten2008",)),
    "umap": ("UMAP", ("mcinnes2018",)),
}
INFLUENCE = {"influence_functions": ("influence functions", "koh2017"), "tracin": ("TracIn", "pruthi2020")}


def inside(results, cite):
    """Sentences on every part of looking inside that ran."""
    asked, said = results.settings.get("insight", {}), []

    def ran(part, pattern):
        return asked.get(part, {}).get("run", False) and any(results.folder.glob(f"insight/{pattern}"))

    if ran("first_layer", "*/first_layer_groups.tsv"):
        said.append(
            "Means and entropies of the first layer's maps of held-out scans were compared between groups by Welch's "
            f"test, corrected for their number {cite('holm1979', 'benjamini1995')}, beside networks never trained."
        )
    if ran("activation_maximisation", "*/ideal_inputs/*.tsv"):
        said.append(f"Inputs to which a network answers most strongly were found by ascent {cite('erhan2009')}.")
    if ran("examples", "*/examples.tsv"):
        said.append(f"Typical and atypical subjects are prototypes and criticisms of features {cite('kim2016')}.")
    if ran("influence", "*/influence/*.tsv"):
        named = [f"{words} {cite(paper)}" for words, paper in map(INFLUENCE.get, asked["influence"]["methods"])]
        said.append(f"Which training scans made networks say what they say was asked by {listing(named)}.")
    if ran("embeddings", "*/embedding_points.tsv"):
        told = [EMBEDDINGS[one] for one in asked["embeddings"]["methods"]]
        named = [f"{words} {cite(*papers)}" if papers else words for words, papers in told]
        said.append(f"Features were laid out on a plane by {listing(named)}, and columns told from them across folds.")
    if ran("surrogates", "*/surrogates_fidelity.tsv"):
        said.append(
            "Sparse linear models and shallow trees learned the networks' answers from training scans; how well they "
            f"foretell them was measured on held-out scans {cite('craven1996')}."
        )
    if ran("concepts", "*/concepts.tsv"):
        papers = cite("kim2018", "graziani2018")
        said.append(f"Whether answers grow with a concept was tested against random concepts {papers}.")
    if ran("latents", "*/latents/*.tsv"):
        said.append(f"Codes of variational autoencoders {cite('kingma2014')} were moved and decoded.")
    return said

"""What the text on methods says of the maps: how they were made, averaged, tested and compared."""

from voxplain.report.sentences import count, listing
from voxplain.volumes.space import OWN, space_of_input

PAPERS = {
    "gradient": ("the gradient", ("simonyan2014",)),
    "grad_times_input": ("gradient times input", ("shrikumar2016",)),
    "smoothgrad": ("SmoothGrad", ("smilkov2017",)),
    "integrated_gradients": ("integrated gradients", ("sundararajan2017",)),
    "interior_gradients": ("interior gradients", ("sundararajan2016",)),
    "guided_integrated_gradients": ("guided integrated gradients", ("kapishnikov2021",)),
    "expected_gradients": ("expected gradients", ("erion2021",)),
    "deeplift": ("DeepLIFT, rescale rule", ("shrikumar2017",)),
    "lrp_epsilon": ("layer-wise relevance propagation", ("bach2015",)),
    "deconvnet": ("the deconvolutional network", ("zeiler2014",)),
    "guided_backprop": ("guided backpropagation", ("springenberg2015",)),
    "grad_cam": ("Grad-CAM", ("selvaraju2017",)),
    "guided_grad_cam": ("guided Grad-CAM", ("selvaraju2017",)),
    "layer_cam": ("LayerCAM", ("jiang2021",)),
    "hires_cam": ("HiResCAM", ("draelos2020",)),
    "cam": ("class activation maps", ("zhou2016", "yang2018")),
    "attention_maps": ("attention maps", ("kan2020",)),
    "occlusion": ("occlusion", ("zeiler2014", "rieke2018")),
    "region_occlusion": ("occlusion of regions", ("rieke2018",)),
    "hierarchical_occlusion": ("occlusion of nested segments", ("yang2018",)),
    "meaningful_perturbation": ("meaningful perturbation", ("fong2017", "kan2020")),
}
SCORES = {"log_odds": "the log-odds", "logit": "the logit", "probability": "the probability"}
AGREEMENT = {
    "pearson": "Pearson's correlation", "spearman": "Spearman's correlation", "dice": "Dice overlap",
    "iou": "intersection over union", "euclidean": "Euclidean distance", "wasserstein": "sliced Wasserstein distance",
    "ssim": "structural similarity",
}  # fmt: skip
AGREEMENT_PAPERS = {"dice": "dice1945", "ssim": "wang2004"}
CORRECTED = {
    "cluster_size": "the size of clusters",
    "cluster_mass": "the mass of clusters",
    "tfce": "threshold-free cluster enhancement",
    "voxel": "the largest statistic",
}


def maps(results, cite):
    """Sentences on every method whose maps are there."""
    found = [one for one in results.settings["methods"] if _made(results, one["name"])]
    if not found:
        return []
    said = [
        "Every held-out scan was explained by the network of the split that never saw it. No map is scaled to a "
        "range of "
        "its own. Methods, by the names that pictures and tables have:"
    ]
    return said + [_method(results, one, cite) for one in found]


def groups(results, cite):
    """Sentences on group maps, regions, agreement and comparisons, of what was left on disk."""
    asked, said = results.settings.get("relevance", {}), []
    if any(results.folder.glob("relevance/*/*/groups.tsv")):
        named = f" ({listing(asked['groups'])})" if asked.get("groups") else ""
        said.append(
            f"Maps were averaged over groups of subjects{named}, each subject counted once, on the grid of an "
            f"experiment's volumes{_unregistered(results)}."
        )
    if atlases := sorted(
        {
            path.name[len("atlas-") : -len("_regions.tsv")]
            for path in results.folder.glob("relevance/*/*/atlas-*_regions.tsv")
        }
    ):
        drawn = f" from {count(asked['bootstrap'], 'resample')} of subjects" if "bootstrap" in asked else ""
        said.append(
            f"Regions of the {'atlas' if len(atlases) == 1 else 'atlases'} {listing(atlases)} were ranked by the "
            "mean absolute "
            f"relevance of their voxels, with bootstrap intervals{drawn}."
        )
    if any(results.folder.glob("relevance/*/agreement.tsv")) and asked.get("agreement"):
        measures = [f"{AGREEMENT[one]}{_paper(one, cite)}" for one in asked["agreement"]]
        said.append(f"How far maps of methods, splits and subjects agree was measured by {listing(measures)}.")
    if asked.get("contrasts") and any(results.folder.glob("relevance/*/*/contrast-*")):
        test, drawn = asked["statistics"]["test"], asked["statistics"]["permutations"]
        paper = f" {cite('smith2009')}" if test == "tfce" else ""
        said.append(
            f"Maps of subjects were compared ({listing(asked['contrasts'])}) by Student's t at each voxel under "
            f"{drawn} "
            f"rearrangements of residuals within splits {cite('freedman1983', 'winkler2014')}, corrected by "
            f"{CORRECTED[test]}"
            f"{paper} and by the false discovery rate {cite('benjamini1995')}."
        )
    if asked.get("outside"):
        said.append(
            f"Group maps were held against {listing(asked['outside'])}, beside {asked['statistics']['surrogates']} "
            "random maps "
            f"with the same variogram {cite('burt2020')}."
        )
    return said


def _unregistered(results):
    inputs = results.settings["inputs"]
    own = [name for name, one in results.experiments.items() if space_of_input(inputs[one["input"]], "") == OWN]
    return f"; those of {listing(own)} were not registered, so a voxel of one brain is none of another" if own else ""


def _made(results, name):
    return any(results.folder.glob(f"relevance/*/{name}/groups.tsv")) or any(
        results.folder.glob(f"explain/*/{name}/*.h5")
    )


def _method(results, one, cite):
    title, keys = PAPERS.get(one["method"], (one["method"].replace("_", " "), ()))
    paper = f" {cite(*keys)}" if keys else ""
    options = ", ".join(f"{key} {_told(value)}" for key, value in (one.get("options") or {}).items())
    usual = "log_odds" if len(results.class_names()) == 2 else "logit"
    target, score = one.get("target", "predicted"), SCORES[one.get("score") or usual]
    about = "the predicted class" if target == "predicted" else f"class {_class_names(results, target)}"
    if not results.class_names():
        score, about = "what was told", "the label"
    return f"{one['name']}: {title}{paper}{f', with {options}' if options else ''}, of {score} of {about}."


def _class_names(results, target):
    labels = dict.fromkeys(results.label(name) for name in results.experiments)
    return results.class_name(target) if len(labels) == 1 and isinstance(target, int) else target


def _told(value):
    return " ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)


def _paper(measure, cite):
    return f" {cite(AGREEMENT_PAPERS[measure])}" if measure in AGREEMENT_PAPERS else ""

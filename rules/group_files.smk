"""What the stage of groups leaves, and what of it a study asks for: the functions that say so to the rules."""

from voxplain.relevance.image_names import image_names
from voxplain.settings.grouping import MADE_ATLAS

RELEVANCE = SETTINGS["relevance"]
ATLASES = [one["name"] for one in SETTINGS["template"]["atlases"]] + [MADE_ATLAS] * MADE
# maps about one class, whatever is predicted, can be compared between subjects
OF_ONE_CLASS = [one["name"] for one in SETTINGS["methods"] if one["target"] != "predicted"]
# what a comparison leaves as images, by name
CONTRAST_IMAGES = ["effect", "t", "p", "q", "p_voxel", "p_test"]


wildcard_constraints:
    atlas=one_of(ATLASES),
    contrast=one_of(RELEVANCE["contrasts"]),
    outside=one_of(RELEVANCE["outside"]),


def atlas_file(end, name="{atlas}"):
    """The prepared labels (`nii.gz`) or names (`tsv`) of an atlas, of the wildcard's where none is named."""
    return f"results/{{study}}/template/{SPACE}_atlas-{name}_dseg.{end}"


def asked_of_groups(*names):
    """Some keys of the section `relevance`: a rule is given no more than it uses."""
    return {name: RELEVANCE[name] for name in names}


def table_of_columns(wildcards):
    """The table of all scans, where groups go by its columns; nothing where none does."""
    return f"results/{wildcards.study}/cohort/scans.tsv" if set(RELEVANCE["by"]) - {"split"} else []


def group_images():
    """The images of the groups that the settings name."""
    return [_of_method(name) for group in RELEVANCE["groups"] for name in image_names(group)]


def groups_asked():
    """All that is told of groups beside their averages: regions, agreement, comparisons, and what is held against them."""
    names = [f"atlas-{atlas}_regions.tsv" for atlas in ATLASES]
    names += [f"outside-{outside}.tsv" for outside in RELEVANCE["outside"]]
    names += [f"atlas-{atlas}_subtypes.tsv" for atlas in ATLASES if RELEVANCE["subtypes"]]
    names += ["stability.tsv"] if len(SEEDS) > 1 else []
    compared = [f"contrast-{contrast}_clusters.tsv" for contrast in RELEVANCE["contrasts"]]
    paths = [path for name in names for path in of_every_experiment(_of_method(name))]
    paths += [path for name in compared for path in of_every_experiment(_of_method(name), OF_ONE_CLASS)]
    if RELEVANCE["agreement"]:
        paths += of_every_experiment("results/{study}/relevance/{experiment}/agreement.tsv")
    return paths


def _of_method(name):
    """The path of what the stage leaves of each method under `name`."""
    return f"results/{{study}}/relevance/{{experiment}}/{{method}}/{name}"

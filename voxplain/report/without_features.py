"""Why networks have no features, in one sentence."""

from voxplain.insight.feature_files import read_features
from voxplain.report.blocks import Text
from voxplain.report.sentences import listing


def without_features(results, experiment, so):
    """The sentence that ``so``, what then cannot be said of ``experiment``, with each reason that its networks give."""
    paths = sorted((results.folder / f"insight/{experiment}/features").glob("*.npz"))
    reasons = dict.fromkeys(read_features(path).about.get("empty") for path in paths)
    told = listing(reason for reason in reasons if reason) or "features are alike in all scans, or of too few of them"
    return Text(f"{experiment}: {so}, because {told}.", "missing")

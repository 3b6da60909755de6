"""The section on what networks look like inside: every part that left something, with its picture first."""

from voxplain.report import (
    insight_activation_maximisation,
    insight_concepts,
    insight_embeddings,
    insight_examples,
    insight_first_layer,
    insight_influence,
    insight_latents,
    insight_surrogates,
    insight_transfer,
    insight_weights,
)
from voxplain.report.blocks import Heading, Section

# Of each part of the settings, its heading and its blocks
PARTS = {
    "weights": ("Weights", insight_weights),
    "first_layer": ("Groups in the first layer", insight_first_layer),
    "activation_maximisation": ("Ideal inputs", insight_activation_maximisation),
    "examples": ("Typical and atypical subjects", insight_examples),
    "influence": ("Influence of training scans", insight_influence),
    "embeddings": ("Pictures of features", insight_embeddings),
    "surrogates": ("Simple models that answer alike", insight_surrogates),
    "concepts": ("Concepts", insight_concepts),
    "latents": ("Codes of autoencoders", insight_latents),
    "transfer": ("With and without pretraining", insight_transfer),
}
READING = (
    "This is about networks, not about any one scan: what they hold and answer to, and from whom they learned it.",
    "Whatever is fitted is fitted on a network's own training scans and shown or judged on scans that it never saw.",
)


def section(results):
    """The section, of the parts that run and left files; None where none did."""
    first, found = None, []
    for name, (title, part) in PARTS.items():
        # what an earlier run with other settings left is still there
        if not results.settings.get("insight", {}).get(name, {}).get("run", True):
            continue
        picture, blocks = part.blocks(results)
        if picture is None and not blocks:
            continue
        found.append(Heading(title))
        if first is None and picture is not None and len(found) == 1:
            first = picture
        elif picture is not None:
            found.append(picture)
        found += blocks
    return Section("insight", "Inside the network", READING, first, found) if found else None

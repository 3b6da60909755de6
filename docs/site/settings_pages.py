"""A page of the site for each group of settings, made of the comments in config/ so that it cannot say otherwise."""

import re
from pathlib import Path
from typing import NamedTuple

import yaml

CONFIG = Path(__file__).resolve().parents[2] / "config"
# Files that hold settings with their defaults and meanings; the others say what is ready to be named
LISTS = ("labels", "methods", "recipes", "trainings")
MORE = {
    "cohort": ["inputs.md", "test_cohorts.md", "quality.md", "safety.md"],
    "template": ["regions.md", "stripping.md"],
    "inputs": ["stripping.md", "effects_kept.md"],
    "experiments": ["networks.md", "augmentation.md", "trials.md"],
    "methods": ["methods/README.md"],
    "folds": ["folds.md"],
    "training": ["training.md"],
    "report": ["report.md", "figures.md", "viewer.md"],
    "baselines": ["baselines.md", "tabular.md", "five_arms.md"],
    "insight": ["insight/README.md"],
    "relevance": ["groups.md", "regions.md", "comparisons.md"],
    "sanity": ["checks/README.md"],
    "mine": ["own_model.md"],
    "publishing": ["published.md"],
}


class Setting(NamedTuple):
    """One setting: its names from the section down, what is said above it, and its default as it is written."""

    path: tuple
    comment: str
    default: str


def settings_of(text):
    """Every Setting of the YAML ``text``, in its order; a section that stands over others has no default of its own."""
    lines = text.splitlines()
    return list(_settings(yaml.compose(text), (), lines, text))


def settings_pages():
    """``{name of the page: its Markdown}``: for each section, for single settings, and for one's own scan."""
    groups = {}
    for path in sorted(CONFIG.glob("*.yaml"), key=lambda one: (one.stem != "config", one.stem)):
        if path.name.endswith(".schema.yaml") or path.stem in LISTS:
            continue
        own = settings_of(path.read_text(encoding="utf-8"))
        sections = {one.path[0] for one in own if not one.default or len(one.path) > 1}
        for one in own:
            name = one.path[0] if one.path[0] in sections or one.path[0] == "methods" else "study"
            groups.setdefault(name if path.stem == "config" else path.stem, (path.name, []))[1].append(one)
    return {name: _page(name, file, settings) for name, (file, settings) in groups.items()}


def _settings(node, above, lines, text):
    for key, value in node.value:
        path = (*above, key.value)
        nested = isinstance(value, yaml.MappingNode) and not value.flow_style
        default = "" if nested else _source(value, text)
        yield Setting(path, _comment_above(lines, key.start_mark.line), default)
        if nested:
            yield from _settings(value, path, lines, text)


def _source(value, text):
    written = text[value.start_mark.index : value.end_mark.index].rstrip()
    kept = [line for line in written.splitlines() if line.strip() and not line.strip().startswith("#")]
    indent = value.start_mark.column
    return "\n".join([kept[0], *(line[indent:] if not line[:indent].strip() else line.strip() for line in kept[1:])])


def _comment_above(lines, number):
    found = []
    while number and lines[number - 1].strip().startswith("#"):
        number -= 1
        found.insert(0, lines[number].strip().lstrip("#").strip())
    return "\n".join(found)


def _page(name, file, settings):
    words = [
        f"# {name}\n",
        f"Settings as they stand in [config/{file}](../../config/{file}), with their defaults.\n",
    ]
    if name in MORE:
        pages = ", ".join(f"[{page.removesuffix('.md').removesuffix('/README')}](../{page})" for page in MORE[name])
        words.append(f"More: {pages}.\n")
    told = {}
    for one in settings:
        section = len(one.path) == 1 and not one.default
        if section and not one.comment:
            continue
        if not section:
            words.append(f"{'#' * min(max(len(one.path), 2), 4)} `{'.'.join(one.path)}`\n")
        *parent, last = one.path
        if one.comment:
            words.append(f"{_text(one.comment)}\n")
            told = {tuple(parent): last}
        elif tuple(parent) in told:
            words.append(f"Described with `{told[tuple(parent)]}`, above.\n")
        if one.default:
            words.append(f"Default: `{one.default}`\n" if "\n" not in one.default else f"```yaml\n{one.default}\n```\n")
    return "\n".join(word for word in words if word)


def _text(comment):
    """``comment`` as Markdown: only its code is markup, and pages of the documentation that it names are links."""
    parts = re.split(r"(`[^`]+`)", comment)
    plain = "".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return re.sub(r"docs/([\w\\/]+\.md)", lambda found: "[{0}](../{0})".format(found[1].replace("\\", "")), plain)


def _escaped(text):
    return re.sub(r"([\\`*_\[\]])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")

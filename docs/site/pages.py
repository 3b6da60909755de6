"""All that the site shows: the project's Markdown, a page for each group of settings, and the files they name."""

import re
from pathlib import Path

from docs.site.links import MOVED, PICTURES, ROOT, followed, place_of
from docs.site.settings_pages import settings_pages

LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".cff": "yaml", ".py": "python", ".smk": "python", ".toml": "toml"}
SETTINGS = "docs/settings/{}.md"


def site_sources(root=ROOT):
    """``{place: Markdown, or the Path of a picture}`` of the whole site, every link in it one of the site.

    Raises InputError for a link to nothing.
    """
    made = {SETTINGS.format(name): text for name, text in settings_pages().items()}
    asked = [*MOVED, *made, *(str(page.relative_to(root)) for page in (root / "docs").rglob("*.md"))]
    sources = {}
    while asked:
        path = asked.pop()
        if place_of(path) in sources:
            continue
        if path.endswith(PICTURES):
            sources[place_of(path)] = root / path
            continue
        text = made.get(path) or (root / path).read_text(encoding="utf-8")
        if path == "config/README.md":
            text = _with_groups(text, made)
        if not path.endswith(".md"):
            text = f"# {path}\n\n````{LANGUAGES.get(Path(path).suffix, 'text')}\n{text}\n````\n"
        sources[place_of(path)], needed = followed(path, _graph_as_table(text), made, root)
        asked += sorted(needed)
    return sources


def _with_groups(text, made):
    links = "".join(f"- [{Path(path).stem}](../{path})\n" for path in made)
    return f"{text}\n## Every setting, by group\n\n{links}"


def _graph_as_table(text):
    """``text`` with its graphs as tables: what draws them would have to be fetched from elsewhere."""
    return re.sub(r"```mermaid\n(.*?)```", lambda found: _table(found[1]), text, flags=re.S)


def _table(graph):
    """The arrows of ``graph`` as a table, a row for each rule that something takes from."""
    leads = {}
    for before, after in re.findall(r"(\w+) --> (\w+)", graph):
        leads.setdefault(before, []).append(f"`{after}`")
    rows = "".join(f"| `{rule}` | {', '.join(others)} |\n" for rule, others in leads.items())
    return f"| rule | what takes its output |\n| --- | --- |\n{rows}"

"""What MkDocs asks of the project while it builds the site: the pages, and where they stand in the navigation."""

from fnmatch import fnmatchcase

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from docs.site.pages import site_sources
from voxplain.errors import InputError


def on_config(config):
    """Patterns in the navigation become the pages that there are."""
    try:
        config.nav = expanded_nav(config.nav, sorted(site_sources()))
    except InputError as fault:
        raise PluginError(str(fault)) from fault
    return config


def on_files(files, config):
    """The sources of the site in place of the folder that MkDocs looked through; what the theme brings stays."""
    brought = [file for file in files if file.src_dir != config.docs_dir]
    own = [
        File.generated(config, place, content=source)
        if isinstance(source, str)
        else File.generated(config, place, abs_src_path=str(source))
        for place, source in site_sources().items()
    ]
    return Files([*brought, *own])


def expanded_nav(nav, places):
    """``nav`` with each pattern (``methods/*``) replaced by those ``places`` that match it and stand nowhere else."""
    named = set(_named(nav))
    return _expanded(nav, [place for place in places if place not in named])


def _named(entry):
    if isinstance(entry, str):
        return [entry]
    parts = entry if isinstance(entry, list) else entry.values()
    return [name for part in parts for name in _named(part)]


def _expanded(entry, places):
    if isinstance(entry, dict):
        return {title: _expanded(part, places) for title, part in entry.items()}
    if not isinstance(entry, list):
        return entry
    found = []
    for part in entry:
        pattern = isinstance(part, str) and "*" in part
        found += [place for place in places if fnmatchcase(place, part)] if pattern else [_expanded(part, places)]
    return [part for part in found if part != {} and list(getattr(part, "values", list)()) != [[]]]

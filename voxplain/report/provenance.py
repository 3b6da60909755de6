"""The section on provenance: settings, versions and files, enough to run the study again."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version

import yaml

import voxplain
from voxplain.report.blocks import Code, Figure, Fold, Heading, Section, Table, Text
from voxplain.report.overview import settings_hash
from voxplain.report.points import bars
from voxplain.report.sentences import count, listing

READING = (
    "The bars are what each stage left on disk, in megabytes; everything on this page was read from these files.",
    "The same settings and the same versions give the same numbers: save the settings below as a file and pass it with "
    "--configfile.",
)
LEAVES = (
    "Nothing: neither the study's jobs nor these pages ask a network for anything. Whoever is given the folder of this "
    "report is given the names of scans, their labels, measures and answers, and pictures and volumes of heads, with "
    "their faces where an input keeps them."
)
PACKAGES = (
    "torch",
    "antspyx",
    "torchio",
    "nibabel",
    "nilearn",
    "scikit-learn",
    "scipy",
    "numpy",
    "pandas",
    "h5py",
    "matplotlib",
    "snakemake",
)


def section(results):
    """The section, from the settings, the installed packages and the files of the study."""
    files = sorted(path for path in results.folder.rglob("*") if path.is_file())
    files = [path for path in files if path.relative_to(results.folder).parts[0] != "report"]
    stages = {}
    for path in files:
        stages.setdefault(path.relative_to(results.folder).parts[0], []).append(path.stat().st_size / 1e6)
    text = f"{listing(f'{stage} {sum(sizes):.1f} MB' for stage, sizes in stages.items())}."
    sizes = {stage: sum(sizes) for stage, sizes in stages.items()}
    blocks = [
        Text(f"Settings {settings_hash(results.settings)}; {count(len(files), 'file')} on disk."),
        Heading("What leaves this machine"),
        Text(LEAVES),
        Heading("Settings"),
        Code("Settings as YAML", yaml.safe_dump(results.settings, sort_keys=False, allow_unicode=True)),
        Heading("Versions"),
        Table("Versions", ["Package", "Where this page was written", "Where networks were trained"], versions(results)),
        Heading("Files"),
        Fold("Tables behind this page", [_tables(results, files)]),
    ]
    picture = Figure(bars(sizes, "megabytes", text)) if sizes else None
    return Section("provenance", "Provenance", READING, picture, blocks)


def versions(results):
    """Rows of package, version here and version that trained the networks; a package that is not there says so."""
    cards = [json.loads(path.read_text()) for path in sorted(results.folder.glob("train/*/*.card.json"))]
    rows = [["Python", platform.python_version(), ""], ["voxplain", voxplain.__version__, ""]]
    for package in PACKAGES:
        trained = {card["versions"][package] for card in cards if package in card.get("versions", {})}
        rows.append([package, _here(package), ", ".join(sorted(trained))])
    return rows


def _here(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed here"


def _tables(results, files):
    rows = [
        [str(path.relative_to(results.folder)), f"{path.stat().st_size / 1e3:.1f}"]
        for path in files
        if path.suffix == ".tsv"
    ]
    return Table("Tables", ["File", "kB"], rows, frozenset({"kB"}))

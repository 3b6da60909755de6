"""Plans of the published studies, all by one process: each on archives like those that it asks for, and its made twin.

``python -m tests.workflow.published_plans STUDY...`` in a checkout: a line of JSON, what is planned by study and kind.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import yaml
from snakemake.cli import main

from tests.workflow.checkout import jobs_in
from voxplain.attribution.table import method_options, methods
from voxplain.demo.twins import adni, hcp
from voxplain.demo.twins.make import make_twin
from voxplain.networks.table import network_options, networks
from voxplain.settings.known import default_settings
from voxplain.settings.merging import merged_settings

# Enough for every fold, and for 60 patients who are held out
PEOPLE = {"hcp_sex": 24, "hcp_five_arms": 24, "hcp_age": 24, "adni_voxcnn": 48, "adni_rieke": 160}
# One of the five repeats: jobs of a repeat are like those of another
FEWER = {"adni_voxcnn": {"repeats": 1}}
OF_FILES = ("archives", "table", "tables", "features")
KNOWN = {one: network_options(one) for one in networks()}, {one: method_options(one) for one in methods()}


def stand_in(name):
    """The settings of the published study ``name`` with the paths of made files in its layout, which are made now."""
    user = yaml.safe_load(Path(f"config/studies/{name}.yaml").read_text())
    user.pop("twin")
    twin = merged_settings(user | {"made": True, "twin": {"cohort": {"made": {"subjects": PEOPLE[name]}}}}, *KNOWN)
    make_twin(twin)
    cohort, further = user["cohort"], user["cohort"].get("test_cohorts", {})
    moved = cohort | {key: twin["cohort"][key] for key in OF_FILES if key in cohort} | {"test_cohorts": further}
    for one, own in further.items():
        further[one] = own | {key: twin["cohort"]["test_cohorts"][one][key] for key in OF_FILES if key in own}
    template = user.get("template", {}) | {"atlases": twin["template"]["atlases"]}
    folds = user.get("folds", {}) | ({"given": twin["folds"]["given"]} if twin["folds"]["given"] else {})
    return user | {"cohort": moved, "template": template, "folds": folds | FEWER.get(name, {})}


def plan(config, *further):
    """Jobs of each rule of a dry run with this file of settings; what it said where it failed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = main(["-n", "--quiet", "rules", "--cores", "1", "--configfile", str(config), *further])
        except SystemExit as stopped:
            status = stopped.code
    return f"{said.getvalue()}{status}"[-3000:] if status else jobs_in(said.getvalue())


def plans(name):
    """The study's plan over stand-ins of its archives, that of its made twin, and what is said before paths are set."""
    config, shipped = Path(f"{name}_standins.yaml"), Path(f"config/studies/{name}.yaml")
    config.write_text(yaml.safe_dump(stand_in(name)))
    return {"real": plan(config), "made": plan(shipped, "--config", "made=true"), "unset": plan(shipped)}


def give_everybody_one_head():
    """A plan opens no volume, and drawing a head takes longer than planning its scans."""
    head = hcp.picture(default_settings()["cohort"]["made"] | {"spacing": 6.0}, 0)
    for module in (adni, hcp):
        module.picture = lambda made, place: head
    adni.smooth_noise = lambda *asked: 0.0


if __name__ == "__main__":
    give_everybody_one_head()
    sys.stdout.write(json.dumps({name: plans(name) for name in sys.argv[1:]}) + "\n")

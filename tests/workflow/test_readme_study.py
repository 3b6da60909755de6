"""The study that the README shows, with archives where its paths lead."""

import re

import pytest
import yaml

from tests.workflow import made_inputs as made
from tests.workflow.checkout import ROOT, Checkout

SHOWN = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[0]
COMMAND = re.search(r"`snakemake --cores \d+ --configfile (\w+\.yaml)`", (ROOT / "README.md").read_text())


@pytest.mark.slow
@pytest.mark.xdist_group("planning")
def test_the_study_of_the_readme_plans_once_its_paths_lead_to_archives(tmp_path):
    checkout = Checkout(tmp_path)
    settings = yaml.safe_load(SHOWN)
    ids = [str(number) for number in range(100101, 100141)]
    for source_id in ids:
        members = {f"{source_id}/T1w/{name}.nii.gz": b"planned without being read" for name in
                   ("T1w_acpc_dc_restore_brain", "T1w_acpc_dc_restore", "brainmask_fs")}  # fmt: skip
        made.write_zip(tmp_path / "data/hcp" / f"{source_id}_3T_Structural_preproc.zip", members)
    rows = [(source_id, "FM"[place % 2]) for place, source_id in enumerate(ids)]
    made.write_table(tmp_path / "data/unrestricted_hcp.csv", ["Subject", "Gender"], rows)
    (tmp_path / COMMAND[1]).write_text(SHOWN.replace("/data/", f"{tmp_path}/data/"))
    planned = checkout.planned(config=COMMAND[1])
    assert planned["extract_scan"] == planned["prepare_scan"] == 40
    assert planned["train_fold"] == settings["folds"]["k"] == 10 and planned["write_report"] == 1

"""What the pages on faults and on additions of one's own say is what the code does."""

import re

import torch

from tests.conventions.documents import ROOT, blocks
from voxplain.attribution.scoring import asked
from voxplain.cohort.flow import STAGES
from voxplain.networks.table import networks
from voxplain.volumes import headers, quality

FAULTS = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")


def test_every_stage_at_which_a_scan_may_end_stands_on_the_page_on_faults():
    table = FAULTS.split("## A scan is left out")[1].split("\n## ")[0]
    assert {stage for row in re.findall(r"^\| (`.*?) \|", table, re.M) for stage in re.findall(r"`(\w+)`", row)} >= set(
        STAGES
    )


def test_limits_of_headers_and_registrations_are_as_the_page_on_faults_says():
    low, high = headers.SPACING_LIMITS
    assert f"below {headers.SMALLEST_AXIS} voxels along an axis, voxels outside {low:g} to {high:g} mm" in FAULTS
    assert f"more than {headers.APART:g} mm apart" in FAULTS
    low, high = quality.DETERMINANT_LIMITS
    assert f"by less than {low:g} or more than {high:g}" in FAULTS
    assert f"smoothed to {quality.COMPARED_AT:g} mm, correlates" in FAULTS
    assert f"by less than {quality.LEAST_CORRELATION:g} " in FAULTS


def test_the_network_and_the_method_of_the_page_on_additions_work_together():
    shown = [block.text for block in blocks("python") if block.document == "docs/extending.md"]
    names = {"_NETWORKS": {}}
    for text in shown:
        exec(compile(text, "docs/extending.md", "exec"), names)
    assert set(names["_NETWORKS"]) == {"tiny_net"} and "tiny_net" not in networks()
    network, volumes = names["tiny_net"]((12, 10, 8), 3, width=2).eval(), torch.rand(2, 1, 12, 10, 8)
    assert network(volumes).shape == (2, 3) and dict(network.named_modules())[network.cam_layer]
    maps = names["half_gradient"](asked(network, "predicted", "logit", volumes), volumes)
    assert maps.shape == volumes.shape and maps.flatten(1).any(1).all()

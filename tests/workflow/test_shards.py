"""A study whose scans share jobs and files is the same study."""

import pytest
import yaml

from tests.workflow.checkout import Checkout
from voxplain.store import Volumes

pytestmark = pytest.mark.xdist_group("shards")
TABLES = "cohort/scans.tsv", "cohort/ledger.tsv", "quality/qc.tsv"


@pytest.fixture(scope="module")
def sharded(tmp_path_factory):
    """A checkout whose small study has four scans a shard."""
    checkout = Checkout(tmp_path_factory.mktemp("sharded"))
    path = checkout.folder / "tests" / "study" / "config.yaml"
    settings = yaml.safe_load(path.read_text())
    settings.setdefault("cohort", {})["shard_size"] = 4
    path.write_text(yaml.safe_dump(settings))
    return checkout


def test_jobs_are_planned_by_shard(sharded):
    planned = sharded.planned()
    assert planned["extract_shard"] == planned["prepare_shard"] == planned["pack_shard"] == 3
    assert planned["index_shards"] == 1 and not {"extract_scan", "prepare_scan", "pack_input"} & set(planned)


@pytest.mark.slow
def test_shards_leave_the_same_volumes_and_tables_as_a_job_a_scan(sharded, study):
    results = sharded.folder / "results" / "small"
    wanted = [f"results/small/{path}" for path in ("packed/affine.h5", *TABLES)]
    sharded.snakemake(*wanted)
    ours, theirs = Volumes(results / "packed/affine.h5"), Volumes(study.folder / "results/small/packed/affine.h5")
    assert ours.scans == theirs.scans and ours.checksums == theirs.checksums
    for path in TABLES:
        assert (results / path).read_bytes() == (study.folder / "results/small" / path).read_bytes(), path
    assert "Nothing to be done" in sharded.snakemake(*wanted)


@pytest.mark.slow
def test_of_a_killed_shard_only_what_was_not_finished_is_done_again(sharded):
    wanted = "results/small/volumes/shards/affine_shard-0001.json"
    sharded.snakemake(wanted)
    listing, content = sharded.folder / wanted, (sharded.folder / wanted).read_bytes()
    notes = listing.with_name(f".{listing.name}.notes")
    lines = notes.read_text().splitlines()
    # as a job leaves it that was killed while it worked on the fourth scan
    notes.write_text("\n".join(lines[:7]) + "\n")
    listing.unlink()
    sharded.snakemake(wanted)
    log = (sharded.folder / "logs/small/prepare_shard/affine_0001.log").read_text()
    assert "3 of 4 scans are as they should be already" in log
    assert listing.read_bytes() == content

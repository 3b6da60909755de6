"""What disturbs a study without killing it: a second run, clocks that are wrong, files that vanish or change."""

import os
import random

import h5py
import pytest

from tests.workflow.leftovers import differing, digests

pytestmark = pytest.mark.xdist_group("study")
DAY = 86400e9  # nanoseconds


def test_a_second_run_in_the_same_folder_is_refused_and_touches_nothing(study):
    lock = study.folder / ".snakemake/locks/0.output.lock"
    before = digests(study.folder / "results")
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("results/small/report/index.html\n")
    try:
        said = study.snakemake("--forcerun", "write_report", check=False)
    finally:
        lock.unlink()
    assert "Directory cannot be locked" in said and "--unlock" in said
    assert differing(digests(study.folder / "results"), before) == []


def test_clocks_that_are_wrong_by_a_day_either_way_rerun_nothing(study):
    generator, times = random.Random(5), {}
    for part, shift in ("results", 0), ("data", 0), ("scripts", -2):
        for path in (study.folder / part).rglob("*"):
            state = path.stat()
            times[path] = state.st_atime_ns, state.st_mtime_ns
            # Of scripts alone Snakemake goes by the time: they are older than what they made, whatever the clock
            moved = state.st_mtime_ns + int((shift + generator.uniform(-1, 1)) * DAY)
            os.utime(path, ns=(moved, moved))
    try:
        assert study.planned() == {}
    finally:
        for path, both in times.items():
            os.utime(path, ns=both)


@pytest.mark.slow
def test_a_store_that_is_cut_or_changed_between_stages_is_named_and_packed_again(survivor):
    store = survivor.results / "packed/affine.h5"
    maps = next(paths[0] for paths in survivor.outputs()["explain_split"])
    content = store.read_bytes()
    flipped = bytearray(content)
    with h5py.File(store) as file:
        for place in range(len(file["scan"])):
            flipped[file["volumes"].id.get_chunk_info(place).byte_offset + 100] ^= 1
    for damage in (content[: len(content) // 2], bytes(flipped)):
        survivor.remove(maps)
        store.write_bytes(damage)
        said = survivor.snakemake(maps, "--allowed-rules", "explain_split", check=False)
        assert "explain_split: " in said and "affine.h5: " in said and "pack this input again" in said, said[-2000:]
        assert "Traceback" not in said
        store.unlink()
        survivor.snakemake(maps)
        assert differing(digests(survivor.results), survivor.before) == []
    assert survivor.planned() == {}


@pytest.mark.slow
def test_a_prepared_volume_that_vanished_is_named_with_what_to_do_and_doing_it_heals(survivor):
    folder = next(path for path in sorted((survivor.results / "volumes").rglob("anat")) if path.is_dir())
    volume = next(folder.glob("*_desc-affine_T1w.nii.gz"))
    volume.unlink()
    store = "results/small/packed/affine.h5"
    survivor.remove(store)
    # this study hides the names of subjects, which this run shows
    said = survivor.snakemake(store, "--config", "privacy=False", check=False)
    shown = folder.relative_to(survivor.folder)
    assert "cannot be read" in said and f"remove {shown} and run again" in said, said[-2000:]
    survivor.remove(shown)
    survivor.snakemake(store)
    assert differing(digests(survivor.results), survivor.before) == []
    assert survivor.planned() == {}

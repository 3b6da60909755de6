import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voxplain.cohort.files.archives import Archive
from voxplain.cohort.files.containers import fingerprint, opened, refuse_if_gone
from voxplain.cohort.files.folders import Folder
from voxplain.errors import InputError, VoxplainError

ROOT = Path(__file__).parents[4]
FILES = {"100307/T1w/head.nii.gz": b"head" * 100, "100307/T1w/mask.nii.gz": b"mask" * 50, "100307/notes.txt": b"1"}


@pytest.fixture(params=["archive", "folder", "nested"])
def container(request, tmp_path, made_zip):
    """The same files in a zip, in a zip within one, and in a folder."""
    path = tmp_path / "held"
    if request.param == "folder":
        for name, content in FILES.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    else:
        content = made_zip(FILES)
        path.write_bytes(made_zip({"100307_3T.zip": content}) if request.param == "nested" else content)
    return path


def test_an_archive_and_a_folder_answer_alike(container, tmp_path):
    with opened(str(container)) as held:
        assert isinstance(held, Folder if container.is_dir() else Archive)
        assert set(FILES) <= set(held.names())
        for name, content in FILES.items():
            member = held.find(name.upper())
            assert (member.name, member.size) == (name, len(content))
            assert held.head(name, 3) == content[:3]
            assert held.extract(name, tmp_path / "out")[0] == member
            assert (tmp_path / "out").read_bytes() == content
        assert len(held.checks(list(FILES))) == len(FILES)
        with pytest.raises(InputError, match="^held: no 100306/T1w/head.nii.gz inside; nearest of its "):
            held.find("100306/T1w/head.nii.gz")


def test_the_fingerprint_is_that_of_the_wanted_files(container):
    name, other = "100307/T1w/head.nii.gz", "100307/T1w/mask.nii.gz"
    one, both = fingerprint(container, [name]), fingerprint(container, [name, other])
    assert both != one == fingerprint(container, [name])
    if container.is_dir():
        (container / other).write_bytes(b"changed")
        assert fingerprint(container, [name]) == one
        assert fingerprint(container, [name, other]) != both


def test_what_is_neither_is_refused_in_one_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="^pipe: neither a file nor a folder; "):
        opened(tmp_path / "pipe")
    with pytest.raises(InputError, match="^absent.zip: no such file; put it back, or run again without it$"):
        opened(tmp_path / "absent.zip")
    (tmp_path / "a\nb.zip").write_bytes(b"")
    with pytest.raises(InputError, match="^a b.zip: empty .0 bytes.; download it again$"):
        opened(tmp_path / "a\nb.zip")
    with pytest.raises(InputError, match="^xxx.*: cannot be read .File name too long."):
        opened(tmp_path / ("x" * 300))
    (tmp_path / "page.zip").write_text("<html>")
    with pytest.raises(InputError, match="^page.zip: not a zip file; "):
        opened(tmp_path / "page.zip")
    assert {fingerprint(tmp_path / name, ["a"]) for name in ("pipe", "absent.zip", "page.zip")} == {"unreadable"}


def test_planning_needs_the_standard_library_alone():
    asked = "import sys, voxplain.cohort.files.containers, voxplain.cohort.files.checksums; "
    asked += "print(*{module.split('.')[0] for module in sys.modules})"
    command = [sys.executable, "-c", asked]
    loaded = set(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())
    assert not loaded & {"numpy", "pandas", "torch", "nibabel", "h5py", "yaml", "snakemake"}


def test_a_machine_that_lost_the_disk_of_all_places_is_no_fault_of_the_scan(tmp_path):
    archive, empty, dataset = tmp_path / "100307.zip", tmp_path / "mnt", tmp_path / "dataset"
    for folder in (empty, dataset):
        folder.mkdir()
    for path in (archive, dataset / "a.nii"):
        path.write_text("a")
    for there in (archive, dataset):
        refuse_if_gone([(str(tmp_path / "gone.zip"), "a.nii"), (str(there), "a.nii")])
    for gone in (tmp_path / "gone.zip", empty):
        with pytest.raises(InputError, match=f"^{gone}: it was there when the run was planned; see to the disks of "):
            refuse_if_gone([(str(gone), "a.nii")])


def test_a_container_whose_disk_does_not_answer_is_not_called_damaged(container, monkeypatch):
    away = OSError(errno.ESTALE, "Stale file handle")
    usual = Path.open

    def stale(path, mode="r", *rest, **options):
        if "r" in mode:
            raise away
        return usual(path, mode, *rest, **options)

    monkeypatch.setattr("pathlib.Path.open", stale)
    with pytest.raises(VoxplainError, match="not to be had now") as raised, opened(container) as files:
        files.extract("100307/T1w/head.nii.gz", container.parent / "out")
    assert not isinstance(raised.value, InputError)

import hashlib
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxplain.cohort.archives import extract_member, find_member, fingerprint
from voxplain.errors import InputError, VoxplainError

NAME = "100307/T1w/head.nii.gz"
HEAD = np.random.default_rng(1).bytes(3000)
OTHERS = {f"100307/T1w/other_{number}.nii.gz": bytes([number]) * 500 for number in range(20)}
COHORT = {"source": "hcp", "members": {"volume": "T1w/head.nii.gz", "mask": None}}


@pytest.fixture(params=["flat", "stored inside", "packed inside"])
def archive(request, tmp_path, made_zip):
    """The wanted member among twenty others: in the archive itself, or in a zip inside it."""
    content = made_zip(OTHERS | {NAME: HEAD}, zipfile.ZIP_DEFLATED)
    method = zipfile.ZIP_DEFLATED if request.param == "packed inside" else zipfile.ZIP_STORED
    path = tmp_path / "100307.zip"
    outer = {"first.txt": b"1", "100307_3T.zip": content, "100307_3T.zip.md5": b"2"}
    path.write_bytes(content if request.param == "flat" else made_zip(outer, method))
    return path


def test_the_member_comes_out_byte_for_byte_and_nothing_else_does(archive, tmp_path):
    member, sha256 = extract_member(archive, NAME, tmp_path / "out" / "head.nii.gz")
    assert (tmp_path / "out" / "head.nii.gz").read_bytes() == HEAD
    assert sha256 == hashlib.sha256(HEAD).hexdigest()
    assert member.size == len(HEAD)
    assert os.listdir(tmp_path / "out") == ["head.nii.gz"]


def test_finding_says_where_the_member_lies(archive, request):
    inside = "" if request.node.callspec.params["archive"] == "flat" else "100307_3T.zip"
    member = find_member(archive, "100307", "T1w/head.nii.gz")
    assert (member.inside, member.name, member.size) == (inside, NAME, len(HEAD))


def test_an_absent_member_is_answered_with_what_is_there(archive, tmp_path):
    with pytest.raises(InputError) as raised:
        extract_member(archive, "100307/T1w/HEAD.nii", tmp_path / "out")
    assert str(raised.value).startswith("100307.zip: no 100307/T1w/HEAD.nii inside; nearest of its 2")
    assert NAME in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_the_archives_own_copy_comes_before_one_in_a_zip_inside(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({"old.zip": made_zip({NAME: b"old"}), NAME: b"own"}))
    assert extract_member(tmp_path / "1.zip", NAME, tmp_path / "out")[0].inside == ""
    assert (tmp_path / "out").read_bytes() == b"own"


def test_two_different_files_of_the_same_name_are_not_guessed_between(tmp_path, made_zip):
    inside = {"a.zip": made_zip({NAME: b"one"}), "b.zip": made_zip({NAME: b"two"})}
    (tmp_path / "1.zip").write_bytes(made_zip(inside))
    with pytest.raises(InputError, match="^1.zip: different files called .* in a.zip, b.zip; keep one of them$"):
        find_member(tmp_path / "1.zip", "100307", "T1w/head.nii.gz")


def test_the_same_file_in_two_zips_inside_is_one_file(tmp_path, made_zip):
    inside = {"a.zip": made_zip({NAME: HEAD}), "b.zip": made_zip({NAME: HEAD, **OTHERS})}
    (tmp_path / "1.zip").write_bytes(made_zip(inside))
    assert find_member(tmp_path / "1.zip", "100307", "T1w/head.nii.gz").inside == "a.zip"


def test_a_broken_zip_inside_does_not_hide_a_whole_one(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({"a.zip": b"PK\3\4 cut", "b.zip": made_zip({NAME: HEAD})}))
    assert find_member(tmp_path / "1.zip", "100307", "T1w/head.nii.gz").inside == "b.zip"


def test_a_refused_extraction_leaves_an_earlier_file_alone(tmp_path, made_zip):
    content = made_zip({NAME: HEAD})
    at = content.index(HEAD) + 100
    (tmp_path / "1.zip").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    (tmp_path / "out").write_bytes(b"earlier")
    with pytest.raises(InputError, match="does not match its checksum"):
        extract_member(tmp_path / "1.zip", NAME, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"earlier"
    assert sorted(os.listdir(tmp_path)) == ["1.zip", "out"]


def test_a_full_disk_is_not_called_a_fault_of_the_archive(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({NAME: HEAD}))
    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="irectory"):
        extract_member(tmp_path / "1.zip", NAME, tmp_path / "out")


def test_the_fingerprint_follows_the_wanted_member(tmp_path, made_zip):
    prints = []
    for content in (HEAD, HEAD[::-1], HEAD):
        (tmp_path / "100307.zip").write_bytes(made_zip(OTHERS | {NAME: content}))
        prints.append(fingerprint(tmp_path / "100307.zip", COHORT))
    assert prints[0] == prints[2] != prints[1]


def test_the_fingerprint_sees_through_zips_inside(archive):
    before = fingerprint(archive, COHORT)
    os.utime(archive, (1, 1))
    assert fingerprint(archive, COHORT) == before
    assert len(before.split("-")) == (3 if "absent" in before else 2)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 cut short", b"no zip at all"])
def test_the_fingerprint_of_a_broken_archive_says_so(tmp_path, content):
    (tmp_path / "100307.zip").write_bytes(content)
    assert fingerprint(tmp_path / "100307.zip", COHORT) == "unreadable"
    assert fingerprint(tmp_path / "absent.zip", COHORT) == "unreadable"


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes read as Linux does")
@pytest.mark.parametrize("nested", [False, True])
def test_one_small_member_of_300_megabytes_costs_its_own_size(tmp_path, made_zip, nested):
    path, rest = tmp_path / "100307.zip", 300 << 20
    content = made_zip({"100307/T1w/first.nii.gz": b"1", NAME: HEAD})
    _write_with_filler(path, {"100307_3T.zip": content} if nested else {NAME: HEAD}, rest)
    assert path.stat().st_size > rest
    tracemalloc.start()
    before = _bytes_read()
    extract_member(path, NAME, tmp_path / "out")
    read, peak = _bytes_read() - before, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    assert (tmp_path / "out").read_bytes() == HEAD
    assert read < 200_000
    assert peak < 4 << 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_damaged_ends_in_a_result_or_in_one_line(tmp_path, made_zip, data):
    packed = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
    content = made_zip({NAME: HEAD[:200], "other": b"1"}, packed)
    if data.draw(st.booleans()):
        content = made_zip({"inner.zip": content}, packed)
    content = bytearray(content)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    content = content[cut:] if data.draw(st.booleans()) else content[: len(content) - cut // 4]
    path = tmp_path / "100307.zip"
    path.write_bytes(bytes(content))
    assert fingerprint(path, COHORT)
    try:
        member, _ = extract_member(path, NAME, tmp_path / "out")
    except VoxplainError as fault:
        assert "\n" not in str(fault) and str(fault).isprintable() and len(str(fault)) < 600
    else:
        assert (tmp_path / "out").read_bytes() == HEAD[:200] or member.size != 200


def _bytes_read():
    return int(Path("/proc/self/io").read_text().split()[1])


def _write_with_filler(path, members, size):
    with zipfile.ZipFile(path, "w") as contents:
        with contents.open("filler.bin", "w", force_zip64=True) as filler:
            for _ in range(size >> 22):
                filler.write(bytes(1 << 22))
        for name, content in members.items():
            contents.writestr(name, content)

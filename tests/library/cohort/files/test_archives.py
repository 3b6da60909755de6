import hashlib
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from voxplain.cohort.files.archives import Archive
from voxplain.cohort.files.containers import fingerprint
from voxplain.errors import InputError

NAME = "100307/T1w/head.nii.gz"
HEAD = np.random.default_rng(1).bytes(3000)
OTHERS = {f"100307/T1w/other_{number}.nii.gz": bytes([number]) * 500 for number in range(20)}


def found(path):
    """Where the wanted member lies in an archive."""
    with Archive(path) as archive:
        return archive.find(NAME)


def extracted(path, name, destination):
    """A member brought out of an archive: its place and SHA-256."""
    with Archive(path) as archive:
        return archive.extract(name, destination)


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
    member, sha256 = extracted(archive, NAME, tmp_path / "out" / "head.nii.gz")
    assert (tmp_path / "out" / "head.nii.gz").read_bytes() == HEAD
    assert sha256 == hashlib.sha256(HEAD).hexdigest()
    assert member.size == len(HEAD)
    assert os.listdir(tmp_path / "out") == ["head.nii.gz"]


def test_finding_says_where_the_member_lies(archive, request):
    inside = "" if request.node.callspec.params["archive"] == "flat" else "100307_3T.zip"
    member = found(archive)
    assert (member.inside, member.name, member.size) == (inside, NAME, len(HEAD))


def test_an_absent_member_is_answered_with_what_is_there(archive, tmp_path):
    with pytest.raises(InputError) as raised:
        extracted(archive, "100307/T1w/HEAD.nii", tmp_path / "out")
    assert str(raised.value).startswith("100307.zip: no 100307/T1w/HEAD.nii inside; nearest of its 2")
    assert NAME in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_the_archives_own_copy_comes_before_one_in_a_zip_inside(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({"old.zip": made_zip({NAME: b"old"}), NAME: b"own"}))
    assert extracted(tmp_path / "1.zip", NAME, tmp_path / "out")[0].inside == ""
    assert (tmp_path / "out").read_bytes() == b"own"


def test_two_different_files_of_the_same_name_are_not_guessed_between(tmp_path, made_zip):
    inside = {"a.zip": made_zip({NAME: b"one"}), "b.zip": made_zip({NAME: b"two"})}
    (tmp_path / "1.zip").write_bytes(made_zip(inside))
    with pytest.raises(InputError, match="^1.zip: different files called .* in a.zip, b.zip; keep one of them$"):
        found(tmp_path / "1.zip")


def test_the_same_file_in_two_zips_inside_is_one_file(tmp_path, made_zip):
    inside = {"a.zip": made_zip({NAME: HEAD}), "b.zip": made_zip({NAME: HEAD, **OTHERS})}
    (tmp_path / "1.zip").write_bytes(made_zip(inside))
    assert found(tmp_path / "1.zip").inside == "a.zip"


def test_a_broken_zip_inside_does_not_hide_a_whole_one(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({"a.zip": b"PK\3\4 cut", "b.zip": made_zip({NAME: HEAD})}))
    assert found(tmp_path / "1.zip").inside == "b.zip"


def test_a_refused_extraction_leaves_an_earlier_file_alone(tmp_path, made_zip):
    content = made_zip({NAME: HEAD})
    at = content.index(HEAD) + 100
    (tmp_path / "1.zip").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    (tmp_path / "out").write_bytes(b"earlier")
    with pytest.raises(InputError, match="does not match its checksum"):
        extracted(tmp_path / "1.zip", NAME, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"earlier"
    assert sorted(os.listdir(tmp_path)) == ["1.zip", "out"]


def test_a_full_disk_is_not_called_a_fault_of_the_archive(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({NAME: HEAD}))
    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="irectory"):
        extracted(tmp_path / "1.zip", NAME, tmp_path / "out")


def test_the_fingerprint_follows_the_wanted_member(tmp_path, made_zip):
    prints = []
    for content in (HEAD, HEAD[::-1], HEAD):
        (tmp_path / "100307.zip").write_bytes(made_zip(OTHERS | {NAME: content}))
        prints.append(fingerprint(tmp_path / "100307.zip", [NAME]))
    assert prints[0] == prints[2] != prints[1]


def test_the_fingerprint_sees_through_zips_inside(archive):
    before = fingerprint(archive, [NAME])
    os.utime(archive, (1, 1))
    assert fingerprint(archive, [NAME]) == before
    assert len(before.split("-")) == (3 if "absent" in before else 2)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 cut short", b"no zip at all"])
def test_the_fingerprint_of_a_broken_archive_says_so(tmp_path, content):
    (tmp_path / "100307.zip").write_bytes(content)
    assert fingerprint(tmp_path / "100307.zip", [NAME]) == "unreadable"
    assert fingerprint(tmp_path / "absent.zip", [NAME]) == "unreadable"


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes read as Linux does")
@pytest.mark.parametrize("nested", [False, True])
def test_one_small_member_of_300_megabytes_costs_its_own_size(tmp_path, made_zip, nested):
    path, rest = tmp_path / "100307.zip", 300 << 20
    content = made_zip({"100307/T1w/first.nii.gz": b"1", NAME: HEAD})
    _write_with_filler(path, {"100307_3T.zip": content} if nested else {NAME: HEAD}, rest)
    assert path.stat().st_size > rest
    tracemalloc.start()
    before = _bytes_read()
    extracted(path, NAME, tmp_path / "out")
    read, peak = _bytes_read() - before, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    assert (tmp_path / "out").read_bytes() == HEAD
    assert read < 200_000
    assert peak < 4 << 20


def test_a_member_is_found_in_other_case_a_folder_deeper_and_with_other_slashes(tmp_path, made_zip):
    for real in ("100307/t1w/HEAD.nii.gz", f"HCP/package/{NAME}", f"./{NAME}", NAME.replace("/", "\\")):
        for content in (made_zip({real: HEAD}), made_zip({"100307_3T.zip": made_zip({real: HEAD})})):
            (tmp_path / "100307.zip").write_bytes(content)
            member, _ = extracted(tmp_path / "100307.zip", NAME, tmp_path / "out")
            assert member.name == real
            assert (tmp_path / "out").read_bytes() == HEAD


@pytest.mark.parametrize("other", ["100306/T1w/head.nii.gz", "1100307/T1w/head.nii.gz", "T1w/head.nii.gz"])
def test_a_file_of_another_subject_is_never_taken(tmp_path, made_zip, other):
    for content in (made_zip({other: HEAD}), made_zip({"100307_3T.zip": made_zip({other: HEAD})})):
        (tmp_path / "100307.zip").write_bytes(content)
        with pytest.raises(InputError, match="no 100307/T1w/head.nii.gz inside; nearest of its [12] member"):
            found(tmp_path / "100307.zip")


def test_an_exact_name_inside_comes_before_a_similar_one_outside(tmp_path, made_zip):
    inner = made_zip({NAME: HEAD})
    (tmp_path / "1.zip").write_bytes(made_zip({f"backup/{NAME}": b"old", NAME.upper(): b"older", "a.zip": inner}))
    assert extracted(tmp_path / "1.zip", NAME, tmp_path / "out")[0].inside == "a.zip"


def test_equal_candidates_are_one_file(tmp_path, made_zip):
    (tmp_path / "1.zip").write_bytes(made_zip({f"a/{NAME}": HEAD, f"b/{NAME}": HEAD}))
    assert found(tmp_path / "1.zip").name == f"a/{NAME}"


def test_a_zip_inside_a_zip_inside_is_not_searched(tmp_path, made_zip):
    inner = made_zip({"deep.zip": made_zip({NAME: HEAD}), f"{NAME}.txt": b"1"})
    (tmp_path / "1.zip").write_bytes(made_zip({"a.zip": inner}))
    with Archive(tmp_path / "1.zip") as archive:
        assert archive.names() == [f"{NAME}.txt", "a.zip", "deep.zip"]
        with pytest.raises(InputError, match="not searched, because it is a zip three deep: a.zip: deep.zip; take"):
            archive.find(NAME)


def test_names_are_those_that_can_be_extracted(archive, tmp_path, request):
    with Archive(archive) as opened:
        names = opened.names()
        assert names == sorted(names)
        for number, name in enumerate(names):
            opened.extract(name, tmp_path / "out" / str(number))
    packed = request.node.callspec.params["archive"] == "packed inside"
    assert (NAME in names) is not packed


@pytest.mark.parametrize("count", [0, 1, 352, 3000, 10_000])
def test_a_head_is_the_first_bytes(archive, count):
    with Archive(archive) as opened:
        assert opened.head(NAME, count) == HEAD[:count]


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes read as Linux does")
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_head_reads_no_more_than_it_needs(tmp_path, made_zip, method):
    content = np.random.default_rng(2).bytes(3 << 20)
    (tmp_path / "1.zip").write_bytes(made_zip({NAME: content}, method))
    before = _bytes_read()
    with Archive(tmp_path / "1.zip") as opened:
        assert opened.head(NAME, 352) == content[:352]
    assert _bytes_read() - before < 100_000


def test_checks_follow_what_is_found_and_what_may_be_found(tmp_path, made_zip):
    def checks(members, method=zipfile.ZIP_STORED):
        (tmp_path / "1.zip").write_bytes(made_zip(members, method))
        with Archive(tmp_path / "1.zip") as opened:
            return opened.checks([NAME, "100307/other"])

    assert checks({NAME: HEAD}) == checks({f"x/{NAME}": HEAD}) != checks({NAME: HEAD[::-1]})
    assert checks({NAME: HEAD, "100307/other": b"1"}) == checks({NAME: HEAD, "100307/other": b"1", "third": b"2"})
    assert checks({"a.zip": made_zip({NAME: HEAD})}) == checks({NAME: HEAD})
    packed = [checks({"a.zip": made_zip({NAME: one})}, zipfile.ZIP_DEFLATED) for one in (HEAD, HEAD[::-1])]
    assert packed[0] != packed[1]
    assert checks({"a.zip": b"PK broken"}) != checks({"a.zip": b"PK broken too"})


def _bytes_read():
    return int(Path("/proc/self/io").read_text().split()[1])


def _write_with_filler(path, members, size):
    with zipfile.ZipFile(path, "w") as contents:
        with contents.open("filler.bin", "w", force_zip64=True) as filler:
            for _ in range(size >> 22):
                filler.write(bytes(1 << 22))
        for name, content in members.items():
            contents.writestr(name, content)

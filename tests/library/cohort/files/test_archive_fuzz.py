"""Whatever bytes an archive has, and whatever stands in an MD5 file: a result, or one line that says what is wrong."""

import io
import shutil
import struct
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxplain.cohort.files.archives import Archive
from voxplain.cohort.files.checksums import checked_md5
from voxplain.cohort.files.containers import fingerprint, opened
from voxplain.errors import InputError

NAME = "100307/T1w/head.nii.gz"
HEAD = bytes(range(256)) * 2
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
SIGNATURES = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7"]
PARTS = ["100307", "T1w", "head.nii.gz", "HEAD.NII.GZ", "..", ".", "", "C:", "a.zip", "\x00", "\\", "é", "\n"]


def few(count):
    """Settings of a run that is the same every time."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@st.composite
def zips(draw, depth=2):
    """The bytes of a zip of a few members of any method and mode, some of them zips again."""
    file = io.BytesIO()
    names = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)
    with zipfile.ZipFile(file, "w") as contents:
        for name in draw(st.lists(st.just(NAME) | names, max_size=4)):
            inner = name.endswith(".zip") and depth
            info = zipfile.ZipInfo()
            info.filename = info.orig_filename = name
            info.compress_type = draw(st.sampled_from(METHODS))
            info.external_attr = draw(st.sampled_from([0o100644, 0o120777, 0o040755, 0])) << 16
            # Or zipfile warns of a second member of one name.
            contents.NameToInfo.clear()
            contents.writestr(info, draw(zips(depth - 1)) if inner else draw(st.just(HEAD) | st.binary(max_size=30)))
    return file.getvalue()


@st.composite
def damaged(draw, contents):
    """The bytes of a zip of which some are changed, mostly in its headers, and some lacking or doubled."""
    content = bytearray(draw(contents))
    headers = [at for one in SIGNATURES for at in range(len(content)) if content.startswith(one, at)]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.sampled_from(headers or [0])) + draw(st.integers(0, 60))
        size = draw(st.sampled_from([1, 2, 4]))
        value = draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF]) | st.integers(0, 0xFFFFFFFF))
        if at + size <= len(content):
            content[at : at + size] = struct.pack("<L", value)[:size]
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    cut = draw(st.sampled_from(["", "", "", "beginning", "end", "middle", "twice"]))
    kept = {"beginning": content[start:], "end": content[:end], "middle": content[:start] + content[end:]}
    return bytes(kept.get(cut, content * 2 if cut == "twice" else content))


def tried(work):
    """What ``work`` returns, or None where it is one of our lines."""
    try:
        return work()
    except InputError as fault:
        assert "\n" not in str(fault) and str(fault).isprintable() and 10 < len(str(fault)) < 700
        return None


def read_whole(path, folder):
    """All that is asked of an archive, each ending in a result or in one line."""
    fingerprint(path, [NAME, "other"])
    archive = tried(lambda: Archive(path, largest=1 << 20))
    if archive is None:
        return
    with archive:
        for name in [NAME, *archive.names()]:
            member = tried(lambda name=name: archive.find(name))
            head = tried(lambda name=name: archive.head(name, 100))
            extracted = tried(lambda name=name: archive.extract(name, folder / "out" / "file"))
            if extracted:
                content = (folder / "out" / "file").read_bytes()
                assert extracted[0] == member
                assert len(content) == member.size
                assert head == content[:100]
    assert {path.name for path in folder.rglob("*")} <= {path.name, "out", "file"}


@few(500)
@given(content=damaged(zips()))
def test_a_damaged_archive_is_read_or_refused(tmp_path, content):
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    (tmp_path / "100307.zip").write_bytes(content)
    read_whole(tmp_path / "100307.zip", tmp_path)


@few(150)
@given(content=zips())
def test_a_whole_archive_is_read_or_refused(tmp_path, content):
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    (tmp_path / "100307.zip").write_bytes(content)
    read_whole(tmp_path / "100307.zip", tmp_path)


@few(80)
@given(content=st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b"PK\5\6" + rest))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    (tmp_path / "100307.zip").write_bytes(content)
    read_whole(tmp_path / "100307.zip", tmp_path)


@few(80)
@given(content=st.binary(max_size=80) | st.from_regex(r"\A(MD5 \()?[0-9a-f]{30,33}[ *)=]{0,3}.{0,9}\Z").map(str.encode))
def test_any_md5_file_is_read_or_refused(tmp_path, content):
    (tmp_path / "1.zip").write_bytes(b"content")
    (tmp_path / "1.zip.md5").write_bytes(content)
    assert tried(lambda: checked_md5(tmp_path / "1.zip")) is None


@few(80)
@given(name=st.lists(st.sampled_from(PARTS), max_size=5).map("/".join) | st.text(max_size=300))
def test_any_name_is_found_or_refused(tmp_path, made_zip, name):
    folder = tmp_path / "100307"
    (folder / "T1w").mkdir(parents=True, exist_ok=True)
    (folder / "T1w" / "head.nii.gz").write_bytes(HEAD)
    (tmp_path / "100307.zip").write_bytes(made_zip({NAME: HEAD}))
    for container in (folder, tmp_path / "100307.zip"):
        with opened(container) as held:
            found = tried(lambda held=held: held.find(name))
            assert found is None or found.size == len(HEAD)

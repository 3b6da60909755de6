"""What an archive of bad will or bad luck holds, and the one line about it."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile

import pytest

from voxplain.cohort.files import unpacking
from voxplain.cohort.files.archives import Archive
from voxplain.errors import InputError

NAME = "100307/T1w/head.nii.gz"
HEAD = b"the head of 100307" * 100
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
FIELDS = {"flags": (8, "<H"), "crc": (16, "<L"), "packed": (20, "<L"), "size": (24, "<L"), "offset": (42, "<L")}


def listed(content, member=0, **changes):
    """The bytes of a zip whose list of contents says something else about one of its members."""
    content, at = bytearray(content), -1
    for _ in range(member + 1):
        at = content.index(b"PK\1\2", at + 1)
    for field, value in changes.items():
        place, form = FIELDS[field]
        struct.pack_into(form, content, at + place, value)
    return bytes(content)


def with_entries(*entries, method=zipfile.ZIP_STORED):
    """A zip of (name, content, mode) in this order, also several of one name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as contents:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode[0] if mode else 0o644) << 16
            info.compress_type = method
            # Or zipfile warns of a second member of one name.
            contents.NameToInfo.clear()
            contents.writestr(info, content)
    return file.getvalue()


def one(name, content=HEAD):
    return with_entries((name, content))


def zip64_lost(content):
    """A zip that points to a larger end of its list which is not there."""
    end = content.rindex(b"PK\5\6")
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 1 << 40, 1)
    return content[:end] + locator + content[end:]


def extra_of(field):
    """A zip whose member has this extra field in the list, where sizes are left to it."""
    content = one(NAME)
    at, end = content.index(b"PK\1\2"), content.rindex(b"PK\5\6")
    head, tail = bytearray(content[at : at + 46 + len(NAME)]), bytearray(content[end:])
    struct.pack_into("<LL", head, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", head, 30, len(field))
    struct.pack_into("<L", tail, 12, len(head) + len(field))
    return content[:at] + bytes(head) + field + bytes(tail)


LEADS_OUT = 'its name leads out of the archive; zip it again without ".." and without the beginning of the path'
DEEP = with_entries(("deep.zip", one(NAME)))
CASES = {
    "a name that climbs": (one(f"../{NAME}"), f"../{NAME}: {LEADS_OUT}"),
    "a name that climbs inside": (one("100307/x/../T1w/head.nii.gz"), f"100307/x/../T1w/head.nii.gz: {LEADS_OUT}"),
    "an absolute name": (one(f"/{NAME}"), f"/{NAME}: {LEADS_OUT}"),
    "a drive": (one("C:\\100307\\T1w\\head.nii.gz"), rf"C:\100307\T1w\head.nii.gz: {LEADS_OUT}"),
    "a drive without a slash": (one(f"c:{NAME}"), f"c:{NAME}: {LEADS_OUT}"),
    "a climbing name in a zip inside": (
        with_entries(("a.zip", one(f"../{NAME}"))),
        f"a.zip: ../{NAME}: {LEADS_OUT}",
    ),
    "a symbolic link": (
        with_entries((NAME, b"/etc/passwd", stat.S_IFLNK | 0o777)),
        f"{NAME}: a symbolic link, which is not followed; zip it again with the file itself",
    ),
    "an empty member": (one(NAME, b""), f"{NAME}: empty (0 bytes); download the archive again"),
    "a folder": (one(f"{NAME}/", b""), f"{NAME}: a folder, not a file; set cohort.members"),
    "encrypted": (
        listed(one(NAME), flags=1),
        f"{NAME}: encrypted; unpack it with its password and zip it again without one",
    ),
    "a zip inside that is encrypted": (
        listed(with_entries(("a.zip", one(NAME))), flags=1, member=1),
        "a.zip: encrypted; unpack it with its password and zip it again without one",
    ),
    "two different files of one name": (
        with_entries((NAME, HEAD), (NAME, HEAD[::-1])),
        f"2 different files called {NAME}; zip it again with one of them",
    ),
    "two of one name in a zip inside": (
        with_entries(("a.zip", with_entries((NAME, HEAD), (NAME, HEAD[::-1])))),
        f"2 different files called a.zip: {NAME}; zip it again with one of them",
    ),
    "two that differ in case": (
        with_entries(("100307/t1w/head.nii.gz", HEAD), ("100307/T1W/head.nii.gz", b"2")),
        f"several files could be {NAME}: 100307/t1w/head.nii.gz, 100307/T1W/head.nii.gz; keep one of them",
    ),
    "two in other folders": (
        with_entries((f"old/{NAME}", HEAD), (f"new/{NAME}", b"2")),
        f"several files could be {NAME}: old/{NAME}, new/{NAME}; keep one of them",
    ),
    "three deep": (
        with_entries(("a.zip", DEEP)),
        f"no {NAME} inside; not searched, because it is a zip three deep: a.zip: deep.zip; take it out of there",
    ),
    "somebody else's": (
        with_entries(("100306/T1w/head.nii.gz", HEAD), ("1100307/T1w/head.nii.gz", HEAD)),
        f"no {NAME} inside; nearest of its 2 members: 1100307/T1w/head.nii.gz, 100306/T1w/head.nii.gz; "
        "set cohort.members",
    ),
    "cut in the middle": (
        one(NAME)[:900],
        "cut short or damaged (no list of contents at its end); download it again",
    ),
    "cut in the list": (
        one(NAME)[:-30],
        "cut short or damaged (no list of contents at its end); download it again",
    ),
    "a larger list that is not there": (
        zip64_lost(one(NAME)),
        "cut short or damaged (no list of contents at its end); download it again",
    ),
    "an extra field cut short": (
        extra_of(struct.pack("<HHQ", 1, 16, 5)),
        "cut short or damaged (no list of contents at its end); download it again",
    ),
    "a wrong checksum": (
        listed(one(NAME), crc=1),
        f"{NAME}: the content does not match its checksum (CRC-32); download it again",
    ),
    "one member over another": (
        listed(with_entries((NAME, HEAD), ("second", b"2")), packed=len(HEAD) + 5, size=len(HEAD) + 5),
        f"{NAME}: damaged (it overlaps what comes after it); download it again",
    ),
    "an extra field that reaches over the list": (
        one(NAME)[:28] + b"\xff\xff" + one(NAME)[30:],
        f"{NAME}: damaged (it overlaps what comes after it); download it again",
    ),
    "a member that lies where another does": (
        listed(with_entries(("100306/T1w/head.nii.gz", b"0"), (NAME, HEAD)), member=1, offset=0),
        f"{NAME}: damaged (the list of contents and the file header differ in the name); download it again",
    ),
    "more than 500 times": (
        listed(with_entries((NAME, HEAD), method=zipfile.ZIP_DEFLATED), size=300_000_000),
        f"{NAME}: would unpack to 300 MB out of 0.00 MB, more than 500 times as much; "
        "look at where the archive comes from",
    ),
    "a larger list that is somewhere else": (
        zip64_lost(one(NAME)).replace(struct.pack("<Q", 1 << 40), struct.pack("<Q", 0)),
        "cut short or damaged (no list of contents at its end); download it again",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refused_member_is_named_in_one_line_and_leaves_nothing(tmp_path, case):
    content, line = CASES[case]
    (tmp_path / "100307.zip").write_bytes(content)
    with pytest.raises(InputError) as raised, Archive(tmp_path / "100307.zip") as archive:
        archive.extract(NAME, tmp_path / "out" / "head.nii.gz")
    assert str(raised.value) == f"100307.zip: {line}"
    assert not list(tmp_path.rglob("*head*"))


@pytest.mark.parametrize("method", METHODS)
def test_a_member_that_holds_more_than_the_list_says_is_not_read_on(tmp_path, method):
    (tmp_path / "1.zip").write_bytes(listed(with_entries((NAME, HEAD), method=method), size=100))
    with (
        pytest.raises(InputError, match="holds more than the 100 bytes that it should"),
        Archive(tmp_path / "1.zip") as archive,
    ):
        archive.extract(NAME, tmp_path / "out")
    assert os.listdir(tmp_path) == ["1.zip"]


@pytest.mark.parametrize("method", METHODS)
def test_a_member_that_holds_less_than_the_list_says_is_refused(tmp_path, method):
    (tmp_path / "1.zip").write_bytes(listed(with_entries((NAME, HEAD), method=method), size=len(HEAD) + 1))
    with pytest.raises(InputError, match="ends after 1800 of 1801 bytes"), Archive(tmp_path / "1.zip") as archive:
        archive.extract(NAME, tmp_path / "out")


def test_the_largest_member_is_a_choice(tmp_path):
    (tmp_path / "1.zip").write_bytes(one(NAME))
    with Archive(tmp_path / "1.zip", largest=len(HEAD)) as archive:
        assert archive.find(NAME).size == len(HEAD)
    with Archive(tmp_path / "1.zip", largest=len(HEAD) - 1) as archive:
        for asked in (archive.find, lambda name: archive.head(name, 4)):
            with pytest.raises(InputError, match="would unpack to 0.00 GB, more than the 0.00 GB that are allowed"):
                asked(NAME)


def test_a_member_may_not_claim_more_than_four_gigabytes(tmp_path):
    entry = zipfile.ZipInfo(NAME)
    for size, refused in ((4 << 30, False), ((4 << 30) + 1, True)):
        entry.file_size = entry.compress_size = size
        if refused:
            with pytest.raises(InputError, match="would unpack to 4.29 GB, more than the 4.29 GB"):
                unpacking.refuse(entry, "1.zip")
        else:
            unpacking.refuse(entry, "1.zip")


def test_zips_packed_inside_may_not_unpack_to_more_than_one_member_may(tmp_path, made_zip):
    inner = [made_zip({f"{number}": os.urandom(1000)}) for number in range(3)]
    packed = {f"{number}.zip": content for number, content in enumerate(inner)}
    (tmp_path / "1.zip").write_bytes(made_zip(packed, zipfile.ZIP_DEFLATED))
    with Archive(tmp_path / "1.zip", largest=2 * len(inner[0])) as archive:
        assert archive.find("1").inside == "1.zip"
        with pytest.raises(InputError, match="^1.zip: 2.zip: the zips inside would unpack to more than 0.00 GB in all"):
            archive.find("2")


def test_the_ratio_is_judged_on_what_was_read_and_not_on_what_the_list_says(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "RATIO_COUNTS_FROM", 1 << 20)
    zeros = bytes(4 << 20)
    packed = with_entries((NAME, zeros), method=zipfile.ZIP_DEFLATED)
    start, list_at = 30 + len(NAME), packed.index(b"PK\1\2")
    padded = packed[:list_at] + bytes(20_000) + packed[list_at:]
    end = padded.rindex(b"PK\5\6") + 16
    padded = padded[:end] + struct.pack("<L", list_at + 20_000) + padded[end + 4 :]
    (tmp_path / "1.zip").write_bytes(listed(padded, packed=list_at - start + 20_000))
    with Archive(tmp_path / "1.zip") as archive:
        assert archive.find(NAME).size == len(zeros)
        with pytest.raises(InputError, match="would unpack to 4 MB out of 0.00 MB, more than 500 times as much"):
            archive.extract(NAME, tmp_path / "out")
    assert os.listdir(tmp_path) == ["1.zip"]


def test_dense_members_below_256_megabytes_are_not_judged_by_their_ratio(tmp_path):
    (tmp_path / "1.zip").write_bytes(with_entries((NAME, bytes(4 << 20)), method=zipfile.ZIP_DEFLATED))
    with Archive(tmp_path / "1.zip") as archive:
        assert archive.extract(NAME, tmp_path / "out")[0].size == 4 << 20


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_bomb_is_unpacked_in_the_memory_of_a_few_blocks(tmp_path, method):
    (tmp_path / "1.zip").write_bytes(with_entries((NAME, bytes(48 << 20)), method=method))
    tracemalloc.start()
    with Archive(tmp_path / "1.zip") as archive:
        archive.extract(NAME, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size == 48 << 20
    assert peak < 16 << 20


def test_a_list_of_contents_without_end_is_not_read(tmp_path):
    path = tmp_path / "1.zip"
    with path.open("wb") as file:
        file.seek(300 << 20)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 300 << 20, 0, 0))
    with pytest.raises(
        InputError, match="^1.zip: damaged .a list of contents of more than 256 MB.; download it again$"
    ):
        Archive(path)


def test_a_refused_name_does_not_hide_a_good_one(tmp_path):
    good = with_entries((f"../{NAME}", b"bad"), (f"/{NAME}", b"bad"), (f"package/{NAME}", HEAD))
    (tmp_path / "1.zip").write_bytes(good)
    with Archive(tmp_path / "1.zip") as archive:
        assert archive.find(NAME).name == f"package/{NAME}"
        assert archive.names() == [f"package/{NAME}"]

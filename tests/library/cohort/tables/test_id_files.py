import io

import numpy as np
import pytest

from voxplain.cohort.tables.id_files import read_ids
from voxplain.errors import InputError

IDS = [("100307", ""), ("007", ""), ("011_S_0003", "")]


@pytest.fixture
def listed(tmp_path):
    def write(content, name="ids.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_ids(path, "cohort.leave_out")

    return write


@pytest.fixture
def saved(listed):
    def save(values, **options):
        file = io.BytesIO()
        np.save(file, values, **options)
        return listed(file.getvalue(), "ids.npy")

    return save


@pytest.mark.parametrize(
    "content",
    [
        "100307\n007\n011_S_0003\n",
        "\ufeff100307 \r\n\r\n# left out by eye\r\n  007\r\n011_S_0003",
        "participant_id\n100307\n007\n011_S_0003\n",
        "Subject,\n100307,\n007,\n011_S_0003,\n100307,\n",
        "100307\t\n  # note, with comma\n007\n007\n011_S_0003\n",
        '"100307"\n"007"\n"011_S_0003"\n',
    ],
)
def test_ids_stay_text_whatever_surrounds_them(listed, content):
    assert listed(content) == IDS


def test_an_id_may_have_a_reason(listed):
    found = listed(
        "PTID,reason\n067_S_0077/Month 12,corrupt\n007\tcut, twice\n008; \n009,too dark, noisy\n007\tagain\n"
    )
    assert found == [
        ("067_S_0077/Month 12", "corrupt"),
        ("007", "cut, twice"),
        ("008", ""),
        ("009", "too dark, noisy"),
    ]


@pytest.mark.parametrize(
    "values, ids",
    [
        (np.array(["100307", "007"]), ["100307", "007"]),
        (np.array([b"100307", b"007"]), ["100307", "007"]),
        (np.array([100307, 100408, 100307]), ["100307", "100408"]),
        (np.array([100307.0, 100408.0]), ["100307", "100408"]),
        (np.array([[100307], [100408]], dtype=">i4"), ["100307", "100408"]),
        (np.array("100307"), ["100307"]),
    ],
)
def test_an_array_of_ids_is_read_as_text(saved, values, ids):
    assert saved(values) == [(one, "") for one in ids]


def test_python_objects_are_never_unpickled(saved):
    with pytest.raises(InputError, match="ids.npy: holds Python objects; save the ids as text$"):
        saved(np.array(["100307", None], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    "values, told",
    [
        (np.zeros((2, 3)), "an array, but no list of numbers or texts; save the ids as text"),
        (np.array([True]), "an array, but no list of numbers or texts"),
        (np.frombuffer(b"\xff\xff\xff\x7f", "<U1"), "damaged text"),
        (np.array([1.5]), "numbers with decimals or gaps, which are no ids"),
        (np.array([np.nan]), "numbers with decimals or gaps, which are no ids"),
        (np.array([], dtype=int), "no ids in it; set cohort.leave_out to a file with one id a line"),
    ],
)
def test_an_array_of_something_else_is_refused(saved, values, told):
    with pytest.raises(InputError, match=told):
        saved(values)


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"100307\n", b"\x93NUMPY\1\0\x10\0{'descr': '<i8', '", b"\x80\4."]
)
def test_a_broken_array_is_told_in_one_line(listed, content):
    with pytest.raises(InputError) as raised:
        listed(content, "ids.npy")
    assert "ids.npy: " in str(raised.value) and str(raised.value).isprintable()


def test_an_array_that_promises_more_than_its_file_holds_takes_no_memory(listed):
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (1000000000000,), }\n"
    with pytest.raises(InputError, match="no NumPy array"):
        listed(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header, "ids.npy")


def test_several_arrays_in_one_file_are_refused(listed):
    file = io.BytesIO()
    np.savez(file, a=[1])
    with pytest.raises(InputError, match="several arrays packed together; set cohort.leave_out to a file of one"):
        listed(file.getvalue(), "ids.npy")


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n", "participant_id\n", ",,\n"])
def test_a_file_without_ids_is_refused(listed, content):
    with pytest.raises(InputError, match="ids.txt: no ids in it; set cohort.leave_out to a file with one id a line$"):
        listed(content)


def test_a_missing_file_of_either_kind_is_told(tmp_path):
    for name in ("ids.txt", "ids.npy"):
        with pytest.raises(InputError, match=f"{name}: no such file in .*; set cohort.leave_out to the file$"):
            read_ids(tmp_path / name, "cohort.leave_out")

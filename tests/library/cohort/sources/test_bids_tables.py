import pytest

from voxplain.cohort.sources.bids_tables import bids_table
from voxplain.errors import InputError


def rows(dataset):
    table = bids_table(dataset.root)
    assert all(list(row) == table.header for row in table.rows)
    return table.rows


def test_sessions_lie_over_participants_and_the_subjects_own_over_both(raw):
    raw.write("participants.tsv", "participant_id\tage\tdx\nsub-01\t70\tCN\nsub-02\t71\tAD\nsub-03\tn/a\tCN\n")
    raw.write("sessions.tsv", "participant_id\tsession_id\tdx\nsub-01\tses-m12\tMCI\nsub-01\tses-bl\tSMC\n")
    raw.write("sub-01/sub-01_sessions.tsv", "session_id\tdx\tdate\nses-m12\tAD\t2006\nses-m24\tn/a\tN/A\n")
    table = bids_table(raw.root)
    assert table.header == ["participant_id", "session_id", "age", "dx", "date"]
    assert [tuple(row.values()) for row in table.rows] == [
        ("01", "bl", "70", "SMC", ""),
        ("01", "m12", "70", "AD", "2006"),
        ("01", "m24", "70", "", ""),
        ("02", "", "71", "AD", ""),
        ("03", "", "", "CN", ""),
    ]


def test_a_session_that_only_a_folder_tells_of_has_its_row(raw):
    raw.write("participants.tsv", "participant_id\tage\nsub-01A\t70\n007\t60\n")
    raw.image("sub-01A_ses-1_T1w.nii.gz").image("sub-01A_ses-2_T1w.nii.gz").image("sub-007_T1w.nii.gz")
    assert [tuple(row.values()) for row in rows(raw)] == [("01A", "1", "70"), ("01A", "2", "70"), ("007", "", "60")]


def test_participants_may_be_listed_by_session(raw):
    raw.write("participants.tsv", "participant_id\tsession_id\tage\nsub-01\tses-1\t70\nsub-01\tses-2\t71\n")
    assert [tuple(row.values()) for row in rows(raw)] == [("01", "1", "70"), ("01", "2", "71")]


@pytest.mark.parametrize("odd", ["../../x", "a" * 5000, "a/b", "", "Jane Doe"])
def test_an_id_that_no_folder_can_have_is_a_row_without_sessions(raw, odd):
    raw.write("participants.tsv", f"participant_id\tage\nsub-{odd}\t70\n")
    assert [tuple(row.values()) for row in rows(raw)] == [(odd, "", "70")]


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("participants.tsv", "subject\tage\nsub-01\t1\n", "participants.tsv: no column participant_id"),
        ("participants.tsv", "", "participants.tsv"),
        ("sessions.tsv", "session_id\tage\nses-1\t1\n", "sessions.tsv: no column participant_id and session_id"),
    ],
)
def test_a_table_that_is_not_clear_is_refused_by_name(raw, path, text, said):
    raw.write("participants.tsv", "participant_id\tage\nsub-01\t1\n").write(path, text)
    with pytest.raises(InputError) as raised:
        bids_table(raw.root)
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_whoever_is_named_twice_has_two_rows(raw):
    raw.write("participants.tsv", "participant_id\tage\nsub-01\t1\nsub-02\t2\n01\t3\n")
    raw.write("sub-02/sub-02_sessions.tsv", "session_id\tdx\nses-1\tCN\n1\tAD\n")
    assert [tuple(row.values()) for row in rows(raw)] == [
        ("01", "", "1", ""), ("02", "1", "2", "CN"), ("02", "1", "2", "AD"), ("01", "", "3", ""),
    ]  # fmt: skip


def test_a_row_that_does_not_fit_and_a_table_of_sessions_that_cannot_be_read_concern_their_subject_alone(raw):
    raw.write("participants.tsv", "participant_id\tage\nsub-01\t1\nsub-02\nsub-03\t3\n")
    raw.write("sub-03/sub-03_sessions.tsv", "visit\tage\n1\t2\n")
    table = bids_table(raw.root)
    assert [row["participant_id"] for row in table.rows] == ["01", "03"]
    (line, first, wrong), (none, other, why) = table.ragged
    assert (line, first, none, other) == (3, "02", 0, "03")
    assert wrong.startswith("1 field, but 2 columns") and "no column session_id" in why


def test_a_dataset_without_its_table_is_refused(raw):
    with pytest.raises(InputError, match="no participants.tsv; put the dataset's table"):
        bids_table(raw.root)

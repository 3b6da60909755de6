import pytest

from voxplain.privacy import subjects_of, without_ids


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("sub-P012_ses-1: no mask", "(hidden)_ses-1: no mask"),
        ("read /data/100307_3T.zip in 12.5 s", "read /data/(hidden)_3T.zip in 12.5 s"),
        ("011_S_0003 has two visits", "(hidden) has two visits"),
        ("P-012_T1.nii.gz and p012", "(hidden)_T1.nii.gz and p012"),
        ("/data/site.P012-2/x", "/data/site.(hidden)-2/x"),
        ("P0123 and XP012 are others", "P0123 and XP012 are others"),
        ("epoch 31 of 100: loss 0.4120", "epoch 31 of 100: loss 0.4120"),
        ("P_012.P012", "(hidden).(hidden)"),
    ],
)
def test_an_id_is_hidden_however_it_is_written_and_nothing_else_is(line, hidden):
    assert without_ids(line, {"P012"}) == hidden


def test_ids_are_told_from_the_names_of_files_and_counts_are_none():
    paths = ["volumes/sub-P012/ses-1/anat/sub-P012_ses-1_status.json", "x/sub-24_T1w.nii.gz", "sub-1234.h5"]
    assert subjects_of(paths) == {"P012", "1234"}

import pytest

from voxplain.cohort.ratings import rated_out
from voxplain.errors import VoxplainError

SCANS = ["sub-1", "sub-2", "sub-3_ses-a"]


@pytest.fixture
def rated(tmp_path):
    def out(text, scans=SCANS):
        (tmp_path / "qc_ratings.tsv").write_text(text)
        return rated_out(tmp_path / "qc_ratings.tsv", scans)

    return out


def test_exclude_leaves_out_with_the_comment_as_the_reason_and_other_ratings_do_not(rated):
    text = "scan\trating\tcomment\nsub-1\texclude\tring artefact\nsub-2\tgood\t\nsub-3_ses-a\t\tlook again\n"
    assert rated(text) == {"sub-1": "ring artefact"}


def test_without_a_comment_the_file_is_the_reason(rated):
    assert rated("scan,rating\nsub-2,Exclude \n") == {"sub-2": "rated exclude in qc_ratings.tsv"}
    assert rated("rating,scan,comment\nexclude,sub-2,\n") == {"sub-2": "rated exclude in qc_ratings.tsv"}


def test_a_table_of_several_inputs_may_hold_a_scan_in_several_rows(rated):
    text = "scan\tinput\trating\tcomment\nsub-1\taffine\t\t\nsub-1\tsyn\texclude\tmoved\nsub-1\trigid\texclude\t\n"
    assert rated(text) == {"sub-1": "moved"}


def test_a_comment_over_several_lines_becomes_one(rated):
    assert rated('scan\trating\tcomment\nsub-1\texclude\t"moved,\nthen left"\n') == {"sub-1": "moved, then left"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scan,rating\nsub-1,excluded\n", "sub-1 is rated excluded; write exclude to leave it out"),
        ("scan,rating\nsub-1,exlude\n", "sub-1 is rated exlude; write exclude"),
        ("scan,rating\nsub-1,good\nsub-1,exclude\n", "sub-1 is rated good and exclude; keep one of them"),
        ("scan,rating\nsub-11,exclude\n", "sub-11 is to be excluded, but is no scan of the study; nearest: sub-1"),
        ("scan,verdict\nsub-1,exclude\n", 'cohort.ratings is "rating", no column of'),
        ("subject,rating\nsub-1,exclude\n", 'cohort.ratings is "scan", no column of'),
        ("scan,rating,comment\nsub-2,,\nsub-1,exclude,moved, twice\n", "line 3 (sub-1): 4 fields"),
        ("", "set cohort.ratings to"),
    ],
)
def test_a_table_that_could_be_misread_is_refused_in_one_line(rated, text, said):
    with pytest.raises(VoxplainError) as refusal:
        rated(text)
    assert said in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_rating_of_a_scan_that_is_not_there_matters_only_if_it_excludes(rated):
    assert rated("scan,rating\nsub-99,good\n") == {}

"""Each fault of an archive or of the table, and the line that the user reads about it; everybody else goes on."""

import io
import json
import zipfile

import pytest

from scripts.extract_scan import extract_scan
from scripts.tabulate_scans import tabulate_scans
from voxplain.cohort.folds import make_folds
from voxplain.cohort.scans import find_scans
from voxplain.errors import InputError, SettingsError

IDS = ["100001", "100002", "100003", "100004", "100005"]
BAD = "100003"
MEMBERS = {"volume": "T1w/head.nii.gz", "mask": "T1w/mask.nii.gz"}


def packed(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as contents:
        for name, content in members.items():
            contents.writestr(name, content)
    return bytearray(file.getvalue())


def package(source_id):
    return packed({f"{source_id}/{member}": f"{source_id} {member}".encode() * 40 for member in MEMBERS.values()})


class Cohort:
    """Five subjects with archives and a table, to be damaged."""

    def __init__(self, folder):
        self.folder = folder / "archives"
        self.folder.mkdir()
        self.table = folder / "behavioural.csv"
        for source_id in IDS:
            self.archive(source_id).write_bytes(package(source_id))
        self.write("Subject,Gender,Age", *(f"{one},{'FM'[int(one) % 2]},30" for one in IDS))
        self.settings = {
            "source": "hcp",
            "archives": str(self.folder),
            "id_column": "Subject",
            "label_column": "Gender",
            "classes": {"F": 0, "M": 1},
            "covariates": ["Age"],
            "members": MEMBERS,
        }

    def archive(self, source_id=BAD):
        return self.folder / f"{source_id}_3T.zip"

    def write(self, *lines):
        self.table.write_text("\n".join(lines) + "\n")

    def replace(self, before, after):
        self.table.write_text(self.table.read_text().replace(before, after))

    def tabulated(self, folder):
        folder.mkdir()
        scans = [scan.fields() for scan in find_scans(self.settings, "study")]
        statuses = []
        for scan in scans:
            status = extract_scan(scan["archives"], scan["scan"], scan["source_id"], MEMBERS, folder / scan["scan"])
            assert all((folder / scan["scan"] / name).stat().st_size for name in status["files"].values())
            statuses.append(folder / f"{scan['scan']}.json")
            statuses[-1].write_text(json.dumps(status))
        return tabulate_scans(scans, self.table, statuses, self.settings)


@pytest.fixture
def cohort(tmp_path):
    return Cohort(tmp_path)


def with_content(content):
    return lambda cohort: cohort.archive().write_bytes(content)


def changed(at, bits=1, source=None):
    """The bad archive with one byte changed; ``at`` finds it."""

    def fault(cohort):
        content = source or package(BAD)
        position = at(content)
        cohort.archive().write_bytes(content[:position] + bytes([content[position] ^ bits]) + content[position + 1 :])

    return fault


def encrypted(cohort):
    content = package(BAD)
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        position = content.index(signature)
        content[position + offset] |= 1
    cohort.archive().write_bytes(content)


def second_archive(cohort):
    (cohort.folder / f"{BAD}_again.zip").write_bytes(package(BAD))


def nested(content):
    return with_content(packed({f"{BAD}_3T.zip": bytes(content)}))


FAULTS = {
    "empty archive": (with_content(b""), "archive", "100003_3T.zip: empty (0 bytes); download it again"),
    "a page instead of an archive": (
        with_content(b"<html>log in first</html>"),
        "archive",
        "100003_3T.zip: not a zip file; replace it by the archive as it was downloaded",
    ),
    "truncated zip": (
        with_content(package(BAD)[:-200]),
        "archive",
        "100003_3T.zip: cut short or damaged (no list of contents at its end); download it again",
    ),
    "a zip that lost its beginning": (
        with_content(package(BAD)[100:]),
        "extract",
        "100003_3T.zip: 100003/T1w/head.nii.gz: damaged ([Errno 22] Invalid argument); download it again",
    ),
    "archive without the member": (
        with_content(packed({"100003/T1w/HEAD.nii": b"1", "100003/T1w/mask.nii.gz": b"2"})),
        "extract",
        "100003_3T.zip: no 100003/T1w/head.nii.gz inside; nearest of its 2 members: 100003/T1w/HEAD.nii, "
        "100003/T1w/mask.nii.gz; set cohort.members",
    ),
    "archive of somebody else": (
        with_content(package("999999")),
        "extract",
        "100003_3T.zip: no 100003/T1w/head.nii.gz inside; nearest of its 2 members: 999999/T1w/head.nii.gz, "
        "999999/T1w/mask.nii.gz; set cohort.members",
    ),
    "archive of nothing": (
        with_content(packed({})),
        "extract",
        "100003_3T.zip: no 100003/T1w/head.nii.gz inside; it holds nothing; set cohort.members",
    ),
    "names with control characters": (
        with_content(packed({"a\x1b[31m\nb": b"1"})),
        "extract",
        "100003_3T.zip: no 100003/T1w/head.nii.gz inside; nearest of its 1 member: a?[31m b; set cohort.members",
    ),
    "wrong CRC": (
        changed(lambda content: content.index(b"100003 T1w/head") + 5),
        "extract",
        "100003_3T.zip: 100003/T1w/head.nii.gz: the content does not match its checksum (CRC-32); download it again",
    ),
    "encrypted": (
        encrypted,
        "extract",
        "100003_3T.zip: 100003/T1w/head.nii.gz: encrypted; unpack it with its password and zip it again without one",
    ),
    "unknown compression": (
        changed(lambda content: content.index(b"PK\1\2") + 10, bits=97),
        "extract",
        "100003_3T.zip: 100003/T1w/head.nii.gz: packed in a way that cannot be read "
        "(That compression method is not supported); zip it again",
    ),
    "truncated zip inside": (
        nested(package(BAD)[:-200]),
        "extract",
        "100003_3T.zip: 100003_3T.zip: cut short or damaged (no list of contents at its end); download it again",
    ),
    "two archives of one id": (
        second_archive,
        "archive",
        "2 archives for 100003 (100003_3T.zip, 100003_again.zip); keep one of them in the folder",
    ),
    "subject without archive": (
        lambda cohort: cohort.archive().unlink(),
        "archive",
        "no archive whose name begins with 100003",
    ),
    "archive without subject": (lambda cohort: cohort.replace("100003,M,30\n", ""), "table", "no row in the table"),
    "duplicated id": (
        lambda cohort: cohort.replace("100003,M,30", "100003,M,30\n100003,F,30"),
        "table",
        "named 2 times in the table; keep one row",
    ),
    "label outside classes": (
        lambda cohort: cohort.replace("100003,M", "100003,X"),
        "table",
        "Gender is 'X', none of cohort.classes (F, M)",
    ),
    "missing label": (lambda cohort: cohort.replace("100003,M", "100003,"), "table", "no Gender in the table"),
    "comma without quotes": (
        lambda cohort: cohort.replace("100003,M,30", "100003,M,30, about"),
        "table",
        "4 fields in its row of the table, but 3 columns; a comma may lack its quotes",
    ),
    "row cut short": (
        lambda cohort: cohort.replace("100003,M,30", "100003,M"),
        "table",
        "2 fields in its row of the table, but 3 columns; a comma may lack its quotes",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_bad_subject_is_named_and_the_others_go_on(cohort, tmp_path, name):
    fault, stage, line = FAULTS[name]
    fault(cohort)
    scans, ledger = cohort.tabulated(tmp_path / "anat")
    (bad,) = ledger[ledger["source_id"] == BAD].itertuples()
    assert (bad.status, bad.stage) == ("excluded", stage)
    assert bad.reason == line
    assert scans["source_id"].tolist() == [one for one in IDS if one != BAD]
    assert not list((tmp_path / "anat" / f"sub-{BAD}").glob("*.nii.gz")) or stage == "table"


def test_the_undamaged_cohort_is_used_whole(cohort, tmp_path):
    scans, ledger = cohort.tabulated(tmp_path / "anat")
    assert scans["source_id"].tolist() == IDS
    assert set(ledger["status"]) == {"used"}


def no_archives(cohort):
    for archive in cohort.folder.iterdir():
        archive.unlink()


STOPS = {
    "no archives": (no_archives, InputError, "no *.zip in the folder "),
    "no folder": (
        lambda cohort: cohort.settings.update(archives="absent"),
        InputError,
        'no folder "absent" in ',
    ),
    "no table": (lambda cohort: cohort.table.unlink(), InputError, "{table}: no such table; set cohort.table"),
    "empty table": (lambda cohort: cohort.table.write_text("\n\n"), InputError, "{table}: empty; set cohort.table"),
    "a spreadsheet for a table": (
        lambda cohort: cohort.table.write_bytes(b"PK\3\4\xff\xfe\x00"),
        InputError,
        "{table}: no comma-separated UTF-8 text (",
    ),
    "id column missing": (
        lambda cohort: cohort.replace("Subject,", "subject,"),
        SettingsError,
        'cohort.id_column is "Subject", no column of {table}; nearest of its 3: subject',
    ),
    "label column missing": (
        lambda cohort: cohort.replace("Gender", "gender_x"),
        SettingsError,
        'cohort.label_column is "Gender", no column of {table}; nearest of its 3: gender_x',
    ),
    "covariate missing": (
        lambda cohort: cohort.settings.update(covariates=["Ages"]),
        SettingsError,
        'cohort.covariates is "Ages", no column of {table}; nearest of its 3: Age',
    ),
    "semicolons": (
        lambda cohort: cohort.replace(",", ";"),
        SettingsError,
        'cohort.id_column is "Subject", no column of {table}; nearest of its 1: Subject;Gender;Age',
    ),
    "two columns of one name": (
        lambda cohort: cohort.replace("Gender,Age", "Gender,Gender"),
        SettingsError,
        'cohort.label_column is "Gender", which is 2 columns of {table}; rename all but one',
    ),
    "nobody left": (
        lambda cohort: [cohort.archive(one).write_bytes(b"") for one in IDS],
        InputError,
        "no scan is left of 5; the commonest reason (5 times): <id>_3T.zip: empty (0 bytes); download it again",
    ),
}


@pytest.mark.parametrize("name", STOPS)
def test_what_concerns_everybody_stops_the_run_with_one_line(cohort, tmp_path, name):
    fault, kind, line = STOPS[name]
    fault(cohort)
    with pytest.raises(kind) as raised:
        cohort.tabulated(tmp_path / "anat")
    assert str(raised.value).startswith(line.format(table=cohort.table))
    assert "\n" not in str(raised.value)


def test_fewer_subjects_in_a_class_than_folds_are_counted(cohort, tmp_path):
    scans, _ = cohort.tabulated(tmp_path / "anat")
    with pytest.raises(SettingsError) as raised:
        make_folds(scans, k=3, repeats=1, seed=1, validation=0.2)
    said = "folds.k is 3, but class 0 has only 2 subjects (class 0: 2, class 1: 3); lower folds.k or add subjects"
    assert str(raised.value) == said

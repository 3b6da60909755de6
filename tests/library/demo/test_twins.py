import hashlib
import json
import os
import zipfile
from collections import Counter
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from tests.library.merging import merged
from voxplain.cohort.files.checksums import stated_md5
from voxplain.cohort.other_cohorts import find_other_cohorts
from voxplain.cohort.scans import find_scans
from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.tables.features import read_features
from voxplain.cohort.tables.id_files import read_ids
from voxplain.demo.twins import make, planned
from voxplain.demo.twins.planned import planned_twin
from voxplain.errors import SettingsError
from voxplain.volumes.hemispheres import check_sides, side_pairs
from voxplain.volumes.label_tables import read_names

HEADS = {"subjects": 16, "spacing": 6.0, "twins": [], "warp": 0}
HCP = {
    "source": "hcp",
    "archives": "/hcp/archives",
    "pattern": "*_3T_Structural_preproc*",
    "table": "/hcp/unrestricted.csv",
    "tables": [{"path": "/hcp/restricted.csv", "columns": ["Family_ID"]}],
    "features": {"path": "/hcp/freesurfer.csv", "id_column": "Subject"},
    "made": HEADS,
}
GIVEN = {"train": "/hcp/train.npy", "validation": "/hcp/val.txt", "test": "/hcp/test.npy"}
ATLASES = [
    {"name": "aal", "image": "/atlases/a.nii", "labels": "/atlases/ROI_MNI_V4.txt"},
    {"name": "aalspm", "image": "/atlases/a.nii", "labels": "/atlases/AAL.xml"},
    {"name": "icbm", "image": "/atlases/i.nii", "labels": "/atlases/LabelLookupTable.txt"},
    {"name": "brainnetome", "image": "/atlases/b.nii", "labels": "/atlases/BN_Atlas_246_LUT.txt"},
    {"name": "hippocampus", "image": "/atlases/h.nii", "labels": None},
]
PLACES = "{PTID}/{Visit}/{PTID}_{Scan.Date}_{Visit}_{Image.ID}_{DX}.nii.gz"
YEARLY = {
    "source": "table",
    "archives": "/adni/1.5t",
    "table": "/adni/annual_15t.csv",
    "columns": {"subject": "PTID", "session": "Visit", "path": PLACES, "date": "Scan.Date"},
    "test_cohorts": {"3t": {"archives": "/adni/3t", "table": "/adni/annual_3t.csv"}},
    "made": HEADS,
}


def twin(cohort, label, transform="none", strip="template", **further):
    return merged(
        study="one",
        made="true",
        cohort=cohort,
        inputs={"one": {"strip": strip, "transform": transform}},
        experiments={"one": {"input": "one", "labels": label}},
        **further,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("twins")


@pytest.fixture(scope="module")
def made(folder):
    """Settings of the twins of four layouts, each made in a folder of its own, and all of their scans."""
    asked = {
        "hcp": twin(HCP, "hcp_age4", folds={"given": GIVEN}, template={"atlases": ATLASES}),
        "yearly": twin(YEARLY, "adni_ad_cn"),
        "tree": twin(YEARLY | {"source": "adni", "columns": {}, "test_cohorts": {}}, "adni_ad_cn"),
        "cubes": twin(
            {"source": "table", "archives": "/adni", "table": "/adni/metadata.csv", "made": HEADS}
            | {"columns": {"path": "Path"}},
            "adni_ad_lmci",
        ),
    }
    found, here = {}, Path.cwd()
    for name, settings in asked.items():
        (folder / name).mkdir()
        os.chdir(folder / name)
        try:
            assert planned_twin(settings).startswith("data/oneMade: made data written")
            found[name] = settings, find_scans(settings)[1]
        finally:
            os.chdir(here)
    return found


@pytest.fixture
def inside(folder, made, monkeypatch):
    """Go into the folder of a layout; its settings and scans."""

    def go(name):
        monkeypatch.chdir(folder / name)
        return made[name]

    return go


def rows(path):
    return read_delimited(path, "cohort.table").rows


def contents(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_archive_of_hcps_twin_is_found_whole_and_by_its_checksum(inside):
    settings, scans = inside("hcp")
    assert len(scans) == 16 and not any(scan.stage for scan in scans)
    for scan in scans:
        (archive, member), *_ = scan.places["T1w"]
        with zipfile.ZipFile(archive) as held:
            assert {member, scan.places["mask"][0][1]} <= set(held.namelist())
        assert stated_md5(archive) == hashlib.md5(Path(archive).read_bytes()).hexdigest()


def test_age_release_and_family_tell_nothing_of_the_sex_in_hcps_twin(inside):
    inside("hcp")
    people = rows("data/oneMade/unrestricted.csv")
    for column, values in (("Age", 4), ("Release", 3)):
        women, men = (Counter(row[column] for row in people if row["Gender"] == sex) for sex in "FM")
        assert women == men and len(women) == values
    families = Counter(row["Family_ID"] for row in rows("data/oneMade/tables/restricted.csv"))
    assert sorted(families.values()) == [1] * 8 + [2] * 4


def test_only_the_sizes_of_brains_go_with_the_sex_in_the_twin_of_the_measures(inside):
    inside("hcp")
    read = read_features("data/oneMade/features/freesurfer.csv", "Subject", labels=["Gender"])
    sex = np.array([row["Gender"] == "M" for row in rows("data/oneMade/features/freesurfer.csv")])
    apart = {name: abs(np.corrcoef(read.table[name], sex)[0, 1]) for name in read.table}
    assert len(apart) == 14 and not read.problems
    # of the made heads, men's are planted larger; everything else is drawn
    assert np.mean([value for name, value in apart.items() if "BrainSeg" not in name and "Mask" not in name]) < 0.35
    assert apart["FS_Mask_Vol"] > 0.5


def test_files_of_a_given_split_hold_everybody_once_and_every_class(inside):
    settings, scans = inside("hcp")
    ages = {scan.source_id: scan.labels["hcp_age4"] for scan in scans}
    parts = {
        part: [one for one, _ in read_ids(path, "folds.given")] for part, path in settings["folds"]["given"].items()
    }
    assert sorted(sum(parts.values(), [])) == sorted(ages)
    assert {part: len(ids) for part, ids in parts.items()} == {"train": 8, "validation": 4, "test": 4}
    assert all({ages[one] for one in ids} == {0, 1, 2, 3} for ids in parts.values())


@pytest.mark.parametrize(
    ("name", "said", "pairs"),
    [
        ("aal", "Hippocampus_L", 18),
        ("aalspm", "Precentral_R", 18),
        ("icbm", "Superior corona radiata L", 6),
        ("brainnetome", "Hipp_R_2_1", 9),
        ("hippocampus", None, 0),
    ],
)
def test_stand_ins_of_atlases_are_read_as_the_published_ones_and_have_their_sides_right(inside, name, said, pairs):
    settings, _ = inside("hcp")
    one = next(one for one in settings["template"]["atlases"] if one["name"] == name)
    image = nib.load(one["image"])
    labels = np.asarray(image.dataobj).astype(int)
    if not said:
        assert set(np.unique(labels)) == {0, 1, 2} and one["labels"] is None
        return
    names = read_names(one["labels"])
    assert set(np.unique(labels)) == {0, *names} and said in names.values()
    assert len(side_pairs(names)) == pairs
    check_sides(name, labels, image.affine, names)


@pytest.mark.parametrize("name", ["yearly", "tree"])
def test_each_row_of_the_yearly_table_has_its_volume_and_patients_with_mci_are_left_out(inside, name):
    settings, scans = inside(name)
    told = rows("data/oneMade/annual_15t.csv")
    assert len(scans) == len(told) and not [scan for scan in scans if scan.stage == "archive"]
    used = [scan for scan in scans if not scan.stage]
    assert {scan.labels["adni_ad_cn"] for scan in used} == {0, 1}
    assert {"MCI", "CN", "Dementia"} == {row["DX"] for row in told}
    assert [scan.stage for scan in scans if scan.cells["DX"] == "MCI"] == ["table"] * sum(
        row["DX"] == "MCI" for row in told
    )
    visits = Counter(scan.source_id for scan in used)
    assert max(visits.values()) == 3 and min(visits.values()) == 1
    # somebody has a visit twice, of which the first image stays
    assert sum(scan.reason.startswith("a repeat of its visit") for scan in scans) == 1


def test_some_patients_of_the_further_cohort_are_in_the_study_and_others_are_not(inside):
    settings, scans = inside("yearly")
    further = find_other_cohorts(settings, scans)["3t"]
    own, others = {scan.source_id for scan in scans}, {scan.source_id for scan in further.used.values()}
    assert own & others and others - own
    assert {scan.labels["adni_ad_cn"] for scan in further.used.values()} == {0, 1}


def test_brains_of_the_four_groups_fill_cubes_with_nothing_around_them(inside):
    settings, scans = inside("cubes")
    assert Counter(row["Label"] for row in rows("data/oneMade/metadata.csv")) == dict.fromkeys(
        ("AD", "LMCI", "EMCI", "Normal"), 4
    )
    assert len([scan for scan in scans if not scan.stage]) == 8
    for scan in scans:
        volume = np.asarray(nib.load(Path(*scan.places["T1w"][0])).dataobj)
        assert len(set(volume.shape)) == 1
        assert 0.1 < (volume != 0).mean() < 0.6 and not volume[[0, -1]].any()


def test_a_twin_is_made_once_and_anew_for_other_heads(inside, monkeypatch, tmp_path):
    settings, _ = inside("cubes")
    before = contents(Path("data"))
    assert planned_twin(settings) is None
    monkeypatch.chdir(tmp_path)
    make.make_twin(settings)
    assert contents(tmp_path / "data") == before
    fewer = settings | {"cohort": settings["cohort"] | {"made": settings["cohort"]["made"] | {"subjects": 4}}}
    assert planned_twin(fewer)
    assert len(contents(tmp_path / "data")) == 6
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["oneMade"]


def test_a_twin_that_is_interrupted_leaves_nothing(inside, monkeypatch, tmp_path):
    settings, _ = inside("hcp")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(make, "write_atlas", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make.make_twin(settings)
    assert list((tmp_path / "data").iterdir()) == []


def test_of_two_that_make_a_twin_at_once_the_first_ones_files_stay(inside, monkeypatch):
    settings, _ = inside("cubes")
    written = Path("data/oneMade/manifest.json").stat().st_ino
    make.make_twin(settings)
    assert Path("data/oneMade/manifest.json").stat().st_ino == written
    assert [path.name for path in Path("data").iterdir()] == ["oneMade"]


@pytest.mark.parametrize("further", ["has taken it away", "has put its own there"])
def test_of_two_that_replace_older_files_at_once_the_first_ones_new_files_stay(monkeypatch, tmp_path, further):
    folder, asked = tmp_path / "oneMade", {"version": 2}
    for name, told in (("oneMade", {"version": 1}), ("first", asked), ("second", asked)):
        (tmp_path / name).mkdir()
        (tmp_path / name / make.MANIFEST).write_text(json.dumps(told))
        (tmp_path / name / "by").write_text(name)

    def looked_at(*given):
        """The second one's look at the older files, behind which the first one goes on."""
        monkeypatch.setattr(make, "is_there", planned.is_there)
        found = planned.is_there(*given)
        os.rename(folder, tmp_path / "older")
        if further == "has put its own there":
            os.rename(tmp_path / "first", folder)
        return found

    monkeypatch.setattr(make, "is_there", looked_at)
    make._put(tmp_path / "second", folder, asked)
    assert planned.is_there(folder, asked)
    assert (folder / "by").read_text() == ("first" if further == "has put its own there" else "second")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_layout_that_has_no_twin_is_refused_in_one_line(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = twin({"source": "bids", "archives": "/data", "made": HEADS, "labels": HCP_SEX}, None)
    with pytest.raises(SettingsError) as refused:
        make.make_twin(settings)
    assert str(refused.value) == (
        'setting "made" is true, but cohort.source bids has no made twin; hcp, adni and table have'
    )


def test_a_twin_that_is_told_to_write_elsewhere_is_refused(inside, monkeypatch, tmp_path):
    settings, _ = inside("cubes")
    monkeypatch.chdir(tmp_path)
    elsewhere = settings | {"cohort": settings["cohort"] | {"table": "/users/own.csv"}}
    with pytest.raises(SettingsError, match='^setting "twin" names /users/own.csv, which is not below data/oneMade; '):
        make.make_twin(elsewhere)
    assert list((tmp_path / "data").iterdir()) == []


HCP_SEX = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}

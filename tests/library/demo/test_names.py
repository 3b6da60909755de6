import subprocess
import sys

from voxplain.demo.names import archive_names, scan_ids


def test_ids_are_six_digits_and_all_different():
    ids = scan_ids({"subjects": 72})
    assert ids[0] == "990001" and len(set(ids)) == 72
    assert all(len(source_id) == 6 and source_id.isdigit() for source_id in ids)


def test_every_sixth_archive_is_a_zip_within_a_zip():
    names = list(archive_names({"subjects": 12}).values())
    assert [name for name in names if not name.endswith("_3T_Structural_preproc.zip")] == ["990006.zip", "990012.zip"]


def test_names_follow_from_settings_without_heavy_imports():
    code = "import sys, voxplain.demo.names; sys.exit(any(m in sys.modules for m in ('numpy', 'scipy', 'nibabel')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

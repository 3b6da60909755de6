"""What was found of a file is kept for the next process, and never in the place of the file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from pathlib import Path
from voxplain import source_code
if sys.argv[2:] == ["never parse"]:
    source_code.ast.parse = None
print(source_code.source_of(Path(sys.argv[1])))
source_code.remember()
"""


@pytest.fixture
def found(tmp_path):
    """What a process of its own finds of a file, with a cache below ``tmp_path``."""
    module = tmp_path / "module.py"
    module.write_text("import voxplain.errors\n")

    def found(*options):
        ran = subprocess.run(
            [sys.executable, "-c", ASK, module, *options],
            cwd=ROOT,
            env={"XDG_CACHE_HOME": str(tmp_path / "cache")},
            check=True,
            capture_output=True,
            text=True,
        )
        return ran.stdout

    return found


def kept(tmp_path):
    return list((tmp_path / "cache").rglob("*.*"))


def test_a_second_process_parses_nothing(found, tmp_path):
    first = found()
    assert "'voxplain.errors'" in first
    assert found("never parse") == first
    assert len(kept(tmp_path)) == 1


def test_an_edited_file_is_parsed_though_its_time_stands_still(found, tmp_path):
    first = found()
    module = tmp_path / "module.py"
    known = module.stat()
    module.write_text("import voxplain.shards\n")
    os.utime(module, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert "'voxplain.shards'" in found() != first


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": 1}', '{"a": [1, 2]}', "\0"])
def test_a_damaged_cache_is_as_good_as_none_and_mended(found, tmp_path, content):
    first = found()
    kept(tmp_path)[0].write_text(content)
    assert found() == first
    assert found("never parse") == first


def test_where_nothing_can_be_kept_all_the_same_is_found(found, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder would be")
    assert "'voxplain.errors'" in found() == found()

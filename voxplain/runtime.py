"""What every script does first: its log, its progress, files that appear whole or not at all."""

import glob
import json
import logging
import os
import re
import shutil
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from voxplain.disk_faults import disk_fault, refuse_to_judge_without_room
from voxplain.errors import VoxplainError
from voxplain.privacy import subjects_of, without_ids

log = logging.getLogger("voxplain")

SECONDS_BETWEEN_LINES = 10
ONE_DAY = 86400


class _Line(logging.Formatter):
    def __init__(self, line, clock, hidden):
        super().__init__(line, clock)
        self.hidden = hidden  # None, or the ids that a job's files name, beside whatever looks like one

    def format(self, record):
        return self.without_ids(super().format(record))

    def without_ids(self, text):
        return text if self.hidden is None else without_ids(text, self.hidden)


@contextmanager
def rule_log(snakemake):
    """Log of a rule's script, in its log file and on the terminal; a fault of data or disk ends it in one line.

    Any other exception is written to the log with its traceback and raised again, so that the terminal shows it too.
    With the setting ``privacy`` the ids of subjects are hidden in every line, and such an exception ends the script
    instead of being raised.
    """
    private = str(snakemake.config.get("privacy", False)).lower() == "true"
    # a shard is extracted from files of whatever name into a list that is not there yet
    named = [*snakemake.input, *snakemake.output, *snakemake.params.get("scans", ())]
    hidden = subjects_of(named) if private else None
    shape = _Line("%(asctime)s %(message)s", "%H:%M:%S", hidden)
    handlers = [logging.StreamHandler(sys.stderr)]
    if snakemake.log:
        Path(snakemake.log[0]).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(snakemake.log[0], mode="w"))
    for handler in handlers:
        handler.setFormatter(shape)
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(handlers[-1])
    try:
        yield
    except VoxplainError as error:
        log.error("%s: %s", snakemake.rule, error)
        sys.exit(1)
    except Exception as error:
        if reason := disk_fault(error):
            log.error("%s: %s", snakemake.rule, reason)
            sys.exit(1)
        for handler in handlers if private else handlers[1:]:
            handler.stream.write(shape.without_ids(traceback.format_exc()))
            handler.flush()
        if private:
            sys.exit(1)
        raise
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            logging.getLogger("py.warnings").removeHandler(handler)
        if len(handlers) > 1:
            handlers[1].close()


@contextmanager
def written_whole(path):
    """A temporary path beside ``path``, with the same suffixes, that takes its place when the block ends well.

    The content is on the disk before the name changes: a killed job leaves the old file or none, never a part of one.
    """
    path = Path(path)
    with own_folder(path.parent, path.name) as folder:
        part = folder / path.name
        yield part
        with open(part, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(part, path)


@contextmanager
def own_folder(folder, name):
    """A folder ``.{name}.….part`` in ``folder`` that is this process's alone while the block lasts, and then gone.

    What a killed job left under the same name is removed first; that of one that may still write stays, see
    `remove_left`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    remove_left(folder, f".{glob.escape(name)}.*.part")
    own = Path(mkdtemp(prefix=f".{name}.{os.uname().nodename}-{os.getpid()}-", suffix=".part", dir=folder))
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def remove_left(folder, pattern):
    """Remove from ``folder`` what killed jobs left of their own under ``pattern``.

    That of a job that outlived its Snakemake and may still write stays; the log names it, because perhaps nobody comes
    after that would remove it.
    """
    for left in Path(folder).glob(pattern):
        if _still_written(left):
            log.warning("%s: another job may still be writing it; remove it if none is", left)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _still_written(folder):
    """Whether the process that the name of a part's ``folder`` tells may still write into it.

    Of a process on another machine nobody here knows more than when it last wrote: a day ago is long enough.
    """
    named = re.search(r"\.(?P<host>[^/]+)-(?P<pid>\d+)-\w+\.part$", folder.name)
    if not named:
        return False
    if not f".{named['host']}".endswith(f".{os.uname().nodename}"):
        with suppress(OSError):
            return time.time() - max(one.stat().st_mtime for one in (folder, *folder.iterdir())) < ONE_DAY
        return False
    try:
        os.kill(int(named["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        # a killed process stays known until its parent asks after it
        return Path(f"/proc/{named['pid']}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def write_status(path, status):
    """Leave what became of a scan at ``path``, whole; one that is left out is named in the log, with the reason.

    Raises OSError instead of leaving a scan out while the disk is all but full, see `refuse_to_judge_without_room`.
    """
    if not status["accepted"]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        refuse_to_judge_without_room(Path(path).parent)
        log.warning("%s left out: %s", status["scan"], status["reason"])
    with written_whole(path) as part:
        part.write_text(json.dumps(status, indent=1))


def progress(iterable, total=None, label=""):
    """The items of ``iterable``, with a bar on a terminal and a plain line every ten seconds elsewhere."""
    total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(iterable, total=total, desc=label, leave=False)
        return
    begun = said = time.monotonic()
    for number, item in enumerate(iterable, 1):
        yield item
        now = time.monotonic()
        if now - said >= SECONDS_BETWEEN_LINES or number == total:
            said = now
            left = f", {(now - begun) / number * (total - number):.0f} s left" if total else ""
            log.info("%s %d%s, %.0f s%s", label, number, f"/{total}" if total else "", now - begun, left)

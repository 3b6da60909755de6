"""What a disk has against a file that is written, in the user's words."""

import errno
import os
import shutil
import tempfile

from voxplain.errors import VoxplainError

# bytes below which a scan that fails may have failed for want of room
ROOM_TO_JUDGE = 256e6

REASONS = {
    errno.ENOSPC: "no space is left on the disk; make room and run again",
    errno.EDQUOT: "the disk quota is used up; make room and run again",
    errno.EROFS: "the file system is read-only; make it writable, or run in another folder by --directory",
    errno.EACCES: "it may not be written or read; see to its permissions and run again",
}
# A network disk that does not answer, or more files open than may be: neither says anything of what was to be read
AWAY = {errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EREMOTEIO, errno.EMFILE, errno.ENFILE}
AWAY |= {errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH}
# what HDF5 and torch say, which hand on no number
_WORDS = {
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "Read-only file system": errno.EROFS,
    "file write failed": errno.ENOSPC,
    "requested and 0 written": errno.ENOSPC,
    "unexpected pos": errno.ENOSPC,
    "iostream error": errno.ENOSPC,
}


def disk_fault(error):
    """One line on an error of a disk that is full, read-only or closed to us: what it says of which file; else None."""
    if not isinstance(error, OSError | RuntimeError):
        return None
    number = getattr(error, "errno", None)
    if number not in REASONS:
        number = next((code for word, code in _WORDS.items() if word in str(error)), None)
    if number is None:
        return None
    name = getattr(error, "filename", None)
    return f"{name}: {REASONS[number]}" if name else REASONS[number]


def refuse_to_judge_without_room(folder):
    """Raise OSError where the disk of ``folder`` or of temporary files is all but full.

    What fails there, perhaps in a tool that does not say why, says nothing of a scan.
    """
    for place in (folder, tempfile.gettempdir()):
        if shutil.disk_usage(place).free < ROOM_TO_JUDGE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))


def refuse_to_judge_unread(fault, name):
    """Raise VoxplainError, no InputError, where ``fault`` says that ``name`` could not be asked for what is in it."""
    if getattr(fault, "errno", None) in AWAY:
        raise VoxplainError(f"{name}: not to be had now ({fault.strerror}); run again when that is over") from fault

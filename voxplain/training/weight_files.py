"""Files of tensors as torch writes them, read as plain data; a damaged one is a line, not a traceback."""

import hashlib
import pickle
import zipfile
from pathlib import Path

import torch

from voxplain.errors import InputError


def checksum(path):
    """32 hexadecimal digits of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def read_tensors(path, todo, known=None):
    """What ``torch.save`` left at ``path``, on the CPU; nothing in it is run.

    Raises `InputError` where it is cut short or damaged, or differs from the checksum ``known``; ``todo`` says what to
    do about it.
    """
    try:
        if known and checksum(path) != known:
            raise InputError(f"{path}: differs from the checksum on its card; {todo}")
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; {todo}") from error
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{Path(path)}: cut short or damaged; {todo}") from error

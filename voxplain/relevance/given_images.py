"""Images that a study is given beside its own: read whole, and placed in space where that can be believed."""

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError

from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.volumes.headers import placed


def read_given(path, about, *, unread, other, several):
    """Values (x, y, z) of the NIfTI file ``path``, in the file's type, and its affine (4, 4).

    ``about`` names it in errors, and the others say what to do where it cannot be read, is no NIfTI or holds several
    volumes. Raises InputError, in one line, also where its header does not place it.
    """
    try:
        image = nibabel.load(path)
        data = np.asanyarray(image.dataobj)
    except (OSError, EOFError, ValueError, ImageFileError) as error:
        raise InputError(f"{about}: cannot be read ({shown(error)}); {unread}") from error
    if not isinstance(image, nibabel.Nifti1Pair):
        raise InputError(f"{about}: a {type(image).__name__}, which is no NIfTI; {other}")
    if data.ndim > 3 and set(data.shape[3:]) == {1}:
        data = data.reshape(data.shape[:3])
    if data.ndim != 3:
        raise InputError(f"{about}: shape {data.shape}; {several}")
    return data, placed(image.header, about, "refuse")

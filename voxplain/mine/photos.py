"""Pictures of two dimensions as numbers: photographs, slices, radiographs."""

import warnings
from contextlib import contextmanager

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError

FORMATS = "PNG", "JPEG", "BMP", "TIFF", "WEBP"
WHITE = 255
WHITE_OF_16_BITS = 65535
ORIENTATION = 0x0112  # of EXIF


def read_photo(path, name, channels=None):
    """The picture in ``path`` as (channels, height, width), float32, from 0 (black) to 1, and notes; or InputError.

    A grey picture has one channel, any other three: red, green, blue; ``channels`` 1 or 3 asks for one or the other.
    A photograph that its camera marked as lying on its side is turned upright. Floating-point pixels stay as they are.
    """
    if channels not in (None, 1, 3):
        raise SettingsError(f"channels is {channels!r}; use 1 for grey, 3 for red, green and blue, or leave it out")
    with _opened(path, name) as file:
        turned = file.getexif().get(ORIENTATION, 1) != 1
        data = _numbers(ImageOps.exif_transpose(file), name, channels)
    if not np.isfinite(data).all():
        raise InputError(f"{name}: {int((~np.isfinite(data)).sum())} values are NaN or infinite; mend the picture")
    if (data == data[:, :1, :1]).all():
        raise InputError(f"{name}: every pixel is the same; fetch or save it again")
    return data, ["turned upright, as its camera says"] if turned else []


def read_indices(path, name):
    """The numbers (height, width) of a grey or paletted picture as they are stored, such as labels; or InputError."""
    with _opened(path, name) as file:
        found = np.asarray(file)
    if found.ndim != 2:
        raise InputError(f"{name}: in colour, so that it holds no labels; save them as a grey picture")
    return found.astype(np.int64)


@contextmanager
def _opened(path, name):
    """The picture in ``path`` read in full; InputError in place of whatever Pillow says."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        try:
            with Pillow.open(path, formats=FORMATS) as file:
                if getattr(file, "n_frames", 1) > 1:
                    raise InputError(f"{name}: {file.n_frames} frames found; save one of them by itself")
                file.load()
                yield file
        except UnidentifiedImageError:
            raise InputError(f"{name}: no picture found in it; give a PNG, JPEG, TIFF, BMP or WebP file") from None
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
            raise InputError(f"{name}: more pixels than any picture has; make it smaller") from None
        except (OSError, SyntaxError, ValueError, EOFError) as fault:
            raise InputError(f"{name}: cannot be read in full ({shown(fault)}); fetch or save it again") from None


def _numbers(picture, name, channels):
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.mode not in ("LA", "L", "La", "1") else "LA")
        if picture.getchannel("A").getextrema()[0] < WHITE:
            raise InputError(f"{name}: transparent in places, where no colour is known; save it without transparency")
        picture = picture.convert("L" if picture.mode == "LA" else "RGB")
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        values = np.asarray(picture, np.float32)[None]
        values = values if picture.mode == "F" else values / WHITE_OF_16_BITS
        return values.repeat(channels or 1, axis=0)
    grey = picture.mode in ("1", "L") if channels is None else channels == 1
    values = np.asarray(picture.convert("L" if grey else "RGB"), np.float32) / WHITE
    return values[None] if grey else np.ascontiguousarray(values.transpose(2, 0, 1))

"""Pictures as files: JPEG for evidence, read back for checks; PNG where every value counts."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from atalaya.errors import ExternalError, InputError

QUALITY = 90


def encode_jpeg(rgb: NDArray[np.uint8], *, comment: str = "", quality: int = QUALITY) -> bytes:
    """The picture as baseline JPEG, the same bytes every time; no EXIF, no place, no device.

    Args:
        rgb: (H, W, 3) uint8.
        comment: stands in the file's comment segment (SYNTHETIC / SINTÉTICO).
        quality: 1 to 95, libjpeg's scale.

    Raises:
        InputError: not such an array. ExternalError: the encoder failed.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise InputError(f"a picture is (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    made = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(rgb)).save(
            made, "JPEG", quality=quality, subsampling=0, optimize=True, comment=comment.encode()
        )
    except (OSError, ValueError) as error:
        raise ExternalError(f"no JPEG of {rgb.shape}: {error}") from error
    return made.getvalue()


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """The picture of a JPEG file, (H, W, 3) uint8.

    Raises:
        InputError: not a JPEG, or a damaged one.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"not a JPEG picture: {error}") from error


def encode_png(rgb: NDArray[np.uint8], *, comment: str = "") -> bytes:
    """The picture as PNG, every value kept, the same bytes every time; no place, no device.

    Args:
        rgb: (H, W, 3) uint8.
        comment: stands in the file's text (SYNTHETIC / SINTÉTICO).

    Raises:
        InputError: not such an array. ExternalError: the encoder failed.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise InputError(f"a picture is (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    made, text = io.BytesIO(), PngInfo()
    text.add_itxt("Comment", comment)
    try:
        Image.fromarray(np.ascontiguousarray(rgb)).save(made, "PNG", compress_level=6, pnginfo=text)
    except (OSError, ValueError) as error:
        raise ExternalError(f"no PNG of {rgb.shape}: {error}") from error
    return made.getvalue()

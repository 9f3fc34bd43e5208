"""The QR of a receipt, read from a picture that somebody sent."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import ReceiptUnread

FILE_MAX: Final = 10 * 1024 * 1024  # bytes of a picture
PIXELS_MAX: Final = 50_000_000  # of a photo, which is decoded at a fraction of its size
OTHER_PIXELS_MAX: Final = 25_000_000  # of what can only be decoded whole
SIDE: Final = 2_400  # pixels of the longer side that are looked at: a printed QR is large enough
SMALLER: Final = 1_000  # looked at next where nothing was found: noise of the camera goes
SECONDS: Final = 10.0  # somebody waits
FORMATS: Final = ("JPEG", "PNG", "WEBP")
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError)


class ReceiptReader:
    """Reads pictures beside everything else, two at a time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="receipts")

    async def read(self, picture: bytes) -> str:
        """What the one QR in the picture says.

        Raises ReceiptUnread: not_picture, too_big, no_qr, many_qr.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SECONDS):
                texts = await loop.run_in_executor(self._threads, read_qr, picture)
        except TimeoutError:
            raise ReceiptUnread("too_big") from None
        if len(texts) != 1:
            raise ReceiptUnread("many_qr" if texts else "no_qr")
        return texts[0]

    def close(self) -> None:
        """End; what is being read is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def read_qr(picture: bytes) -> list[str]:
    """What the QRs in a picture say, each text once.

    Raises ReceiptUnread: not_picture for what cannot be decoded, too_big for a file or a picture
    of more than is worth it. A small file can hold an enormous picture: its size is looked at
    before anything is decoded.
    """
    # Not with the program: what is imported before the collector is told to leave everything alone
    # is not taken down at the end, and the library complains of that.
    import zxingcpp

    if len(picture) > FILE_MAX:
        raise ReceiptUnread("too_big")
    image = _opened(picture)
    for side in (SIDE, SMALLER):
        image.thumbnail((side, side))
        found = zxingcpp.read_barcodes(
            image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
        texts = dict.fromkeys(one.text.strip() for one in found if one.valid)
        texts.pop("", None)
        if texts:
            return list(texts)
    return []


def _opened(picture: bytes) -> Image.Image:
    try:
        image: Image.Image = Image.open(io.BytesIO(picture), formats=FORMATS)
        pixels = image.width * image.height
        if pixels > (PIXELS_MAX if image.format == "JPEG" else OTHER_PIXELS_MAX):
            raise ReceiptUnread("too_big")
        image.draft("L", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            # What is seen through is white, as on the paper of the chat.
            seen = upright.convert("RGBA")
            ground = Image.new("RGBA", seen.size, "white")
            ground.alpha_composite(seen)
            upright = ground
        return upright.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ReceiptUnread("too_big") from None
    except _BROKEN:
        raise ReceiptUnread("not_picture") from None

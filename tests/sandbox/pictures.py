"""Pictures to send in tests."""

import io

from PIL import Image


def png(width: int, height: int, colour: str = "teal") -> bytes:
    """A plain picture."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "PNG")
    return target.getvalue()

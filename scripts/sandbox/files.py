"""Files of the sandbox: uploads of both sides, photos in Telegram's sizes, kept in memory."""

import io
import mimetypes
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import Image

from scripts.sandbox.refusals import bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024  # a bot may fetch no more from the Bot API
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
_SIDES = (90, 320, 800, 1280)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it comes in: its name, its bytes and its type."""

    name: str
    content: bytes
    mime_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One stored file; `size` may be larger than the content to play a file too big to hold."""

    file_id: str
    unique_id: str
    path: str
    kind: str
    name: str
    mime_type: str
    content: bytes
    size: int
    description: dict[str, Any]


class FileStore:
    """All files by id and by path; `photo` of a message lists several sizes of one picture."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._albums: dict[str, list[dict[str, Any]]] = {}

    def find(self, file_id: str) -> StoredFile | None:
        """The file of this id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file at the path that getFile gave."""
        return self._by_path.get(path)

    def add_document(self, upload: Upload, *, size: int | None = None) -> dict[str, Any]:
        """Keeps a document; returns Telegram's Document object."""
        if not upload.content and not size:
            raise bad_request("file must be non-empty")
        mime_type = upload.mime_type or mimetypes.guess_type(upload.name)[0]
        stored = self._store(
            "document",
            upload.name,
            mime_type or "application/octet-stream",
            upload.content,
            size=size,
            file_name=upload.name,
            mime_type=mime_type or "application/octet-stream",
        )
        return stored.description

    def add_photo(self, upload: Upload) -> list[dict[str, Any]]:
        """Keeps a picture as JPEG in several sizes; returns Telegram's PhotoSize objects."""
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > PHOTO_LIMIT:
            raise bad_request("too big Photo of type photo; file size exceeds 10 MB")
        picture = _open(upload.content)
        sizes = []
        for side in _SIDES:
            smaller = picture.copy()
            smaller.thumbnail((side, side))
            target = io.BytesIO()
            smaller.save(target, "JPEG", quality=88)
            stored = self._store(
                "photo",
                upload.name,
                "image/jpeg",
                target.getvalue(),
                width=smaller.width,
                height=smaller.height,
            )
            sizes.append(stored.description)
            if max(picture.size) <= side:
                break
        for size in sizes:
            self._albums[size["file_id"]] = sizes
        return sizes

    def photo_sizes(self, file_id: str) -> list[dict[str, Any]]:
        """All sizes of the picture that one of its ids names."""
        return self._albums[file_id]

    def _store(
        self,
        kind: str,
        name: str,
        mime: str,
        content: bytes,
        *,
        size: int | None = None,
        **more: Any,
    ) -> StoredFile:
        number = len(self._by_id) + 1
        suffix = ".jpg" if kind == "photo" else _suffix(name)
        # A file id says nothing to a bot; the prefixes are those that Telegram's ids begin with.
        unique = f"AQADu{number:08d}"
        file_id = ("AgACAgIAAxkBAAI" if kind == "photo" else "BQACAgIAAxkBAAI") + f"{number:08d}"
        length = size if size is not None else len(content)
        stored = StoredFile(
            file_id=file_id,
            unique_id=unique,
            path=f"{kind}s/file_{number}{suffix}",
            kind=kind,
            name=name,
            mime_type=mime,
            content=content,
            size=length,
            description={
                "file_id": file_id,
                "file_unique_id": unique,
                "file_size": length,
                **more,
            },
        )
        self._by_id[file_id] = stored
        self._by_path[stored.path] = stored
        return stored


def _suffix(name: str) -> str:
    ending = name.rpartition(".")[2] if "." in name else ""
    return f".{ending.lower()}" if ending.isascii() and ending.isalnum() else ""


def _open(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(content))
            width, height = picture.size
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise bad_request("PHOTO_INVALID_DIMENSIONS")
            return picture.convert("RGB")
    except (OSError, ValueError, Warning, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None

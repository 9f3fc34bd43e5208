"""A call of the Bot API as it comes over HTTP, read with aiogram's own typed methods."""

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiogram.methods
from aiogram.client.default import Default
from aiogram.methods import TelegramMethod
from aiohttp import BodyPartReader, MultipartReader, web
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from scripts.sandbox.files import UPLOAD_LIMIT, Upload
from scripts.sandbox.refusals import ApiError, bad_request

Method = TelegramMethod[Any]

_METHODS: dict[str, type[Method]] = {
    getattr(aiogram.methods, name).__api_method__.lower(): getattr(aiogram.methods, name)
    for name in aiogram.methods.__all__
    if name not in ("TelegramMethod", "Request", "Response")
}
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A typed method with the files that came along, by the name of their form field."""

    method: Method
    files: Mapping[str, Upload]

    def given(self, name: str) -> Any:
        """A parameter, None when it was not sent."""
        value = getattr(self.method, name, None)
        return None if isinstance(value, Default) else value

    @property
    def chat_id(self) -> int | None:
        """The chat that the call is about, if it is about one by number."""
        chat = self.given("chat_id")
        return chat if isinstance(chat, int) else None


def plain(model: BaseModel) -> dict[str, Any]:
    """A typed object as JSON, without what was not sent."""
    known: dict[str, Any] = _without_defaults(model.model_dump(exclude_none=True, warnings=False))
    return known


def _without_defaults(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_defaults(part)
            for key, part in value.items()
            if not isinstance(part, Default)
        }
    return [_without_defaults(part) for part in value] if isinstance(value, list) else value


async def read_call(name: str, request: web.Request) -> Call:
    """Reads JSON, a form, multipart or the query string.

    Raises 404 for a method that Telegram lacks, 400 for a parameter that it would not take.
    """
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    kind = request.content_type
    if kind == "multipart/form-data":
        form, files = await read_multipart(await request.multipart())
        values |= form
    elif kind == "application/json" and request.can_read_body:
        values |= _object(await request.text())
    elif request.can_read_body:
        values |= dict(await request.post())
    return typed_call(name, values, files)


async def read_multipart(reader: MultipartReader) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Fields and files of a multipart body. A file in a field of its own is attached to it."""
    values: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    async for part in reader:
        if not isinstance(part, BodyPartReader) or not part.name:
            raise bad_request("wrong multipart body")
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            values[part.name] = content.decode()
            continue
        if len(content) > UPLOAD_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        files[part.name] = Upload(name=part.filename, content=content)
        if part.name in ("photo", "document", "certificate"):
            values.setdefault(part.name, f"attach://{part.name}")
    return values, files


def typed_call(name: str, values: dict[str, Any], files: Mapping[str, Upload]) -> Call:
    """Validates the parameters with the typed method of this name."""
    kind = _METHODS.get(name.lower())
    if kind is None:
        raise ApiError(404, "Not Found")
    read = {
        key: _value(key, value, kind.model_fields.get(key))
        for key, value in values.items()
        if value is not None
    }
    try:
        method = kind.model_validate(read)
    except ValidationError as error:
        raise _refused(error) from None
    _refuse_unknown(method, name)
    return Call(method, files)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object")
    return value


def _value(name: str, value: Any, field: FieldInfo | None) -> Any:
    """A form sends everything as text; what the typed method wants otherwise is JSON."""
    if field is None or not isinstance(value, str):
        return value
    wanted = _alternatives(field.annotation)
    if str in wanted:
        number = value.removeprefix("-").isdecimal()
        return int(value) if int in wanted and number else value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {name}: {value[:40]}") from None


def _alternatives(annotation: Any) -> set[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return set().union(*(_alternatives(part) for part in typing.get_args(annotation)))
    return {annotation}


def _refused(error: ValidationError) -> ApiError:
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"])
    if first["type"] == "missing" and place in _MISSING:
        return bad_request(_MISSING[place])
    if first["type"] == "missing":
        return bad_request(f'parameter "{place}" is required')
    return bad_request(f'parameter "{place}" is wrong: {first["msg"]}')


def _refuse_unknown(value: Any, place: str) -> None:
    """Telegram passes over a parameter that it does not know; here it is an error of the bot."""
    if isinstance(value, list):
        for part in value:
            _refuse_unknown(part, place)
    if isinstance(value, BaseModel):
        for unknown in value.model_extra or {}:
            raise bad_request(f'parameter "{unknown}" of {place} is unknown')
        for name in type(value).model_fields:
            _refuse_unknown(getattr(value, name), f"{place}.{name}")

"""A programme's JSON file with the pictures that lie beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.json_node import Problem
from core.programme import Programme, ProgrammeInvalid, parse
from core.usecases.offers import PICTURE_MAX


def read_programme(file: Path) -> tuple[Programme, dict[str, bytes]]:
    """The checked programme and the contents of its pictures, by their paths in the file.

    Raises ProgrammeInvalid for what is no JSON or no programme, OSError where the file itself
    cannot be read. Pictures that are not there are left to the load, which names them all.
    """
    try:
        data = json.loads(file.read_bytes().decode("utf-8-sig"), object_pairs_hook=_no_doubles)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProgrammeInvalid([Problem("$", f"not JSON: {error.msg} at {where}")]) from None
    except UnicodeDecodeError:
        raise ProgrammeInvalid([Problem("$", "not UTF-8")]) from None
    except RecursionError:
        raise ProgrammeInvalid([Problem("$", "nested too deeply")]) from None
    programme = parse(data)
    pictures = {}
    folder = file.resolve().parent
    for path in {offer.picture for offer in programme.offers if offer.picture}:
        picture = (folder / path).resolve()
        if picture.is_relative_to(folder) and picture.is_file():
            with picture.open("rb") as opened:
                pictures[path] = opened.read(PICTURE_MAX + 1)
    return programme, pictures


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands twice in one object would lose one of its values in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ProgrammeInvalid([Problem("$", f"the key {double} stands twice in one object")])
    return found

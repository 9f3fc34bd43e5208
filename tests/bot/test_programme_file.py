"""Reading a programme's file from disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.programme_file import read_programme
from core.programme import ProgrammeInvalid
from tests.usecases.test_programme import example


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "programme.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_file_is_read_with_the_pictures_beside_it(tmp_path: Path) -> None:
    data = example()
    data["offers"][0]["picture"] = "pictures/a.png"
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"picture")

    programme, pictures = read_programme(written(tmp_path, "\ufeff" + json.dumps(data)))

    assert programme.offers[0].picture == "pictures/a.png"
    assert pictures == {"pictures/a.png": b"picture"}


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    folder = tmp_path / "programme"
    folder.mkdir()
    (folder / "a.png").symlink_to(secret)
    data = example()
    data["offers"][0]["picture"] = "a.png"

    _, pictures = read_programme(written(folder, json.dumps(data)))

    assert pictures == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": 1,}', "$: not JSON: "),
        (b"\xff\xfe{}", "$: not UTF-8"),
        ("[" * 100_000, "$: "),
        ('{"version": 1, "version": 1}', "$: the key version stands twice in one object"),
        ("{}", "$.version: is missing"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    with pytest.raises(ProgrammeInvalid) as raised:
        read_programme(written(tmp_path, text))

    assert str(raised.value).startswith(told)
    assert "\n" not in str(raised.value)

"""The chat page and the small HTTP interface that it lives on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from scripts.sandbox.state import State


def add_page(
    app: web.Application, state: State, advance: Callable[[timedelta], Any] | None
) -> None:
    """Adds the page at `/` and its requests under `/sandbox/`."""

"""Makes docs/pictures: the main screens of each role in each language, from the local Telegram.

python -m scripts.screenshots [--only creator-kk] [--folder docs/pictures]

Builds the demo's market on a fixed day, walks to each screen in its chat and photographs the page
with a headless Chromium, which has to be on the PATH. Pictures of an earlier run are replaced.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image

from bot.middlewares.throttle import Throttle
from core.people import Locale
from scripts import demo, scenes
from scripts.application import free_port
from scripts.browser import Browser, NoBrowser

NOON: Final = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # 21 November 2026, 12:00 in Almaty
FOLDER: Final = Path("docs/pictures")
ADDRESS: Final = "https://ules.example.kz"  # what links in the pictures begin with
WIDTH, LEAST, MOST = 430, 420, 1500  # CSS pixels of a chat
SCALE: Final = 1.5
COLOURS: Final = 256  # of a picture's palette
# A ground of one colour leaves the palette to what is to be seen.
PLAIN: Final = 'document.querySelectorAll(".phone").forEach((p) => p.style.background = "#b4d3a5")'
# How high the window has to be for everything in the chat to be seen.
NEEDED: Final = """(() => {
  const scroll = document.querySelector(".scroll"), list = document.querySelector(".list");
  list.style.minHeight = "0";
  const needed = innerHeight - scroll.clientHeight + list.offsetHeight;
  list.style.minHeight = "";
  return needed;
})()"""
TO_END: Final = 'document.querySelector(".scroll").scrollTop = 1e6'


class Camera:
    """Photographs pages into a folder."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.taken: dict[str, int] = {}

    async def chat(self, name: str, address: str) -> None:
        """A chat, as high as what is said in it."""
        await self._browser.open(address, width=WIDTH, height=LEAST, scale=SCALE)
        height = min(MOST, max(LEAST, round(await self._browser.evaluate(NEEDED))))
        await self._browser.resize(WIDTH, height, SCALE)
        await self._browser.evaluate(TO_END)
        await self._browser.evaluate(PLAIN)
        await asyncio.sleep(0.1)
        self._keep(name, await self._browser.picture())

    async def page(self, name: str, address: str, *, width: int, height: int | None = None) -> None:
        """Any page, as high as it is."""
        await self._browser.open(address, width=width, height=height or 400, scale=SCALE)
        await self._browser.evaluate(PLAIN)
        if height is None:
            height = await self._browser.evaluate("document.documentElement.scrollHeight")
            await self._browser.resize(width, height, SCALE)
            await asyncio.sleep(0.1)
        self._keep(name, await self._browser.picture())

    def _keep(self, name: str, png: bytes) -> None:
        image = Image.open(io.BytesIO(png)).convert("RGB")
        small = image.quantize(
            COLOURS, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE
        )
        out = io.BytesIO()
        small.save(out, "PNG", optimize=True)
        (self._folder / f"{name}.png").write_bytes(out.getvalue())
        self.taken[name] = len(out.getvalue())
        print(f"  {name}.png {image.width}×{image.height} {len(out.getvalue()) // 1024} KB")


async def take(folder: Path, only: str) -> None:
    """Build the market and photograph every scene whose name begins with `only`."""
    clock = demo.MovableClock(still=NOON)
    up: asyncio.Future[demo.Shown] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with Browser() as browser:
        with tempfile.TemporaryDirectory() as market:
            running = asyncio.create_task(
                demo.demo(
                    ports=demo.Ports(sandbox=0, web=free_port(), kaspi=0),
                    stop=stop,
                    folder=Path(market),
                    clock=clock,
                    throttle=Throttle(burst=10_000),
                    ready=up.set_result,
                    public_url=ADDRESS,
                )
            )
            try:
                waiting: set[Awaitable[object]] = {up, running}
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
                if running.done():
                    await running
                camera = Camera(browser, folder)
                await _everything(camera, up.result(), clock, only)
                total = sum(camera.taken.values())
                print(f"{len(camera.taken)} pictures, {total / 1024 / 1024:.1f} MB, in {folder}")
            finally:
                stop.set()
                await running


async def _everything(
    camera: Camera, shown: demo.Shown, clock: demo.MovableClock, only: str
) -> None:
    await scenes.stop_halfway(shown, clock)
    for role, walks in scenes.SCENES.items():
        for locale in Locale:
            names = {f"{role}-{locale}-{scene}": walk for scene, walk in walks.items()}
            wanted = {name: walk for name, walk in names.items() if name.startswith(only)}
            if not wanted:
                continue
            visitor = await scenes.Visitor.of(shown, clock, role, locale)
            for name, walk in wanted.items():
                visitor.clear()
                await walk(visitor)
                address = f"{shown.chats}/?people={visitor.person.id}&bare&live=0&lang={locale}"
                await camera.chat(name, address)
    for locale in Locale:
        if (name := f"buyer-{locale}-landing").startswith(only):
            slug = await scenes.slug(shown, clock)
            await camera.page(name, f"{shown.web}/r/{slug}?lang={locale}", width=WIDTH)
        if (name := f"manager-{locale}-upload").startswith(only):
            path = await scenes.upload_path(shown, clock)
            await camera.page(name, f"{shown.web}{path}?lang={locale}", width=WIDTH)
    if "chats".startswith(only):
        people = f"{demo.CREATOR.telegram_id},{demo.MANAGER.telegram_id}"
        await scenes.pair(shown, clock)
        await camera.page("chats", f"{shown.chats}/?people={people}&live=0&lang=en", width=900,
                          height=940)  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", default="", help="names that begin with this")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(take(chosen.folder, chosen.only))
    except NoBrowser as error:
        sys.exit(f"No pictures without a browser: {error}.")


if __name__ == "__main__":
    main()

"""A headless Chromium, driven by its DevTools protocol: pages are opened and photographed."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)
PATIENCE: Final = 30.0  # seconds for anything
READY: Final = (
    "document.readyState === 'complete' && location.href.startsWith('http')"
    " && document.fonts.status === 'loaded' && [...document.images].every((one) => one.complete)"
)


class NoBrowser(Exception):
    """There is no Chromium on the PATH."""


class Browser:
    """One tab of a Chromium with a fresh profile, which goes when it is closed."""

    def __init__(self) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="ules-browser-"))
        self._calls = 0
        self._process: asyncio.subprocess.Process | None = None
        self._session: ClientSession | None = None
        self._socket: ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None:
            raise NoBrowser(f"none of {', '.join(NAMES)} is on the PATH")
        try:
            self._process = await asyncio.create_subprocess_exec(
                program,
                *FLAGS,
                f"--user-data-dir={self._profile}",
                "about:blank",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            async with asyncio.timeout(PATIENCE):
                port = await self._port()
                self._session = ClientSession(f"http://127.0.0.1:{port}")
                async with self._session.put("/json/new?about:blank") as answer:
                    tab = await answer.json(content_type=None)
                self._socket = await self._session.ws_connect(
                    tab["webSocketDebuggerUrl"], max_msg_size=0
                )
            await self.call("Page.enable")
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the program and delete its profile."""
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; raises RuntimeError with what the browser refused."""
        assert self._socket is not None
        self._calls += 1
        await self._socket.send_str(
            json.dumps({"id": self._calls, "method": method, "params": parameters})
        )
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self._socket.receive()
                if message.type is not WSMsgType.TEXT:
                    raise RuntimeError(f"{method}: the browser is gone")
                answer = json.loads(message.data)
                if answer.get("id") == self._calls:
                    break
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        found: dict[str, Any] = answer["result"]
        return found

    async def evaluate(self, script: str) -> Any:
        """The value of a script in the page."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def open(self, address: str, *, width: int, height: int, scale: float) -> None:
        """Open a page in a window of this size (CSS pixels) and wait until it is complete."""
        await self.resize(width, height, scale)
        await self.call("Page.navigate", url="about:blank")
        await self.call("Page.navigate", url=address)
        async with asyncio.timeout(PATIENCE):
            while not await self.evaluate(READY):  # noqa: ASYNC110 - the browser tells of nothing
                await asyncio.sleep(0.02)

    async def resize(self, width: int, height: int, scale: float) -> None:
        """Give the window another size."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    async def picture(self) -> bytes:
        """What the window shows, as a PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    async def _port(self) -> int:
        file = self._profile / "DevToolsActivePort"
        while not file.exists() or "\n" not in file.read_text():
            assert self._process is not None
            if self._process.returncode is not None:
                raise NoBrowser(f"the browser ended with code {self._process.returncode}")
            await asyncio.sleep(0.05)
        return int(file.read_text().split("\n")[0])

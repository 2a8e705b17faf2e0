"""A tiny reverse proxy on loopback: one path prefix, the usual headers, and lines that can be cut.

What is asked for outside the prefix is answered 404 and noted, as any proxy with other sites would.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Forwards `prefix` to `port`; `strip`: without the prefix."""

    port: int
    prefix: str
    strip: bool = False
    escaped: list[str] = field(default_factory=list)
    statuses: list[tuple[str, int]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    own: int = 0
    upgraded: int = 0  # websockets so far
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _pages: set[asyncio.StreamWriter] = field(default_factory=set)  # websockets among them
    _loop: asyncio.AbstractEventLoop | None = None

    def cut(self, every: bool = False) -> None:
        """The lines of pages that are open break, or every line, as when a cable is pulled."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._cut(every), self._loop).result(10)

    async def _cut(self, every: bool) -> None:
        for line in list(self._lines if every else self._pages):
            line.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            await self._forward(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(writer)
            self._pages.discard(writer)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, version = head[0].split(" ")
        if target != self.prefix and not target.startswith((f"{self.prefix}/", f"{self.prefix}?")):
            self.escaped.append(target)
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        upgrade = any(h.lower().startswith("upgrade:") for h in head)
        if upgrade:
            self.upgraded += 1
            self._pages.add(writer)
        asked = (target.removeprefix(self.prefix) or "/") if self.strip else target
        lines = [f"{method} {asked} {version}"]
        lines += [h for h in head[1:] if h and (upgrade or not h.lower().startswith("connection:"))]
        lines += ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"]
        lines += [] if upgrade else ["Connection: close"]
        back_reader, back = await asyncio.open_connection("127.0.0.1", self.port)
        self._lines.add(back)
        try:
            back.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            await asyncio.gather(_pipe(reader, back), self._answer(back_reader, writer, target))
        finally:
            self._lines.discard(back)
            back.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.statuses.append((target, int(lines[0].split(" ")[1])))
        self.cookies += [h for h in lines if h.lower().startswith("set-cookie:")]
        writer.write(head)
        await _pipe(reader, writer)
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(1 << 16):
            writer.write(block)
            await writer.drain()


@contextmanager
def before(port: int, prefix: str, strip: bool = False) -> Iterator[Proxy]:
    """A running proxy before the server at `port`; its own port is `own`."""
    proxy = Proxy(port, prefix, strip)
    started = threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        proxy.own = server.sockets[0].getsockname()[1]
        proxy._loop = asyncio.get_running_loop()
        started.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()
        server.close()
        await asyncio.sleep(0.1)  # a line that nobody has begun to serve would not be closed
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    loop = asyncio.new_event_loop()
    task = loop.create_task(run())

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield proxy
    finally:
        proxy.cut(every=True)
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        loop.close()

"""Is the browser's only way out: an HTTP proxy on loopback that connects to addresses which the guard allows.

It looks a name up itself and connects to the address that it checked, so a second look-up cannot give another one. That holds for whatever the browser sends: pages, frames, scripts, redirects, WebSockets, pop-ups.
It is our own because Playwright tells the URL of a request but not the address that its name resolves to, and the browser would
look the name up again after any check made there.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newscrawl.download.guard import resolve
from newscrawl.download.http import HEADER_BYTES

if TYPE_CHECKING:
    from newscrawl.download.guard import AddressGuard

SECONDS = 10.0
"""Looking up a name and opening a connection may take so many seconds each."""
IDLE = 60.0
"""A connection is closed after so many seconds without a byte."""
_CHUNK = 65_536
_HOP = re.compile(rb"^(?:proxy-[\w-]+|connection|keep-alive):[^\r\n]*\r\n", re.I | re.M)


class _Refused(Exception):
    """A connection is not made."""


class FilteringProxy:
    """Serves one browser. ``most`` is the number of bytes that a connection may bring."""

    def __init__(self, guard: AddressGuard, most: int) -> None:
        self._guard = guard
        self._most = most
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.refused: list[str] = []
        """Hosts that were not connected to because of their address, the last hundred."""

    async def start(self) -> str:
        """Returns the proxy's URL. Raises OSError."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEADER_BYTES)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Ends all connections."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(IDLE):
                head = await reader.readuntil(b"\r\n\r\n")
            tunnel, name, port, first = _target(head)
            try:
                answers, upstream = await self._connect(name, port)
            except (_Refused, OSError, TimeoutError) as error:
                status = b"403 Forbidden" if isinstance(error, _Refused) else b"502 Bad Gateway"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                return
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.write(first)
            await self._exchange(reader, writer, answers, upstream, plain=not tunnel)
        except (
            OSError,
            ValueError,
            TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        ):
            pass  # a broken connection is the page's matter: it sees that its request failed
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()

    async def _connect(self, name: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        literal = self._guard.refused_literal(name)
        address = literal or await _address(name)
        if address is None:
            raise OSError(f"{name} not found")
        if literal or not self._guard.allows(name, address):
            self.refused = [*self.refused[-99:], name]
            raise _Refused(name)
        async with asyncio.timeout(SECONDS):
            return await asyncio.open_connection(address, port, limit=HEADER_BYTES)

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        *,
        plain: bool,
    ) -> None:
        """Passes bytes on until the server has no more to say. A plain connection serves one request: the next may be for another host."""
        sending = asyncio.ensure_future(self._pump(reader, upstream, self._most))
        try:
            if plain:
                writer.write(await _answer_head(answers))
            await self._pump(answers, writer, self._most)
        finally:
            sending.cancel()
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                await sending

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, most: int) -> None:
        while most > 0:
            async with asyncio.timeout(IDLE):
                data = await source.read(min(_CHUNK, most))
            if not data:
                break
            most -= len(data)
            sink.write(data)
            await sink.drain()


def _target(head: bytes) -> tuple[bool, str, int, bytes]:
    """Returns whether a tunnel is asked for, the host, its port, and the head as the server is to get it. Raises ValueError."""
    line, _, rest = head.partition(b"\r\n")
    method, target, version = line.split(b" ")
    if method == b"CONNECT":
        found = urlsplit("//" + target.decode("ascii"))
        return True, found.hostname or "", found.port or 443, b""
    url = urlsplit(target.decode("ascii"))
    if url.scheme != "http" or not url.hostname:
        raise ValueError("no http URL")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return (
        False,
        url.hostname,
        url.port or 80,
        b" ".join((method, path.encode(), version)) + b"\r\nConnection: close\r\n" + _HOP.sub(b"", rest),
    )


async def _answer_head(answers: asyncio.StreamReader) -> bytes:
    """Returns a plain answer's head, which says that the connection ends with it; informational ones are passed over."""
    while True:
        async with asyncio.timeout(IDLE):
            head = await answers.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        if not re.match(rb"HTTP/1\.[01] 1\d\d", line):
            return line + b"\r\nConnection: close\r\n" + _HOP.sub(b"", rest)


async def _address(name: str) -> str | None:
    """Asks the system's resolver for an address, in a thread that nobody waits for when the run ends."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[str | None] = loop.create_future()

    def told(address: str | None) -> None:
        if not found.done():
            found.set_result(address)

    def ask() -> None:
        address = resolve(name)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(told, address)

    threading.Thread(target=ask, daemon=True).start()
    async with asyncio.timeout(SECONDS):
        return await found

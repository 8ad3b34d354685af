"""The browser's proxy: what it lets through reaches the server as it was sent, and nothing reaches an address that is not public."""

from __future__ import annotations

import asyncio
import socket

import pytest

from newscrawl.browser import filter_proxy
from newscrawl.browser.filter_proxy import FilteringProxy
from newscrawl.download.guard import AddressGuard
from tests.local_portal import serve, status


async def through(guard: AddressGuard, request: bytes, most: int = 10**6) -> bytes:
    proxy = FilteringProxy(guard, most)
    port = int((await proxy.start()).rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()
        await proxy.close()


def test_plain_requests_and_tunnels_pass() -> None:
    with serve({"/a?b": status(200, "here")}) as portal:
        guard = AddressGuard(["127.0.0.1"])
        plain = asyncio.run(
            through(
                guard, f"GET {portal.url('/a?b')} HTTP/1.1\r\nHost: x\r\nProxy-Connection: keep-alive\r\n\r\n".encode()
            )
        )
        assert plain.startswith(b"HTTP/1.1 200") and plain.endswith(b"here") and b"Connection: close" in plain
        tunnel = asyncio.run(
            through(
                guard,
                f"CONNECT 127.0.0.1:{portal.port} HTTP/1.1\r\n\r\nGET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(),
            )
        )
        assert tunnel.startswith(b"HTTP/1.1 200 Connection established") and tunnel.endswith(b"here")


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "rebound.example",
        "169.254.169.254",
    ],
)
@pytest.mark.parametrize("request_line", ["GET http://{}:{}/ HTTP/1.1", "CONNECT {}:{} HTTP/1.1"])
def test_private_addresses_are_refused(name: str, request_line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        filter_proxy, "resolve", lambda asked: "10.1.2.3" if asked == "rebound.example" else socket.gethostbyname(asked)
    )
    with serve({"/": "secret"}) as portal:
        answer = asyncio.run(
            through(AddressGuard(), f"{request_line.format(name, portal.port)}\r\nHost: x\r\n\r\n".encode())
        )
    assert answer.startswith(b"HTTP/1.1 403") and not portal.asked


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET file:///etc/passwd HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"CONNECT :x HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_proxy_request_ends_the_connection(head: bytes) -> None:
    answer = asyncio.run(through(AddressGuard(["127.0.0.1"]), head))
    assert not answer or answer.startswith(b"HTTP/1.1 4")


def test_an_answer_without_end_is_cut() -> None:
    with serve({"/": "x" * 500_000}) as portal:
        answer = asyncio.run(
            through(
                AddressGuard(["127.0.0.1"]), f"GET {portal.url('/')} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), most=100_000
            )
        )
    assert 90_000 < len(answer) < 110_000

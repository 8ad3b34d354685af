"""Raw servers for the hostile cases: each case has a port of its own, so that what one server does counts for no other."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Answer = Callable[[socket.socket, str], None]
"""Sends what it likes to the connection that asked for the path; the connection is closed when it returns."""

PATIENCE = 20.0
"""Seconds after which a server gives up a client that neither reads nor hangs up."""


@dataclass
class Hosts:
    """The running servers: the origin of each case, and how often each of its paths was asked for."""

    origins: dict[str, str] = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def url(self, case: str) -> str:
        """The URL of the case's page, which looks like an article's."""
        return f"{self.origins[case]}/news/2026/03/07/{case}-of-a-server"


def answer(body: bytes | str = b"", *headers: str, status: str = "200 OK", length: bool = True) -> Answer:
    """A whole answer; ``headers`` are lines as they go over the wire, latin-1."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {len(raw)}"] if length else []), "Connection: close"]
    return raw_bytes("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + raw)


def page(body: bytes | str, *headers: str) -> Answer:
    """A whole HTML page."""
    return answer(body, "Content-Type: text/html", *headers)


def raw_bytes(data: bytes) -> Answer:
    """Exactly these bytes."""
    return lambda connection, _: connection.sendall(data)


def stream(head: bytes, piece: bytes, pieces: int = 10**9, pause: float = 0.0) -> Answer:
    """The head, then the piece again and again until the client hangs up."""

    def send(connection: socket.socket, _: str) -> None:
        connection.sendall(head)
        end = time.monotonic() + PATIENCE
        for _number in range(pieces):
            connection.sendall(piece)
            if pause:
                time.sleep(pause)
            if time.monotonic() > end:
                break

    return send


def silence(connection: socket.socket, _: str) -> None:
    """Nothing at all, for ever."""
    connection.settimeout(PATIENCE)
    connection.recv(1)


def reset(head: bytes = b"") -> Answer:
    """The head, then a connection reset."""

    def send(connection: socket.socket, _: str) -> None:
        connection.sendall(head)
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return send


def paths(pages: Mapping[str, Answer], other: Answer | None = None) -> Answer:
    """Different answers for different paths."""

    def send(connection: socket.socket, path: str) -> None:
        (pages.get(path) or other or answer(status="404 Not Found"))(connection, path)

    return send


def own_robots(send: Answer) -> Answer:
    """The same server, which answers for ``/robots.txt`` itself."""

    def answered(connection: socket.socket, path: str) -> None:
        send(connection, path)

    answered.robots = True  # type: ignore[attr-defined]
    return answered


@contextlib.contextmanager
def serve(cases: Mapping[str, Answer], tls: Mapping[str, ssl.SSLContext] | None = None) -> Iterator[Hosts]:
    """Serves each case on a port of its own until the block ends. ``/robots.txt`` is 404 but for :func:`own_robots`."""
    hosts, chosen = Hosts(), selectors.DefaultSelector()
    for case in cases:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "https" if tls and case in tls else "http"
        hosts.origins[case] = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        chosen.register(listener, selectors.EVENT_READ, case)
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            for key, _ in chosen.select(0.05):
                assert isinstance(key.fileobj, socket.socket)
                connection, _peer = key.fileobj.accept()
                threading.Thread(
                    target=_attend,
                    args=(connection, key.data, cases[key.data], hosts, (tls or {}).get(key.data)),
                    daemon=True,
                ).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield hosts
    finally:
        over.set()
        thread.join()
        for key in list(chosen.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        chosen.close()


def _attend(connection: socket.socket, case: str, send: Answer, hosts: Hosts, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError):  # the crawler hung up, as it should
        connection.settimeout(PATIENCE)
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(65536)
            if not received:
                return
            request += received
        path = request.split(b" ", 2)[1].decode("latin-1")
        hosts.asked[case, path] += 1
        if path == "/robots.txt" and not getattr(send, "robots", False):
            send = answer(status="404 Not Found")
        send(connection, path)
    with contextlib.suppress(OSError):
        connection.close()

"""A small portal on loopback for the tests: pages by path, each with its own misbehaviour where one is wanted."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Handler = http.server.BaseHTTPRequestHandler
Answer = str | bytes | Callable[[Handler], None]


def article(number: int, words: str = "") -> str:
    """A page with an article of its own text."""
    paragraphs = "".join(
        f"<p>Paragraph {part} of story {number} tells what the council of town {number} decided on day {part}, why it did so, and what "
        f"the people who live there say of it now {words}.</p>"
        for part in range(1, 6)
    )
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>The council of town number {number} decides</title></head>"
        f"<body><article><h1>The council of town number {number} decides</h1>{paragraphs}</article></body></html>"
    )


def section(*paths: str, more: str = "") -> str:
    """A list page with a headline for each path."""
    links = "".join(f"<li><a href='{path}'>A headline of quite some length for this story</a></li>" for path in paths)
    return f"<!doctype html><html><body><ul>{links}</ul>{more}</body></html>"


def status(code: int, body: str = "", **headers: str) -> Callable[[Handler], None]:
    """An answer with a status and headers; an underscore in a header's name stands for a hyphen."""

    def send(handler: Handler) -> None:
        handler.send_response(code)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body.encode())), **given}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return send


@dataclass
class Portal:
    """The running server: what it answers, and how often each path was asked for."""

    port: int
    pages: dict[str, Answer]
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def serve(pages: dict[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[Portal]:
    """Serves the pages on a free port of loopback until the block ends, with ``tls`` over https."""

    class PortalHandler(Handler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

        def do_GET(self) -> None:  # noqa: N802 - the base class's name
            portal.asked[self.path] += 1
            portal.agents.add(self.headers.get("User-Agent", ""))
            answer = portal.pages.get(self.path)
            if answer is None:
                status(404, "not here")(self)
            elif callable(answer):
                with contextlib.suppress(OSError):  # the crawler hung up, as it should
                    answer(self)
            else:
                body = answer.encode() if isinstance(answer, str) else answer
                status(200, "", Content_Length=str(len(body)), Content_Type=_kind(self.path))(self)
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PortalHandler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    portal = Portal(server.server_port, pages)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()


def _kind(path: str) -> str:
    ending = path.rsplit(".", 1)[-1]
    return {"xml": "application/xml", "txt": "text/plain"}.get(ending, "text/html; charset=utf-8")

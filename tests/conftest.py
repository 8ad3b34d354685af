"""Shared by all tests: no network, and where the project's neighbours are."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


# Started by nohup or in a shell's background, everything below inherits an ignored SIGHUP or SIGINT, of which some tests are about.
for _number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(_number) == signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to anything but this machine fails the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOCAL):
            raise AssertionError(f"a test connects to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the pages that the project starts from, beside the work tree."""
    folder = ROOT.parent / "shared" / "seeds"
    if not folder.is_dir():
        pytest.skip("../shared/seeds is not here")
    return folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes by their argument's name: gzip writes the time into them, and the processes of one run must agree on the names."""
    return argname if isinstance(val, bytes) and len(val) > 20 else None

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
SLOW = (
    "browser",
    "hostile",
    "extraction/test_linear_time.py",
    "archive/test_archive_crawl.py",
    "test_confidence.py",
    "test_discovery.py",
    "test_kills.py",
    "test_learn_command.py",
    "test_machine_trouble.py",
    "test_manners.py",
    "test_moving_articles.py",
    "test_projects.py",
    "test_redirected_articles.py",
    "test_refreshed_pages.py",
    "test_report_command.py",
    "test_scrapyd.py",
    "test_signals.py",
    "test_ten_runs.py",
)
"""Folders and files whose tests are all slow: most of them start a crawl each, and wait for it."""
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


# Started by nohup or in a shell's background, everything below inherits an ignored SIGHUP or SIGINT, of which some tests are about.
for _number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(_number) == signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of :data:`SLOW`; the README's command leaves them out."""
    places = [ROOT / "tests" / name for name in SLOW]
    for item in items:
        if any(place == item.path or place in item.path.parents for place in places):
            item.add_marker(pytest.mark.slow)


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

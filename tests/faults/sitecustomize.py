"""Kills a crawl inside a chosen piece of work, for tests/test_kills.py: every Python whose path names this folder loads it.

``NEWSCRAWL_FAULT`` is ``write:N`` (half of the N-th write to an output is done), ``written:N`` (the whole of it), ``commit:N`` (just
before the N-th transaction is made durable), ``committed:N`` (just after it) or ``cut:N`` (just before an output is cut back).
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from typing import Any

_kind, _, _number = os.environ.get("NEWSCRAWL_FAULT", "").partition(":")
_left = int(_number or 0)


def _reached(kind: str) -> bool:
    global _left
    if kind == _kind:
        _left -= 1
        return _left == 0
    return False


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _install() -> None:
    write, truncate, connect = os.write, os.ftruncate, sqlite3.connect

    def faulty_write(fd: int, data: Any) -> int:
        try:
            output = ".jsonl" in os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            output = False
        if output and _reached("write"):
            write(fd, bytes(data)[: len(data) // 2])
            _die()
        done = write(fd, data)
        if output and _reached("written"):
            _die()
        return done

    def faulty_truncate(fd: int, length: int) -> None:
        if _reached("cut"):
            _die()
        truncate(fd, length)

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            commit = sql.strip().upper().startswith("COMMIT")
            if commit and _reached("commit"):
                _die()
            cursor = super().execute(sql, *parameters)
            if commit and _reached("committed"):
                _die()
            return cursor

    os.write = faulty_write
    os.ftruncate = faulty_truncate
    sqlite3.connect = lambda *given, **named: connect(*given, **{"factory": Connection, **named})  # type: ignore[assignment]


if _kind and "crawl" in sys.orig_argv:  # the crawl itself, not its workers
    _install()

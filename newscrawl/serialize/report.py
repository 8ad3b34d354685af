"""Run reports on disk: ``STATE_DIR/runs/<run id>.json``, there from a run's first moment, replaced as a whole at its end.

A report that says ``began`` and whose file nobody holds locked is that of a run that was killed. The lock is the kernel's
(``flock``): it ends with the process, whatever ends that, and no later process of the same number is taken for it.
``python -m newscrawl.serialize.report`` writes the JSON Schema anew after a change of :mod:`newscrawl.reports`.
"""
from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from newscrawl import reports
from newscrawl.reports import RunReport
from newscrawl.serialize.schema import closed_schema

SCHEMA_PATH = Path(__file__).with_name("run_report.schema.json")
KEPT = 1_000
"""Newest reports that are kept: six weeks of a run every hour."""
_READ_BYTES = 128 * 2**20
"""Newest reports that are read at once, so that a thousand reports of a hundred sites cost a second at most."""
_RESERVE, _SITE_RESERVE = 16 * 1024, 16 * 1024


class ReportFile:
    """The report of the run that goes on. Raises OSError when the folder cannot be written."""

    def __init__(self, folder: Path, report: RunReport) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{report.run_id}.json"
        # Blanks after the JSON keep room on the disk for the report's end, should the run fill it.
        data = msgspec.json.encode(report) + b"\n"
        room = data.ljust(_RESERVE + _SITE_RESERVE * len(report.sites))
        temporary = folder / f".{report.run_id}.tmp"
        self._fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            with contextlib.suppress(OSError):  # a file system without locks: the run will look as if it had been killed
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(self._fd, room)
            os.replace(temporary, self.path)
        except OSError:
            temporary.unlink(missing_ok=True)
            self.close()
            raise

    def end(self, report: RunReport) -> None:
        """Puts the whole report in the place of its beginning. Raises OSError when not even the kept room can be written."""
        data = msgspec.json.encode(report) + b"\n"
        try:
            write_whole(self.path, data)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or self._fd < 0:
                raise
            if len(data) > os.fstat(self._fd).st_size:
                data = msgspec.json.encode(_shortened(report)) + b"\n"
            os.lseek(self._fd, 0, os.SEEK_SET)
            _write(self._fd, data)
            os.ftruncate(self._fd, len(data))
            os.fsync(self._fd)
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the file; what it says stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def write_whole(path: Path, data: bytes) -> None:
    """Writes a small file as a whole or not at all. Raises OSError."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data):]


def _shortened(report: RunReport) -> RunReport:
    """Without what only explains."""
    sites = [msgspec.structs.replace(site, events=[], examples={}, templates_off=[]) for site in report.sites]
    return msgspec.structs.replace(report, sites=sites)


def files(folder: Path) -> list[Path]:
    """The reports in a folder, oldest first. Raises OSError when it cannot be read."""
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def read(folder: Path, last: int = KEPT) -> Iterator[RunReport]:
    """The newest ``last`` reports, newest first; what is no report (a later version's, say) is left out. Raises OSError."""
    size = 0
    for path in reversed(files(folder)[-last:] if last else []):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, FileNotFoundError):
            data = path.read_bytes()
            size += len(data)
            if size > _READ_BYTES:
                return
            yield msgspec.json.decode(data, type=RunReport)


def running(folder: Path, report: RunReport) -> bool:
    """Whether the process of a report that says ``began`` is alive."""
    try:
        fd = os.open(folder / f"{report.run_id}.json", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    finally:
        os.close(fd)
    return False


def prune(folder: Path, kept: int = KEPT) -> None:
    """Deletes all but the newest reports, and temporary files that killed runs left. Raises OSError."""
    for path in files(folder)[:-kept]:
        path.unlink(missing_ok=True)
    for path in sorted(folder.glob(".*.tmp"))[:-4]:  # the newest may be another run's, in this moment
        path.unlink(missing_ok=True)


def run_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a report."""
    return closed_schema(RunReport, reports, reports.RUN_SCHEMA)


def as_text() -> str:
    """The committed schema's content."""
    return json.dumps(run_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_PATH.write_text(as_text(), encoding="utf-8")

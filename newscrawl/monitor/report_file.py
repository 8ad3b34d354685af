"""Run reports on disk: ``STATE_DIR/runs/<run id>.json``, there from a run's first moment, replaced as a whole at its end.

A report that says ``began`` and whose file nobody holds locked is that of a run that was killed. The lock is the kernel's
(``flock``): it ends with the process, whatever ends that, and no later process of the same number is taken for it.
Whose each ended report is stands in ``.sites`` beside them, so that a run need not open those of all other sites; it is made anew
from the reports where it is missing or broken.
``python -m newscrawl.monitor.report_file`` writes the JSON Schema anew after a change of :mod:`newscrawl.monitor.reports`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.monitor import reports
from newscrawl.monitor.reports import RunReport
from newscrawl.output.schema import closed_schema

SCHEMA_PATH = Path(__file__).with_name("run_report.schema.json")
KEPT = 1_000
"""Newest reports of each site that are kept: six weeks of a run every hour, however many sites share the folder."""
_READ_BYTES = 128 * 2**20
"""Newest reports that are read at once, so that a thousand reports of a hundred sites cost a second at most."""
_RESERVE, _SITE_RESERVE = 16 * 1024, 16 * 1024
_INDEX = ".sites"
_LEFT = 3600.0
"""Seconds after which a temporary file is one that a killed run has left."""


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """A line of the index: an ended report's file, and whose it is."""

    name: str
    spider: str
    labels: list[str]


class _Label(msgspec.Struct):
    label: str


class _Head(msgspec.Struct):
    """What the index needs of a report, also of a later version's."""

    spider: str
    sites: list[_Label]
    ended: str | None = None


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
            with contextlib.suppress(
                OSError
            ):  # a file system without locks: the run will look as if it had been killed
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # runs that end at once write one metrics.prom
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
        data = data[os.write(fd, data) :]


def _shortened(report: RunReport) -> RunReport:
    """Without what only explains."""
    sites = [msgspec.structs.replace(site, events=[], examples={}, templates_off=[]) for site in report.sites]
    return msgspec.structs.replace(report, sites=sites)


def files(folder: Path) -> list[Path]:
    """The reports in a folder, oldest first. Raises OSError when it cannot be read."""
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def read(folder: Path, last: int = KEPT, labels: Collection[str] | None = None) -> Iterator[RunReport]:
    """The newest ``last`` reports of each site, newest first; what is no report (a later version's, say) is left out.

    With ``labels`` those sites' alone, and of each other site the last that ended: a run needs its own sites' past, and the last
    run of all for the metrics. Raises OSError.
    """
    size = 0
    choice, known = _Choice(last, labels), _index(folder)
    for path in reversed(files(folder) if last else []):
        if (entry := known.get(path.name)) and not choice.takes(entry):
            continue
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, FileNotFoundError):
            data = path.read_bytes()
            size += len(data)
            if size > _READ_BYTES:
                return
            report = msgspec.json.decode(data, type=RunReport)
            if entry or choice.takes(
                _Entry(path.name, report.spider, [site.label for site in report.sites]), bool(report.ended)
            ):
                yield report


class _Choice:
    """Which of the reports that come newest first are read."""

    def __init__(self, last: int, labels: Collection[str] | None) -> None:
        self._last, self._labels = last, labels
        self._taken: Counter[str] = Counter()
        self._shown: set[tuple[str, str]] = set()

    def takes(self, entry: _Entry, ended: bool = True) -> bool:
        """Whether a report is wanted, which counts it."""
        # A run that failed before it knew its sites is nobody's.
        own = [label for label in entry.labels or [""] if self._labels is None or label in self._labels]
        wanted = any(self._taken[label] < self._last for label in own)
        self._taken.update(own)
        new = {(entry.spider, label) for label in entry.labels} - self._shown if ended else set()
        self._shown |= new
        return wanted or self._labels is not None and bool(new)


def _index(folder: Path) -> dict[str, _Entry]:
    try:
        return {
            entry.name: entry for entry in msgspec.json.Decoder(_Entry).decode_lines((folder / _INDEX).read_bytes())
        }
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}  # every report is read for it


def _head(path: Path) -> _Head:
    """A report's head; one without sites of a file that is no report."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, FileNotFoundError):
        return _Head("", [])


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
    """Deletes all but each site's newest reports, and temporary files that killed runs left. Raises OSError.

    A report of several sites stays as long as it is one of the newest of any of them.
    """
    before, after = _index(folder), {}
    seen: Counter[str] = Counter()
    for path in reversed(files(folder)):
        ended, entry = True, before.get(path.name)
        if entry is None:
            head = _head(path)
            ended, entry = bool(head.ended), _Entry(path.name, head.spider, [site.label for site in head.sites])
        labels = entry.labels or [""]
        if all(seen[label] >= kept for label in labels):
            path.unlink(missing_ok=True)
        elif ended:  # of a run that goes on more may be known at its end
            after[path.name] = entry
        seen.update(labels)
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - _LEFT:
                path.unlink()
    if after != before:
        write_whole(folder / _INDEX, b"".join(msgspec.json.encode(entry) + b"\n" for entry in after.values()))


def run_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a report."""
    return closed_schema(RunReport, reports, reports.RUN_SCHEMA)


def as_text() -> str:
    """The committed schema's content."""
    return json.dumps(run_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_PATH.write_text(as_text(), encoding="utf-8")

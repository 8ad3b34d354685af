"""Names, bounds and locks the files of an archive as one run writes them, and repairs what a killed run left behind.

Beside a file that is being written stands ``NAME.open``, locked by its run. A file whose mark is not locked was left by a killed
run, and is cut to its last whole record before anything else is written. Files with other names are never touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import tempfile
from pathlib import Path

from newscrawl.archive.warc_reader import NotAnArchive, read_records

ARCHIVE_BYTES = 10**9
"""A file that has grown beyond this is followed by the next; ISO 28500 annex C recommends 1 GB."""
_MARK = ".open"
_OWN = re.compile(r"newscrawl-[0-9A-Za-z-]+-\d{5}\.warc\.gz\.open")

logger = logging.getLogger(__name__)


class ArchiveFiles:
    """Appends to ``newscrawl-RUN-SERIAL.warc.gz`` in ``folder``. Every method may raise OSError."""

    def __init__(self, folder: Path, run_id: str, max_bytes: int = ARCHIVE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        repair(folder)
        self.paths: list[Path] = []
        """These are the files so far; the last one may be open."""
        self.size = 0
        self._folder = folder
        self._run_id = run_id
        self._max_bytes = max_bytes
        self._serial = 0
        self._file: int | None = None
        self._mark: int | None = None

    def turn(self) -> bool:
        """Opens a file that has room where there is none; returns whether it is new and has no record yet."""
        if self._file is not None and self.size >= self._max_bytes:
            self.close()
        if self._file is None:
            self._open()
        return self.size == 0

    def write(self, data: bytes) -> int:
        """Appends all of the data, on disk when this returns, or nothing; gives back the file's size."""
        assert self._file is not None
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
            os.fdatasync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):  # then the next run's start cuts it
                os.ftruncate(self._file, self.size)
            raise OSError(error.errno, error.strerror, str(self.paths[-1])) from error
        self.size += len(data)
        return self.size

    def close(self) -> None:
        """Ends the file."""
        if self._file is None or self._mark is None:
            return
        os.close(self._file)
        if not self.size:
            self.paths[-1].unlink(missing_ok=True)
        _mark_of(self.paths[-1]).unlink(missing_ok=True)
        os.close(self._mark)
        self._file = self._mark = None

    def _open(self) -> None:
        while True:
            path = self._folder / f"newscrawl-{self._run_id}-{self._serial:05d}.warc.gz"
            self._serial += 1
            mark = None if path.exists() else _lock(_mark_of(path), create=True)
            if mark is not None:
                break
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._mark = mark
        self.size = 0
        self.paths.append(path)


def check_folder(folder: Path) -> None:
    """Raises OSError when no archive can be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def repair(folder: Path) -> None:
    """Cuts what killed runs left behind to whole records; files of living runs are left alone. Raises OSError."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not _OWN.fullmatch(entry.name):
            continue
        mark = _lock(Path(entry.path), create=False)
        if mark is None:
            continue
        path = Path(entry.path.removesuffix(_MARK))
        if path.exists():
            _cut(path)
        Path(entry.path).unlink(missing_ok=True)
        os.close(mark)


def _cut(path: Path) -> None:
    whole = 0
    with path.open("r+b") as file:
        with contextlib.suppress(NotAnArchive):
            for record in read_records(file, lambda _: False):
                whole = whole if record.cut else record.end
        lost = file.seek(0, os.SEEK_END) - whole
        if lost:
            logger.info("%s: the last %d bytes, a record that a killed run did not finish, are cut", path, lost)
            file.truncate(whole)
    if not whole:
        path.unlink()


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + _MARK)


def _lock(path: Path, create: bool) -> int | None:
    """Returns the descriptor of a locked mark; None when another run has it, or it is gone."""
    try:
        found = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o666)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(found), os.stat(path)):  # or its run ended in between
            return found
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(found)
    return None

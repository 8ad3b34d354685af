"""Lets only one run at a time work on a site, by a lock of the kernel, which the kernel itself takes back however the holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.state.database import StateError

BUSY = 75
"""The exit status of a run that finds another one at work on its site (sysexits.h, EX_TEMPFAIL)."""
_held: dict[Path, int] = {}


def acquire(path: Path, label: str) -> None:
    """Takes the lock file for this process, once. Raises :class:`StateError` (status 75) when a living process has it."""
    place = path.absolute()
    if place in _held:
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StateError(
            f"cannot write {path}: {error.strerror}; STATE_DIR must be a folder that can be written"
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 200, 0).decode("utf-8", "replace").strip()
        os.close(fd)
        raise StateError(f"another run is at work on {label}" + (f" ({holder})" if holder else ""), BUSY) from None
    except OSError as error:
        os.close(fd)
        raise StateError(f"cannot lock {path}: {error.strerror}; STATE_DIR must be on a local disk") from error
    # The text is for people; the lock is the kernel's, so a text left by a dead process means nothing.
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n".encode(), 0)
    _held[place] = fd


def release(path: Path) -> None:
    """Gives the lock back."""
    fd = _held.pop(path.absolute(), None)
    if fd is not None:
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
        os.close(fd)


def release_all() -> None:
    """Gives all locks of this process back."""
    for path in list(_held):
        release(path)

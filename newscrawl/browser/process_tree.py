"""Reads from ``/proc`` which processes a browser has and how much memory each takes, and ends them. Elsewhere than on Linux it knows nothing."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Process:
    """One process; ``memory`` is what it shares with no file, in bytes."""

    pid: int
    command: bytes
    memory: int

    @property
    def renderer(self) -> bool:
        """Returns whether it is one that holds a page."""
        return b"--type=renderer" in self.command


def marked(mark: str) -> list[Process]:
    """Returns the processes that have ``mark`` on their command line, and all below them."""
    parents: dict[int, int] = {}
    commands: dict[int, bytes] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(entry.name)
            parents[pid] = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            commands[pid] = (entry / "cmdline").read_bytes()
    inside = {pid for pid, command in commands.items() if mark.encode() in command and pid != os.getpid()}
    for pid in parents:
        trail: list[int] = []
        at = pid
        while at and at not in inside and at in parents and len(trail) < 64:
            trail.append(at)
            at = parents[at]
        if at in inside:
            inside.update(trail)
    return [Process(pid, commands.get(pid, b""), _memory(pid)) for pid in sorted(inside)]


def _memory(pid: int) -> int:
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(resident) - int(shared)) * _PAGE
    except (OSError, ValueError):
        return 0


def kill(process: Process) -> None:
    """Ends a process at once; one that has ended is no error."""
    with contextlib.suppress(OSError):
        os.kill(process.pid, signal.SIGKILL)

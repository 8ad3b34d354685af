"""What the kernel and the disk do to a run: signals, a full or read-only disk, no descriptors, no memory, a clock that jumps.

Whatever happens, no whole line is lost, no half line is left, the exit status is true, no process stays behind, and the next run
completes the truth: each article once.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.run import environment, lines, processes
from tests.local_portal import Portal, article, section, serve

STORIES = [f"/news/2026/03/07/story-number-{number}" for number in range(60)]
ROOT = Path(__file__).parents[1]


@pytest.fixture
def portal() -> Iterator[Portal]:
    site: dict[str, Any] = {path: article(number) for number, path in enumerate(STORIES)}
    with serve({**site, "/news/": section(*STORIES)}) as running:
        yield running


class Crawl:
    """A crawl of the portal in a folder, its processes marked."""

    seconds = 0.0
    """That it took to end, from when it was waited for."""

    def __init__(
        self,
        portal: Portal,
        folder: Path,
        *arguments: str,
        before: Callable[[], None] | None = None,
        delay: float = 0.02,
        **variables: str,
    ) -> None:
        self.portal, self.folder, self.mark = portal, folder, f"mark-{uuid.uuid4().hex}"
        (folder / "sites").mkdir(exist_ok=True)
        (folder / "sites" / "local.toml").write_text(
            f'hosts = ["127.0.0.1"]\n[starts]\nsections = ["{portal.url("/news/")}"]\n[pace]\ndelay = {delay}\nconcurrency = 4\n'
        )
        command = [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "portal",
            "-a",
            "site=local",
            "-s",
            "NEWSCRAWL_SITES=sites",
            "-s",
            "PRIVATE_HOSTS=127.0.0.1",
            "-o",
            "a.jsonl",
            *arguments,
        ]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(self.mark, variables),
            preexec_fn=before,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, pages: int) -> None:
        """Until the portal has been asked for so many pages more."""
        begin = sum(self.portal.asked.values())
        while sum(self.portal.asked.values()) < begin + pages:
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.02)

    def end(self, seconds: float = 240) -> tuple[int, str]:
        """Exit status and log; every process of the run is gone soon after."""
        began = time.monotonic()
        try:
            _, log = self.process.communicate(timeout=seconds)
            self.seconds = time.monotonic() - began
        finally:
            self.process.kill()
        until = time.monotonic() + 20
        while processes(self.mark) and time.monotonic() < until:
            time.sleep(0.1)
        assert not processes(self.mark), "a process stays behind"
        return self.process.returncode, log

    def urls(self) -> list[str]:
        """The articles in the output, each in a whole line and once."""
        found = [row["url"].removeprefix(self.portal.url("")) for row in lines(self.folder / "a.jsonl")]
        assert len(found) == len(set(found))
        return found


def completes(portal: Portal, folder: Path) -> None:
    """The next run, undisturbed, ends well and makes the output whole."""
    crawl = Crawl(portal, folder, delay=0)
    code, log = crawl.end()
    assert code == 0, log
    assert sorted(crawl.urls()) == sorted(STORIES)
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_signal_ends_the_run_soon_and_loses_nothing(
    tmp_path: Path, portal: Portal, number: signal.Signals, code: int
) -> None:
    crawl = Crawl(portal, tmp_path)
    crawl.wait_for(25)
    crawl.process.send_signal(number)
    got, log = crawl.end()
    assert got == code, log
    assert crawl.seconds < 15
    assert crawl.urls()
    if number != signal.SIGKILL:
        assert f"exit status {code}" in log
        assert "Traceback" not in log
    completes(portal, tmp_path)


def test_a_second_signal_ends_at_once(tmp_path: Path, portal: Portal) -> None:
    slow = "/news/2026/03/07/answer-that-takes-for-ever"

    def never(_: Any) -> None:
        time.sleep(60)

    portal.pages |= {slow: never, "/news/": section(slow, *STORIES)}
    crawl = Crawl(portal, tmp_path)
    crawl.wait_for(20)
    crawl.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    crawl.process.send_signal(signal.SIGINT)
    code, log = crawl.end()
    assert code == 130, log
    assert crawl.seconds < 10
    assert "Traceback" not in log
    crawl.urls()
    portal.pages["/news/"] = section(*STORIES)
    del portal.pages[slow]
    again = Crawl(portal, tmp_path, delay=0)
    code, log = again.end()
    assert set(STORIES) <= set(again.urls()), log


def test_under_nohup_a_hang_up_is_nothing(tmp_path: Path, portal: Portal) -> None:
    crawl = Crawl(portal, tmp_path, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None)
    crawl.wait_for(20)
    crawl.process.send_signal(signal.SIGHUP)
    code, log = crawl.end()
    assert code == 0, log
    assert sorted(crawl.urls()) == sorted(STORIES)


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own, in memory."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("room", [40, 250], ids=lambda room: f"{room} KB left")
def test_a_full_disk_ends_the_run_with_whole_lines(tmp_path: Path, portal: Portal, room: int) -> None:
    folder = tmp_path / "small"
    with mounted(folder, "2m"):
        (folder / "sites").mkdir()
        (folder / "filler").write_bytes(bytes(2 * 2**20 - room * 1024))
        crawl = Crawl(portal, folder)
        code, log = crawl.end()
        assert code == 74, log
        assert "Traceback" not in log, log
        assert "No space left" in log or "disk" in log
        assert len(crawl.urls()) < len(STORIES)
        (folder / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
        completes(portal, folder)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, portal: Portal) -> None:
    folder = tmp_path / "small"
    with mounted(folder, "2m"):
        ready = tmp_path / "ready"  # where the crawl itself is at work
        ready.mkdir()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        for arguments in (["-o", str(folder / "b.jsonl")], ["-s", f"STATE_DIR={folder / 'state'}"]):
            code, log = Crawl(portal, ready, *arguments).end()
            assert code == 1, log
            assert len(log.strip().splitlines()) == 1, log
            assert "ead-only" in log
            assert str(folder) in log
    assert not portal.asked


@pytest.mark.parametrize("descriptors", [24, 48])
def test_without_descriptors_nothing_is_lost(tmp_path: Path, portal: Portal, descriptors: int) -> None:
    crawl = Crawl(
        portal, tmp_path, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)), delay=0
    )
    code, log = crawl.end()
    assert "Traceback" not in log, log
    assert code == 0 or len(crawl.urls()) < len(STORIES), log
    assert code != 0 or len(crawl.urls()) == len(STORIES), log
    completes(portal, tmp_path)


@pytest.mark.parametrize("megabytes", [250])
def test_without_memory_nothing_is_lost(tmp_path: Path, portal: Portal, megabytes: int) -> None:
    limit = megabytes * 2**20
    crawl = Crawl(portal, tmp_path, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)), delay=0)
    code, log = crawl.end()
    assert code == 0 or len(crawl.urls()) < len(STORIES), log
    assert code != 0 or len(crawl.urls()) == len(STORIES), log
    completes(portal, tmp_path)


JUMPS = '''
"""The clock of the test: two seconds right, two seconds ten years ahead, then an hour behind."""
import datetime
import time

_began, _time, _datetime = time.monotonic(), time.time, datetime.datetime


def _offset():
    passed = time.monotonic() - _began
    return 0 if passed < 2.5 else 315_360_000 if passed < 4.5 else -3600


class Jumping(_datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.utcfromtimestamp(time.time())


time.time = lambda: _time() + _offset()
datetime.datetime = Jumping
'''


def test_a_clock_that_jumps_costs_nothing(tmp_path: Path, portal: Portal) -> None:
    (tmp_path / "sitecustomize.py").write_text(JUMPS)
    crawl = Crawl(portal, tmp_path, delay=0.1, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    code, log = crawl.end()
    assert code == 0, log
    assert "Traceback" not in log
    assert sorted(crawl.urls()) == sorted(STORIES)
    again = Crawl(portal, tmp_path, delay=0)
    code, log = again.end()
    assert code == 0, log
    assert sorted(again.urls()) == sorted(STORIES)

"""Runs that are killed, or find the disk full, at any moment: with the next run the union of all outputs is the truth again.

``NEWSCRAWL_KILLS=50`` makes it 50 kills (20 with gzip, 10 full disks) instead of the few that fit into every run of the tests.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.changing_portal import Edition, World, open_world
from tests.scheduled_runs import ROOT, Schedule, check

KILLS = int(os.environ.get("NEWSCRAWL_KILLS", "0"))
FAULTS = str(ROOT / "tests" / "faults")
SHORT = {"REVISIT": "6h,12h"}
HOWS = ("moment", "write", "request", "commit", "written", "worker", "committed", "cut")


@pytest.fixture
def world() -> World:
    return World()


@contextlib.contextmanager
def scheduled(world: World, folder: Path, output: str) -> Iterator[Schedule]:
    with open_world(world) as portal:
        yield Schedule(folder, portal, world, output, dict(SHORT))


def drift(world: World, dice: random.Random) -> None:
    """The next step: news, and edits of what is young enough to be looked at again."""
    young = sorted(world.stories.values(), key=lambda story: story.born)[-4:]
    world.tick()
    world.publish(dice.randint(4, 9))
    for story in dice.sample(young, min(len(young), 2)):
        world.edit(story, title=dice.random() < 0.5)


def processes_in(folder: Path) -> dict[int, int]:
    """Processes whose current folder it is, each with its parent: a run's own, and what it has started."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(folder):
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def workers_of(run: subprocess.Popen[str], folder: Path) -> list[int]:
    """The extraction workers: grandchildren of the run, by way of the fork server."""
    parents = processes_in(folder)
    return sorted(pid for pid, parent in parents.items() if parents.get(parent) == run.pid)


def wait_until_asked(schedule: Schedule, run: subprocess.Popen[str], number: int) -> None:
    while schedule.asked() < number and run.poll() is None:
        time.sleep(0.005)


def killed(schedule: Schedule, how: str, dice: random.Random) -> None:
    """One run that dies, or loses a worker, at a moment that the dice choose."""
    schedule.portal.asked.clear()
    fault = {}
    if how in ("write", "written", "commit", "committed", "cut"):
        most = {"cut": 2, "write": 10, "written": 10}.get(how, 25)
        fault = {"NEWSCRAWL_FAULT": f"{how}:{dice.randint(1, most)}", "PYTHONPATH": FAULTS}
    run = schedule.start(**fault)
    try:
        if how == "moment":
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(dice.uniform(0.3, 4))
            run.kill()
        elif how == "request":
            wait_until_asked(schedule, run, dice.randint(1, 14))
            time.sleep(dice.uniform(0, 0.1))
            run.kill()
        elif how == "worker":
            wait_until_asked(schedule, run, dice.randint(5, 12))
            workers = workers_of(run, schedule.folder)
            for pid in dice.sample(workers, min(len(workers), 1)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        run.wait(timeout=120)
    finally:
        run.kill()
        run.wait()
    if how == "worker":
        log = (schedule.folder / "log.txt").read_text()
        assert "Traceback" not in log, log


def turns(full: int, few: int) -> int:
    return round(full * KILLS / 50) if KILLS else few


@pytest.mark.parametrize(("output", "full", "few"), [("news.jsonl", 50, 8), ("news.jsonl.gz", 20, 4)])
def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(
    tmp_path: Path, world: World, output: str, full: int, few: int
) -> None:
    dice = random.Random(output)
    truth: set[Edition] = set()
    with scheduled(world, tmp_path, output) as schedule:
        for turn in range(turns(full, few)):
            how = HOWS[turn % len(HOWS)]
            drift(world, dice)
            killed(schedule, how, dice)
            run = schedule.run(minutes=10, status=None)
            truth |= world.truth()
            try:
                assert run.returncode == 0
                check(schedule.records(), schedule.rejections(), truth)
            except AssertionError as error:
                raise AssertionError(
                    f"after turn {turn} ({how}): {error}\n{(tmp_path / 'log.txt').read_text()}\n{run.stderr}"
                ) from error
    end = time.monotonic() + 10
    while processes_in(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert not processes_in(tmp_path), "processes of killed runs live on"


def test_a_page_with_which_two_runs_died_is_quarantined(tmp_path: Path, world: World) -> None:
    with scheduled(world, tmp_path, "news.jsonl") as schedule:
        deadly = world.publish(9)[4]
        for _ in range(2):
            schedule.portal.asked.clear()
            world.down = lambda path: time.sleep(30 if path == deadly.path else 0) or False  # type: ignore[func-returns-value]
            run = schedule.start()
            while not schedule.portal.asked[deadly.path]:
                assert run.poll() is None
                time.sleep(0.02)
            time.sleep(0.5)
            run.kill()
            run.wait()
        world.down = lambda path: False
        schedule.run(status=None, minutes=10)
        check(schedule.records(), schedule.rejections(), world.truth() - {deadly.edition})
        assert [(row["url"], row["reason"]) for row in schedule.rejections()] == [
            (schedule.portal.url(deadly.path), "quarantined")
        ]
        assert schedule.portal.asked[deadly.path] == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, free: int) -> None:
    """Leaves so many bytes."""
    disk = os.statvfs(folder)
    with (folder / "ballast").open("wb") as file:
        left = max(0, disk.f_bavail * disk.f_frsize - free)
        file.write(b"\0" * left)


@pytest.mark.parametrize("output", ["news.jsonl", "news.jsonl.gz"])
def test_a_full_disk_loses_nothing_and_is_named(small_disk: Path, world: World, output: str) -> None:
    dice = random.Random(74)
    truth: set[Edition] = set()
    statuses = []
    with scheduled(world, small_disk, output) as schedule:
        for turn in range(turns(10, 4) // 2):
            drift(world, dice)
            fill(small_disk, dice.choice((0, 20, 50, 90, 150)) * 1024)
            run = schedule.run(status=None)
            statuses.append(run.returncode)
            assert run.returncode in (0, 74), run.stderr
            assert (run.returncode == 74) == ("No space" in run.stderr or "full" in run.stderr), run.stderr
            (small_disk / "ballast").unlink()
            again = schedule.run(minutes=10)
            truth |= world.truth()
            try:
                check(schedule.records(), schedule.rejections(), truth)
            except AssertionError as error:
                raise AssertionError(f"after turn {turn}: {error}\n{run.stderr}\n{again.stderr}") from error
    assert 74 in statuses

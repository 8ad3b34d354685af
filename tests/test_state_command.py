"""``scrapy state`` as its user meets it: what it shows, what it forgets, and what it finds damaged."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.changing_portal import World, edition, open_world
from tests.scheduled_runs import Schedule


def state(schedule: Schedule, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", "state", *words]
    done = subprocess.run(
        command,
        cwd=schedule.folder,
        env=schedule.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Schedule]:
    """A portal that was crawled once; no test of this module that only looks changes it."""
    world = World()
    world.publish(5)
    world.publish(1, state="video")
    with open_world(world) as portal:
        schedule = Schedule(tmp_path_factory.mktemp("state"), portal, world, settings={"REVISIT": "never"})
        schedule.run()
        yield schedule


def test_each_page_has_a_line_and_a_status_chooses(crawled: Schedule) -> None:
    rows = [line.split("\t") for line in state(crawled, "list", "--site", "local").stdout.splitlines()]
    stories = {crawled.portal.url(story.path): story for story in crawled.world.stories.values()}
    assert {row[4].partition("?")[0]: row[1] for row in rows} == {
        url: "rejected" if story.state == "video" else "record" for url, story in stories.items()
    }
    chosen = state(crawled, "list", "--status", "rejected").stdout.splitlines()
    assert [line.split("\t")[4].partition("?")[0] for line in chosen] == [
        crawled.portal.url(crawled.world.stories[6].path)
    ]


def test_a_page_is_found_by_any_spelling_of_its_url_and_by_its_records_id(crawled: Schedule) -> None:
    url, record = (
        crawled.portal.url(crawled.world.stories[2].path),
        next(row for row in crawled.records() if edition(row)[0] == 2),
    )
    shown = state(crawled, "show", url + "?utm_source=mail#top").stdout
    assert record["id"] in shown
    assert record["title"] in shown
    assert shown == state(crawled, "show", record["id"]).stdout


def test_the_export_has_every_page_as_json(crawled: Schedule) -> None:
    rows = [json.loads(line) for line in state(crawled, "export").stdout.splitlines()]
    assert {row["site"] for row in rows} == {"local"}
    assert {row["id"] for row in rows if row["table"] == "articles"} == {record["id"] for record in crawled.records()}
    assert sum(row["table"] == "runs" for row in rows) == 1


def test_a_healthy_state_is_called_so(crawled: Schedule) -> None:
    assert state(crawled, "verify").stdout.startswith("local: well (")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ((), 2, "list | show"),
        (("lst",), 2, "list | show"),
        (("show",), 2, "one URL"),
        (("list", "--site", "nowhere"), 1, "nowhere"),
        (("list", "-s", "STATE_DIR=absent"), 1, "absent"),
        (("show", "https://elsewhere.example/"), 1, "unknown"),
        (("forget", "https://elsewhere.example/*"), 1, "no known page"),
        (("forget", "http*"), 2, "--yes"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    crawled: Schedule, words: tuple[str, ...], status: int, says: str
) -> None:
    done = state(crawled, *words, status=status)
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert says in done.stderr


def test_a_state_that_a_run_works_on_is_neither_mended_nor_judged(crawled: Schedule) -> None:
    with (crawled.folder / ".newscrawl" / "local.lock").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for words in (("verify",), ("forget", "http*", "--yes")):
            assert "local" in state(crawled, *words, status=75).stderr


def test_what_was_forgotten_is_written_anew(tmp_path: Path) -> None:
    world = World()
    world.publish(4)
    with open_world(world) as portal:
        schedule = Schedule(tmp_path, portal, world, settings={"REVISIT": "never"})
        schedule.run()
        url = portal.url(world.stories[3].path)
        assert url in state(schedule, "forget", url).stdout
        assert "unknown" in state(schedule, "show", url, status=1).stderr
        schedule.run(minutes=5)
        assert [edition(record)[0] for record in schedule.records()][4:] == [3]
        assert "4 pages" in state(schedule, "forget", portal.url("/news/*"), "--yes").stderr
        schedule.run(minutes=10)
        assert len(schedule.records()) == 9
        state(schedule, "verify")


def test_damage_is_found_and_named(crawled: Schedule, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, harm in (("counts", "DELETE FROM articles"), ("packed", "UPDATE articles SET paragraphs = x'c1'")):
        with (
            sqlite3.connect(crawled.folder / ".newscrawl" / "local.sqlite") as good,
            sqlite3.connect(folder / f"{name}.sqlite") as copy,
        ):
            good.backup(copy)
            copy.execute(harm)
    (folder / "noise.sqlite").write_bytes(b"no state file, but long enough to be one" * 100)
    found = state(crawled, "verify", "-s", f"STATE_DIR={folder}", status=1).stdout
    assert "counts: 5 pages are records without an article" in found
    assert "packed: 5 rows of articles have a paragraphs that cannot be read" in found
    assert "noise: " in found
    assert "no usable state file" in found

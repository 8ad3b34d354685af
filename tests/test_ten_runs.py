"""Runs from a crontab: the union of their outputs is what the portal had to be read, each edition of each story once."""

from __future__ import annotations

import fcntl
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.changing_portal import Edition, World, edition, open_world
from tests.scheduled_runs import Schedule, check, lines


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def schedule(world: World, tmp_path: Path) -> Iterator[Schedule]:
    with open_world(world) as portal:
        yield Schedule(tmp_path, portal, world)


def first(world: World) -> None:
    world.publish(4)
    world.publish(2, validator="date")
    world.publish(2, validator="none")
    world.publish(2)
    world.publish(1, places=frozenset(("sitemap",)))
    world.publish(1, validator="liar")
    world.publish(1, state="video")
    world.publish(1, state="404")


def edits(world: World) -> None:
    world.publish(5)
    world.edit(world.stories[2])
    world.edit(world.stories[3], title=True)
    world.edit(world.stories[7])
    world.edit(world.stories[11])
    world.stories[4].dress = world.stories[8].dress = 1


def losses(world: World) -> None:
    world.publish(12)  # more than the feed and the first section page hold
    for number, state in ((1, "404"), (6, "410"), (9, "front"), (10, "consent")):
        world.stories[number].state = state
    world.edit(world.stories[12])


def returns(world: World) -> None:
    world.publish(2)
    for number in (6, 9, 10):
        world.stories[number].state = "up"
    world.publish(1, places=frozenset(("feed",)), state="503")


def dropped_by_the_feed(world: World) -> None:
    world.publish(9)
    next(story for story in world.stories.values() if story.state == "503").state = "up"
    world.edit(world.stories[10])


def moves(world: World) -> None:
    for number, old in ((15, "301"), (16, "404"), (17, "twin")):
        world.move(world.stories[number], old)
        world.stories[number].born = world.now - timedelta(minutes=30)  # so that lists show it anew


def nothing(world: World) -> None:
    for story in world.stories.values():
        story.dress += 1


def edits_of_moved(world: World) -> None:
    for number in (15, 16, 17):
        world.edit(world.stories[number])


def bad_day(world: World) -> None:
    world.publish(3)
    world.down = lambda path: re.match(r"(/amp)?/(news|reports)/\d", path) is not None
    world.edit(world.stories[20])


def last(world: World) -> None:
    world.down = lambda path: False
    world.publish(3)


STEPS: tuple[Callable[[World], None], ...] = (
    first,
    edits,
    losses,
    returns,
    dropped_by_the_feed,
    moves,
    nothing,
    edits_of_moved,
    bad_day,
    last,
)


def test_the_union_of_ten_runs_is_the_truth(schedule: Schedule, world: World) -> None:
    schedule.settings["WITHDRAW_AFTER"] = "11h"
    truth: set[Edition] = set()
    liar: Edition = (12, 1, 2)
    for number, step in enumerate(STEPS):
        if number:
            world.tick()
        step(world)
        schedule.run(status=None if step is bad_day else 0)
        truth |= world.truth()
        # A server that says "not modified" for ever is believed for a day.
        excused = {liar} if number < 5 and liar not in map(edition, schedule.records()) else set()
        check(schedule.records(), schedule.rejections(), truth - excused)
        assert len(schedule.gone()) == (1 if number >= 5 else len(schedule.gone()) if number == 4 else 0), (
            f"withdrawals after run {number + 1}"
        )
    ids = {edition(record)[0]: record["id"] for record in schedule.records()}
    assert [row["id"] for row in schedule.gone()] == [ids[1]]
    assert world.stories[1].path in schedule.gone()[0]["url"]
    assert [row["reason"] for row in schedule.rejections() if world.stories[14].path in row["url"]] == ["http_404"]


def test_a_run_with_nothing_new_writes_nothing_and_costs_little(schedule: Schedule, world: World) -> None:
    del schedule.settings["REVISIT"]
    world.publish(11)
    world.publish(3, validator="none")
    schedule.run()
    before = [(path, path.read_bytes()) for path in sorted(schedule.folder.glob("news*.jsonl"))]
    world.tick()
    schedule.run()
    assert world.statuses[304] == 11  # the other three send no validators
    assert world.statuses[200] <= 3 + 4
    schedule.run(minutes=10)
    assert schedule.asked() <= 4, schedule.portal.asked  # feed, sitemap, section; robots.txt is kept for a day
    assert [(path, path.read_bytes()) for path in sorted(schedule.folder.glob("news*.jsonl"))] == before


def test_an_edit_that_a_sitemap_announces_is_looked_at_at_once(schedule: Schedule, world: World) -> None:
    schedule.settings["REVISIT"] = "never"
    told, silent = world.publish(6, places=frozenset(("sitemap",)))[0], world.publish(3)[0]
    schedule.run()
    truth = world.truth()
    world.tick()
    world.edit(told)
    world.edit(silent)
    schedule.run()
    check(schedule.records(), schedule.rejections(), truth | {told.edition})
    assert sum(schedule.portal.asked[story.path] for story in world.stories.values()) == 1


@pytest.mark.parametrize("state", ["404", "410", "front", "consent"])
def test_a_site_that_loses_all_its_pages_has_withdrawn_none(schedule: Schedule, world: World, state: str) -> None:
    schedule.settings["WITHDRAW_AFTER"] = "5h"
    world.publish(12)
    schedule.run()
    for _ in range(3):
        world.tick()
        for story in world.stories.values():
            story.state = state
        schedule.run(status=None)
    world.tick()
    for story in world.stories.values():
        story.state = "up"
    schedule.run(status=None)
    assert schedule.gone() == []
    check(schedule.records(), [], world.truth())


def test_a_full_run_has_every_listed_article(schedule: Schedule, world: World) -> None:
    world.publish(9)
    schedule.run()
    world.tick()
    world.publish(3)
    schedule.run("-O", "full.jsonl")
    assert {edition(record) for record in schedule.records("full.jsonl")} == world.truth()
    assert len(schedule.records("full.jsonl")) == 12
    ids = {edition(record): (record["id"], record["version"]) for record in schedule.records("full.jsonl")}
    assert all(ids[edition(record)] == (record["id"], record["version"]) for record in schedule.records())


def test_what_a_bound_leaves_over_comes_next_newest_first(schedule: Schedule, world: World) -> None:
    world.publish(8)  # all in the feed: of what is listed without a date nobody knows how new it is
    newest = sorted(world.stories.values(), key=lambda story: story.born, reverse=True)
    for taken in (3, 6, 8):
        schedule.run("-a", "max_pages=3", minutes=taken)
        assert {edition(record) for record in schedule.records()} == {story.edition for story in newest[:taken]}
    left = [row["url"] for row in schedule.rejections() if row["reason"] == "limit"]
    assert len(left) == len(set(left)) == 5


def test_what_the_feed_has_dropped_by_then_comes_all_the_same(schedule: Schedule, world: World) -> None:
    feed_only = frozenset(("feed",))
    world.publish(8, places=feed_only)
    schedule.run("-a", "max_pages=2")
    world.tick()
    world.publish(8, places=feed_only)
    schedule.run("-a", "max_pages=3")
    world.tick()
    schedule.run()
    check(schedule.records(), schedule.rejections(), world.truth())


def test_a_date_bounds_a_run_and_not_the_next(schedule: Schedule, world: World) -> None:
    old = {story.edition for story in world.publish(3)}
    world.tick()
    new = {story.edition for story in world.publish(3)}
    schedule.run("-a", f"since={(world.now - timedelta(hours=2)).isoformat()}")
    check(schedule.records(), schedule.rejections(), new)
    assert [row["reason"] for row in schedule.rejections()] == ["limit"] * 3
    schedule.run(minutes=5)
    check(schedule.records(), schedule.rejections(), old | new)


def move_away(path: Path) -> int:
    path.rename(path.with_name("taken.jsonl"))
    return 0


def empty(path: Path) -> int:
    path.write_bytes(b"")
    return 0


def remove(path: Path) -> int:
    path.unlink()
    return 0


def append(path: Path) -> int:
    with path.open("ab") as file:
        file.write(b'{"note": "mine"}\n')
    return 9


def replace(path: Path) -> int:
    path.write_text('{"note": "mine"}\n')
    return 1


@pytest.mark.parametrize("treat", [move_away, empty, remove, append, replace])
def test_what_a_user_does_to_the_output_between_runs_is_left_alone(
    schedule: Schedule, world: World, treat: Callable[[Path], int]
) -> None:
    world.publish(8)
    schedule.run()
    path = schedule.folder / schedule.output
    kept = treat(path)
    before = path.read_bytes() if path.exists() else b""
    world.tick()
    new = {story.edition for story in world.publish(3)}
    schedule.run()
    assert path.read_bytes().startswith(before)
    assert {edition(record) for record in schedule.records()[kept:]} == new
    assert len(schedule.records()) == kept + 3


def test_each_of_several_outputs_has_every_article(schedule: Schedule, world: World) -> None:
    truth: set[Edition] = set()
    for _ in range(3):
        world.publish(4)
        schedule.run("-o", "a.jsonl", "-o", "b.jsonl.gz")
        truth |= world.truth()
        world.tick()
        world.edit(world.stories[len(world.stories)])
    for name in ("a.jsonl", "b.jsonl.gz"):
        check(schedule.records(name), schedule.rejections(name), truth)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".sqlite-wal", ".sqlite-shm") and path.name != "log.txt"
    }


def test_a_second_run_ends_at_once_and_touches_nothing(schedule: Schedule, world: World) -> None:
    schedule.settings["DOWNLOAD_TIMEOUT"] = "100"
    world.publish(6)
    world.down = lambda path: time.sleep(60 if path.endswith("-1.html") else 0) or False  # type: ignore[func-returns-value]
    run = schedule.start()
    try:
        story = world.stories[1].path
        wait_for(lambda: schedule.portal.asked[story] > 0 and len(lines(schedule.folder / schedule.output)) == 5)
        before, asked = contents(schedule.folder), schedule.asked()
        schedule.portal.asked[story] = 0
        second = schedule.run(status=75)
        assert len(second.stderr.strip().splitlines()) == 1, second.stderr
        assert "local" in second.stderr
        assert schedule.asked() == 0, asked
        assert contents(schedule.folder) == before
        assert run.poll() is None
    finally:
        run.kill()
        run.wait()
    world.down = lambda path: False
    schedule.run(minutes=1)
    check(schedule.records(), schedule.rejections(), world.truth())


def test_a_lock_whose_holder_is_dead_is_taken_over(schedule: Schedule, world: World) -> None:
    world.publish(3)
    schedule.run()
    lock = next((schedule.folder / ".newscrawl").glob("*.lock"))
    lock.write_text("process 1 since 2026-03-01T00:00:00+00:00\n")  # a living process, but not the lock's holder
    schedule.run(minutes=1)
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        schedule.run(status=75, minutes=2)
    schedule.run(minutes=3)

"""The state file: opened, brought forward, refused in one line."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.state import database, lock
from newscrawl.state.database import StateError
from newscrawl.state.revisit_policy import next_look, seconds, steps
from newscrawl.state.store import Store
from tests.state.conftest import Shelf

HOUR, DAY = 3600.0, 86400.0


def test_notes_are_there_in_the_next_run(shelf: Shelf) -> None:
    store = shelf.run()
    store.remember("robots", "https://a.example:443", {"rules": ["x"], "at": 1.5})
    store.remember("robots", "https://b.example:443", "gone soon")
    store.remember("robots", "https://b.example:443", None)
    shelf.end(store)
    store = shelf.run()
    assert store.note("robots", "https://a.example:443") == {"rules": ["x"], "at": 1.5}
    assert store.note("robots", "https://b.example:443") is None


def test_what_is_no_state_file_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.sqlite"
    path.write_bytes(b"my shopping list, much longer than a header of sixteen bytes\n" * 100)
    with pytest.raises(StateError, match=r"site\.sqlite: is no usable state file"):
        Store(path, lambda: 0.0)
    assert path.read_bytes().startswith(b"my shopping list")


def test_a_state_of_a_newer_version_is_not_touched(shelf: Shelf) -> None:
    shelf.end(shelf.run())
    with sqlite3.connect(shelf.path) as db:
        db.execute(f"PRAGMA user_version={len(database.MIGRATIONS) + 1}")
    with pytest.raises(StateError, match="newer newscrawl"):
        shelf.run()


def test_an_older_state_is_brought_forward(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shelf.run()
    store.remember("kept", "key", 1)
    shelf.end(store)
    monkeypatch.setattr("newscrawl.state.database.MIGRATIONS", (*database.MIGRATIONS, "CREATE TABLE later (x);"))
    store = shelf.run()
    assert store.note("kept", "key") == 1
    shelf.end(store)
    with sqlite3.connect(shelf.path) as db:
        assert db.execute("SELECT count(*) FROM later").fetchone() == (0,)


def test_a_failed_migration_leaves_the_old_state(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.end(shelf.run())
    monkeypatch.setattr(
        "newscrawl.state.database.MIGRATIONS", (*database.MIGRATIONS, "CREATE TABLE later (x); CREATE TABLE later (x);")
    )
    with pytest.raises(StateError):
        shelf.run()
    monkeypatch.undo()
    assert shelf.run().run == 2


HOLD = """
import sys, time
from pathlib import Path
from newscrawl.state import lock
lock.acquire(Path(sys.argv[1]), "site")
print("held", flush=True)
time.sleep(60)
"""


def test_one_holder_at_a_time_and_none_when_it_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "state" / "site.lock"
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(StateError, match=rf"another run is at work on site \(process {holder.pid} since ") as busy:
            lock.acquire(path, "site")
        assert busy.value.status == 75
        holder.kill()
    lock.acquire(path, "site")
    lock.acquire(path, "site")
    lock.release(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [("1h,6h,1d", (HOUR, 6 * HOUR, DAY)), ("7d, 90s", (90.0, 7 * DAY)), ("never", ()), ("2w", (14 * DAY,))],
)
def test_spans(text: str, found: tuple[float, ...]) -> None:
    assert steps(text) == found


@pytest.mark.parametrize("text", ["1x", "h", "-1h", "1h;6h"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="expected a span"):
        seconds(text)


def test_looks_thin_out_with_the_articles_age() -> None:
    revisit = steps("1h,6h,1d")
    looks, now = [], 1000.0
    while (due := next_look(1000.0, 1000.0, now, revisit)) is not None:
        looks.append(due - 1000.0)
        now = due
    assert looks == [HOUR, 6 * HOUR, DAY]
    assert next_look(1000.0, 1000.0, 1000.0 + 2 * HOUR, revisit) == 1000.0 + 6 * HOUR, (
        "a look that was missed is not made up for"
    )
    assert next_look(None, 5000.0, 5000.0, revisit) == 5000.0 + HOUR, "without a date from first sight"
    assert next_look(9e9, 5000.0, 5000.0, revisit) == 5000.0 + HOUR, "nor does a date in the future count"
    assert next_look(1000.0, 1000.0, 1000.0, ()) is None

"""Item pipelines of the user's own: what they drop stays away for ever, what they fail on is not lost, and the counts say which."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 6)]
MISSING = "/news/2026/03/07/a-story-that-nobody-has"

CHOOSING = """
from scrapy.exceptions import DropItem

class Chosen:
    def process_item(self, item):
        title = getattr(item, "title", None) or ""
        if "number 3" in title or not hasattr(item, "title"):
            raise DropItem("not wanted")
        if "number 4" in title:
            raise RuntimeError("the pipeline's own trouble")
        return item
"""
# Kills the run as soon as the state has forgotten the dropped line, or after some seconds in which it did not.
KILLED = """
import asyncio, os, signal, sqlite3
from scrapy.exceptions import DropItem

def lines():
    with sqlite3.connect("file:.newscrawl/local.sqlite?mode=ro", uri=True) as state:
        return state.execute("SELECT count(*) FROM outbox WHERE mark LIKE ?", (Chosen.dropped + "/%",)).fetchone()[0]

class Chosen:
    dropped = None

    async def process_item(self, item):
        if "number 3" in item.title:
            Chosen.dropped = item.id
            raise DropItem("not wanted")
        if "number 5" in item.title:
            for _ in range(80):
                await asyncio.sleep(0.05)
                if Chosen.dropped and not lines():
                    break
            os.kill(os.getpid(), signal.SIGKILL)
        return item
"""


def crawl(folder: Path, portal: Portal, hours: float, pipeline: str = "", code: int = 0) -> str:
    """The log of one run, with a pipeline that a user has written."""
    (folder / "own_pipeline.py").write_text(pipeline)
    chosen = ["-s", 'ITEM_PIPELINES={"own_pipeline.Chosen": 1}'] if pipeline else []
    return LocalRuns(folder, section_of(portal), revisit="never").run(hours, *chosen, codes=(code,))


def stories(folder: Path) -> list[int]:
    """The numbers of the stories in the output, sorted."""
    return sorted(
        int(json.loads(line)["url"].rpartition("-")[2]) for line in (folder / "a.jsonl").read_text().splitlines()
    )


def counts(folder: Path) -> dict[str, Any]:
    """What the report of the last run counts."""
    newest = max((folder / ".newscrawl" / "runs").glob("*.json"))
    found: dict[str, Any] = json.loads(newest.read_text())["sites"][0]["counts"]
    return found


def test_what_a_pipeline_drops_never_comes_back_and_what_it_fails_on_does(tmp_path: Path) -> None:
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, MISSING: status(404), "/news/": section(*PATHS, MISSING)}) as portal:
        log = crawl(tmp_path, portal, 0, CHOOSING)
        assert stories(tmp_path) == [1, 2, 5]
        first = counts(tmp_path)
        assert (first["articles"], first["records"], first["rejected"], first["dropped"]) == (3, 3, 0, 2)
        assert "dropped    2 by item pipelines" in log
        crawl(tmp_path, portal, 24, CHOOSING)
    assert stories(tmp_path) == [1, 2, 4, 5]
    assert "a-story-that-nobody-has" not in "".join(path.read_text() for path in tmp_path.glob("*.jsonl"))
    assert counts(tmp_path)["dropped"] == 0


def test_a_kill_soon_after_does_not_bring_back_what_a_pipeline_dropped(tmp_path: Path) -> None:
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        crawl(tmp_path, portal, 0, KILLED, code=-signal.SIGKILL)
        crawl(tmp_path, portal, 1)
    assert stories(tmp_path) == [1, 2, 4, 5]


@pytest.mark.parametrize("made", ["msgspec.structs.replace(item)", "msgspec.to_builtins(item)"])
def test_what_a_pipeline_makes_of_an_item_is_written_once(tmp_path: Path, made: str) -> None:
    """A pipeline may give a copy back, or a dict."""
    pipeline = f"""
import msgspec

class Chosen:
    def process_item(self, item):
        return {made}
"""
    with serve({"/news/": section(*PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}) as portal:
        assert "articles   5" in crawl(tmp_path, portal, 0, pipeline)
        assert "articles   0" in crawl(tmp_path, portal, 1, pipeline)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert sorted(line["title"] for line in lines) == [
        f"The council of town number {number} decides" for number in range(1, 6)
    ]

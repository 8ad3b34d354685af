"""Item pipelines of the user's own: what they drop stays away for ever, what they fail on is not lost, and the counts say which."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

PATHS = [f"/news/2026/03/07/story-number-{number}" for number in range(1, 6)]
MISSING = "/news/2026/03/07/a-story-that-nobody-has"

CHOOSING = """
from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem

class Chosen:
    def process_item(self, item):
        title = ItemAdapter(item)["title"].upper()  # fails for anything that is no article
        if "NUMBER 3" in title:
            raise DropItem("not wanted")
        if "NUMBER 4" in title:
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
    path = folder / "a.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return sorted(int(json.loads(line)["url"].rpartition("-")[2]) for line in lines)


def counts(folder: Path) -> dict[str, Any]:
    """What the report of the last run counts."""
    newest = max((folder / ".newscrawl" / "runs").glob("*.json"))
    found: dict[str, Any] = json.loads(newest.read_text())["sites"][0]["counts"]
    return found


def test_what_a_pipeline_drops_never_comes_back_and_what_it_fails_on_does(tmp_path: Path) -> None:
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, MISSING: status(404), "/news/": section(*PATHS, MISSING)}) as portal:
        log = crawl(tmp_path, portal, 0, CHOOSING, code=3)
        assert stories(tmp_path) == [1, 2, 5]
        first = counts(tmp_path)
        assert (first["articles"], first["records"], first["dropped"], first["pipeline_failed"]) == (3, 3, 1, 1)
        assert first["rejected"] == 1, "a rejection is no item, so no pipeline fails on it"
        assert "dropped    1 by item pipelines" in log
        assert "an item pipeline failed: Chosen on 1 article" in log
        log = crawl(tmp_path, portal, 24, CHOOSING.replace("NUMBER 4", "NUMBER 44"))
    assert stories(tmp_path) == [1, 2, 4, 5]
    assert counts(tmp_path)["dropped"] == 0


def test_a_kill_soon_after_does_not_bring_back_what_a_pipeline_dropped(tmp_path: Path) -> None:
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        crawl(tmp_path, portal, 0, KILLED, code=-signal.SIGKILL)
        crawl(tmp_path, portal, 1)
    assert stories(tmp_path) == [1, 2, 4, 5]


@pytest.mark.parametrize("made", ["msgspec.structs.replace(item)", "msgspec.to_builtins(item)"])
def test_what_a_pipeline_makes_of_an_item_is_written_once(tmp_path: Path, made: str) -> None:
    """A pipeline may give a copy back, or a dict. What becomes of that after it has passed is not written: another line is committed."""
    pipeline = f"""
import msgspec
from scrapy import signals

class Chosen:
    @classmethod
    def from_crawler(cls, crawler):
        chosen = cls()
        crawler.signals.connect(chosen.scraped, signals.item_scraped)
        return chosen

    def process_item(self, item):
        return {made}

    def scraped(self, item):
        item["title"] = "changed when it had passed"
"""
    with serve({"/news/": section(*PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}) as portal:
        assert "articles   5" in crawl(tmp_path, portal, 0, pipeline)
        assert "articles   0" in crawl(tmp_path, portal, 1, pipeline)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert sorted(line["title"] for line in lines) == [
        f"The council of town number {number} decides" for number in range(1, 6)
    ]


NAMED = """
import os, random, signal

class Chosen:
    def process_item(self, item):
        if KILL and random.random() < 0.25:
            os.kill(os.getpid(), signal.SIGKILL)
        assert not item["title"].startswith("("), "an article that has passed is offered again"
        item["title"] = f"({item['title']})"
        return item
"""


MIXED = """
import os, random, signal
from scrapy.exceptions import DropItem

class Chosen:
    seen = 0

    def process_item(self, item):
        number = int(item["url"].rpartition("-")[2])
        Chosen.seen += 1
        if Chosen.seen == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        assert not item["title"].startswith("("), "an article that has passed is offered again"
        if number % 5 == 0:
            raise DropItem("not wanted")
        if FAIL and number % 3 == 0 and random.random() < 0.5:
            raise RuntimeError("the pipeline's own trouble")
        if number % 2:
            return {"url": item["url"], "title": f"({item['title']})"}
        item["title"] = f"({item['title']})"
        return item
"""


KILLS = 20


@pytest.mark.slow
def test_every_line_has_passed_the_pipelines_once_however_often_runs_are_killed(tmp_path: Path) -> None:
    """A pipeline drops, fails, rewrites and makes dicts without an identity; 20 runs are killed at any moment, others are stopped."""
    dice = random.Random(20)
    base = "/news/2026/03/07/story-number-"
    ended: list[int] = []
    with serve({}) as portal:
        runs = LocalRuns(tmp_path, section_of(portal), revisit="never")
        command = runs.command("-s", 'ITEM_PIPELINES={"own_pipeline.Chosen": 1}')
        for turn in range(KILLS + 5):
            how = ("moment", "pipeline", "moment", "pipeline", "stop")[turn % 5]
            newest = range(6 * turn + 1, 6 * turn + 7)
            portal.pages |= {f"{base}{number}": article(number) for number in newest}
            portal.pages["/news/"] = section(*(f"{base}{number}" for number in newest))
            (tmp_path / "own_pipeline.py").write_text(
                f"KILL, FAIL = {dice.randint(1, 6) if how == 'pipeline' else 0}, True\n{MIXED}"
            )
            portal.asked.clear()
            with (tmp_path / "log.txt").open("w") as log:
                run = subprocess.Popen(command, cwd=tmp_path, env=runs.environment(turn), stdout=log, stderr=log)
            if how != "pipeline":
                asked = dice.randint(2, 7)  # the section, and some articles
                while run.poll() is None and sum(portal.asked.values()) < asked:
                    time.sleep(0.005)
                time.sleep(dice.uniform(0, 0.5))
                run.send_signal(signal.SIGTERM if how == "stop" else signal.SIGKILL)
            ended.append(run.wait(300))
            log_text = crawl(tmp_path, portal, turn + 0.5, f"KILL = FAIL = False\n{MIXED}")
            assert "in item pipelines; the next run" not in log_text
            wanted = [number for number in range(1, newest.stop) if number % 5]
            assert stories(tmp_path) == wanted, f"after turn {turn} ({how})"
    assert ended.count(-signal.SIGKILL) >= KILLS * 3 // 4, ended
    for line in runs.lines():
        number = int(line["url"].rpartition("-")[2])
        assert line["title"] == f"(The council of town number {number} decides)"
        assert ("id" in line) is (number % 2 == 0)


REDUCED = """
import asyncio, datetime, os, signal

class Chosen:
    seen = 0

    async def process_item(self, item):
        Chosen.seen += 1
        if KILL and Chosen.seen == 5:
            await asyncio.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)
        kept = {name: item[name] for name in ("url", "requested_url", "site", "text")}
        return {**kept, "score": 0.5, "at": datetime.datetime(2026, 3, 7, 8)}
"""


@pytest.mark.slow
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_pipelines_made_of_an_article_outlives_a_kill_field_by_field(tmp_path: Path, overwrite: bool) -> None:
    """Fields of the user's own stay, those that were left out stay out, and an item without an identity is nevertheless known."""
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        for hours, kill, code in ((0, True, -signal.SIGKILL), (1, False, 0)):
            (tmp_path / "own_pipeline.py").write_text(f"KILL = {kill}\n{REDUCED}")
            runs = LocalRuns(tmp_path, section_of(portal), revisit="never", overwrite=overwrite)
            log = runs.run(hours, "-s", 'ITEM_PIPELINES={"own_pipeline.Chosen": 1}', codes=(code,))
    assert stories(tmp_path) == [1, 2, 3, 4, 5]
    for line in runs.lines():
        assert list(line) == ["url", "requested_url", "site", "text", "score", "at"]
        assert (line["score"], line["at"]) == (0.5, "2026-03-07T08:00:00")
    assert not overwrite or "articles   5" in log


def test_a_pipeline_that_forgets_to_return_the_item_is_named_and_costs_no_file(tmp_path: Path) -> None:
    """What it fails on is missing from the new file, so the old one is not replaced."""
    forgetful = """
class Chosen:
    def process_item(self, item):
        if not item["url"].endswith("-4"):
            return item
"""
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        runs = LocalRuns(tmp_path, section_of(portal), revisit="never", overwrite=True)
        runs.run(0)
        (tmp_path / "own_pipeline.py").write_text(forgetful)
        log = runs.run(1, "-s", 'ITEM_PIPELINES={"own_pipeline.Chosen": 1}', codes=(3,))
    assert "an item pipeline failed: Chosen on 1 article" in log
    assert "process_item has to return one" in log
    assert "a.jsonl is as it was before" in log
    assert stories(tmp_path) == [1, 2, 3, 4, 5]


def test_a_stopped_run_leaves_to_the_next_what_has_not_passed(tmp_path: Path) -> None:
    """SIGTERM while an article is with a slow pipeline and others wait: none of them reaches the output unchanged."""
    slow = f"""
import asyncio, os, signal
{NAMED.replace("import os, random, signal", "import random")}

class Slow(Chosen):
    async def process_item(self, item):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.5)
        return super().process_item(item)

Chosen = Slow
KILL = False
"""
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        crawl(tmp_path, portal, 0, slow, code=143)
        crawl(tmp_path, portal, 1, f"KILL = False\n{NAMED}")
    assert stories(tmp_path) == [1, 2, 3, 4, 5]
    titles = [json.loads(line)["title"] for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert all(title.startswith("(The") for title in titles)


TOLD = """
from newscrawl.signals import page_rejected

class Chosen:
    @classmethod
    def from_crawler(cls, crawler):
        told = cls()
        crawler.signals.connect(told.rejected, page_rejected)
        return told

    def rejected(self, rejection, spider):
        with open("told.txt", "a") as file:
            print(spider.name, rejection.name, rejection.url, file=file)

    def process_item(self, item):
        return item
"""


def test_rejections_are_told_by_a_signal(tmp_path: Path) -> None:
    with serve({PATHS[0]: article(1), MISSING: status(404), "/news/": section(PATHS[0], MISSING)}) as portal:
        crawl(tmp_path, portal, 0, TOLD)
    told = (tmp_path / "told.txt").read_text().split()
    assert told[:2] == ["portal", "http_404"] and told[2].endswith(MISSING)
    assert json.loads((tmp_path / "a.rejects.jsonl").read_text())["reason"] == "http_404"


def test_what_a_killed_run_had_decided_reaches_a_table_as_the_pipelines_left_it(tmp_path: Path) -> None:
    """A CSV file cannot be continued line by line: the next run writes what the dead one had decided, past no pipeline again."""
    killed = f"""
import asyncio
{NAMED}

class Killed(Chosen):
    seen = 0

    async def process_item(self, item):
        made = super().process_item(item)
        Killed.seen += 1
        if Killed.seen == 5:
            await asyncio.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)
        return made

Chosen = Killed
KILL = False
"""
    pages = {path: article(number) for number, path in enumerate(PATHS, 1)}
    with serve({**pages, "/news/": section(*PATHS)}) as portal:
        for hours, pipeline, code in ((0, killed, -signal.SIGKILL), (1, f"KILL = False\n{NAMED}", 0)):
            (tmp_path / "own_pipeline.py").write_text(pipeline)
            runs = LocalRuns(tmp_path, section_of(portal), revisit="never", output=f"{hours}.csv")
            runs.run(hours, "-s", 'ITEM_PIPELINES={"own_pipeline.Chosen": 1}', codes=(code,))
    with (tmp_path / "1.csv").open(newline="") as file:
        titles = sorted(row["title"] for row in csv.DictReader(file))
    assert titles == [f"(The council of town number {number} decides)" for number in range(1, 6)]

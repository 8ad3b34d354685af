"""The worker pool: one bad page costs its limit and one rejection, and nothing else."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newscrawl.extraction.pool import ExtractorPool
from newscrawl.items import Article, RawPage
from newscrawl.rejections import ExtractCrash, ExtractMemory, ExtractTimeout, NotHtml, ParseLimit, Rejection


class Unpicklable(Exception):
    def __init__(self, what: str, lock: object) -> None:
        super().__init__(what)
        self.lock = lock


def misbehave(page: RawPage, site: object = None) -> Article | Rejection:
    """A stand-in for the extraction that does what the page's body says."""
    match page.body:
        case b"hang":
            time.sleep(3600)
        case b"hang in C":
            re.match(r"(a+)+$", "a" * 60 + "b")
        case b"eat":
            bytearray(4 * 2**30)
        case b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"exit":
            os._exit(3)
        case b"raise":
            raise Unpicklable("no such field", open(os.devnull))
        case b"recurse":
            return misbehave(page, site)
        case b"return a lock":
            return open(os.devnull)  # type: ignore[return-value]
        case b"reject":
            return NotHtml(detail="image/png")
    return Article(url=page.url or "", requested_url="", site="", text=page.body.decode())


def page(body: str) -> RawPage:
    return RawPage(body=body.encode(), url=f"https://a.example/{body}", fetched_at="2026-01-02T03:04:05+00:00")


@pytest.fixture
def pool():
    with ExtractorPool(workers=2, seconds=1.0, megabytes=2048, task=misbehave) as extractor:
        yield extractor


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        ("hang", ExtractTimeout, "longer than 1 s"),
        ("hang in C", ExtractTimeout, "longer than 1 s"),
        ("eat", ExtractMemory, "2048 MB"),
        ("die", ExtractCrash, "SIGKILL"),
        ("exit", ExtractCrash, "exit status 3"),
        ("raise", ExtractCrash, "Unpicklable: no such field"),
        ("recurse", ExtractCrash, "RecursionError"),
        ("return a lock", ExtractCrash, "TypeError"),
        ("reject", NotHtml, "image/png"),
    ],
)
def test_a_bad_page_is_a_rejection_and_the_others_go_on(pool, body, kind, detail):
    bodies = ["before", body, *(f"after {n}" for n in range(6))]
    first, bad, *others = [future.result(30) for future in [pool.submit(page(text)) for text in bodies]]
    assert isinstance(bad, kind)
    assert detail in (bad.detail or "")
    assert bad.url == f"https://a.example/{body}"
    assert bad.fetched_at == "2026-01-02T03:04:05+00:00"
    assert [article.text for article in (first, *others)] == [text for text in bodies if text != body]


def test_a_run_of_bad_pages_loses_no_answer(pool):
    kinds = ["fine", "die", "eat", "fine", "exit", "raise"] * 8
    outcomes = [future.result(60) for future in [pool.submit(page(text)) for text in kinds]]
    expected = {"fine": Article, "die": ExtractCrash, "eat": ExtractMemory, "exit": ExtractCrash, "raise": ExtractCrash}
    assert [type(outcome) for outcome in outcomes] == [expected[text] for text in kinds]


def test_a_page_over_the_size_limit_is_refused_with_both_numbers():
    with ExtractorPool(workers=1, page_bytes=1000, task=misbehave) as extractor:
        outcome = extractor.submit(page("x" * 1001)).result(30)
    assert isinstance(outcome, ParseLimit)
    assert "1001" in (outcome.detail or "")
    assert "1000" in (outcome.detail or "")


def test_asyncio_extracts_side_by_side_and_survives_a_cancelled_caller(pool):
    async def crawl() -> list[Article | Rejection]:
        abandoned = asyncio.ensure_future(pool.extract(page("hang")))
        await asyncio.sleep(0.2)
        abandoned.cancel()
        return await asyncio.gather(*(pool.extract(page(f"page {n}")) for n in range(10)))

    assert [outcome.text for outcome in asyncio.run(crawl())] == [f"page {n}" for n in range(10)]


def test_workers_that_all_die_while_idle_are_replaced(pool):
    assert pool.submit(page("before")).result(30).text == "before"
    for worker in list(pool._pool._pool_manager.worker_manager.workers):
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.5)
    assert pool.submit(page("after")).result(30).text == "after"


def test_a_pool_that_answers_nothing_any_more_is_given_up(pool, monkeypatch):
    monkeypatch.setattr(pool, "seconds", -1.0)  # the watch waits three times the limit and five seconds: here two
    hung = pool._pool
    monkeypatch.setattr(
        hung, "schedule", lambda *args, **kwargs: type("Never", (), {"add_done_callback": lambda *_: None})()
    )
    assert isinstance(pool.submit(page("fine")).result(30), ExtractCrash | ExtractTimeout | Article)
    assert pool._pool is not hung


def test_closing_answers_what_is_in_work_and_refuses_more():
    extractor = ExtractorPool(workers=1, task=misbehave)
    future = extractor.submit(page("hang"))
    extractor.close()
    outcome = future.result(10)
    assert isinstance(outcome, ExtractCrash)
    assert outcome.detail == "the run was stopped"
    extractor.close()
    with pytest.raises(RuntimeError, match="closed"):
        extractor.submit(page("late"))


PARENT = """
import sys, time
from newscrawl.items import RawPage
from newscrawl.extraction.pool import ExtractorPool
from test_workers import page, misbehave
if __name__ == "__main__":
    pool = ExtractorPool(workers=2, seconds=1, task=misbehave)
    pool.submit(page("warm")).result()
    pool.submit(page("hang in C"))
    time.sleep(0.3)
    print(*pool._pool._pool_manager.worker_manager.workers, flush=True)
    time.sleep(600)
"""


def test_no_worker_outlives_a_killed_run(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    path = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
    assert parent.stdout
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(_alive(pid) for pid in workers):
        time.sleep(0.2)
    assert not any(_alive(pid) for pid in workers)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

"""The article's cheapest source: HTML, embedded state, the browser; what a site's pages need is learned and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import ROOT, Crawler
from tests.browser.portal import HEAD, TEXTS, TITLE, embedded, page, server_rendered, shell, story, told
from tests.local_portal import Answer

Start = Callable[[dict[str, Answer]], Crawler]


def content(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("title", "text", "authors", "published", "language", "kind")}


@pytest.mark.parametrize("javascript", ["auto", "always"])
def test_the_same_record_from_all_three(crawler: Start, javascript: str) -> None:
    """Each in a crawl of its own: in one, the second would be a duplicate."""
    found = []
    pages: dict[str, dict[str, Answer]] = {
        "html": {"/news/one": server_rendered()},
        "state": {"/news/one": embedded()},
        "script": {"/news/one": shell(), "/news/one.json": told()},
    }
    for name, site in pages.items():
        crawl = crawler(site)
        crawl.folder = crawl.folder / name
        crawl.folder.mkdir()
        run = crawl.run(javascript=f'"{javascript}"')
        record = run.record("/news/one")
        rendered = javascript == "always" or name == "script"
        assert (record["origin"].get("text") == "rendered") == rendered
        assert record["extractor"].get("browser", "").startswith("Chromium ") == rendered
        found.append(content(record))
    assert found[0]["title"] == TITLE and found[0]["text"] == "\n\n".join(TEXTS)
    assert found[0] == found[1] == found[2]


def test_never_means_never(crawler: Start) -> None:
    run = crawler({"/news/one": shell(), "/news/one.json": told()}).run(javascript='"never"')
    assert not run.records and run.rejected["one"]["reason"] == "empty"


def test_a_site_that_keeps_needing_it_is_rendered_directly_also_in_the_next_run(crawler: Start) -> None:
    pages: dict[str, Answer] = {}
    for number in range(1, 7):
        pages |= {f"/news/{number}": shell(), f"/news/{number}.json": story(number)}
    crawl = crawler(pages)
    run = crawl.run()
    assert len(run.records) == 6
    assert "go to the browser directly: 3 of the last 3 needed it" in run.log
    assert crawl.portal.asked["/app.js"] <= 2, (
        "a script that was loaded is not asked for again; two pages are open at once"
    )
    told = json.loads(max((crawl.folder / ".newscrawl/runs").glob("2*.json")).read_text())["sites"][0]["browser"]
    assert told["direct"] and told["pages"] >= 6 and not told["missed"]
    again = crawl.run("-a", "max_pages=1")
    assert "go to the browser directly: remembered from the last run" in again.log


def test_without_a_browser_the_crawl_goes_on_and_says_what_it_missed(crawler: Start) -> None:
    crawl = crawler({"/news/one": shell(), "/news/one.json": told(), "/news/two": server_rendered()})
    (crawl.folder / "sitecustomize.py").write_text("from newscrawl.browser import chromium\nchromium._PLACES = ()\n")
    crawl.variables = {
        "PATH": "/nowhere",
        "PLAYWRIGHT_BROWSERS_PATH": "/nowhere",
        "PYTHONPATH": f"{crawl.folder}:{ROOT}",
    }
    run = crawl.run()
    assert run.log.count("need a browser, and there is none: playwright install chromium") == 1
    assert "a browser would be needed" in run.rejected["one"]["detail"]
    assert run.record("two")["title"] == TITLE


def test_a_wrong_path_is_one_line(crawler: Start) -> None:
    run = crawler({"/news/one": shell()}).run("-s", "BROWSER=/no/such/program")
    assert run.status and "Traceback" not in run.log
    assert "BROWSER=/no/such/program is no program" in run.log.strip().splitlines()[-1]


def test_archive_holds_both_and_replays_without_a_browser(crawler: Start) -> None:
    crawl = crawler(
        {
            "/news/one": shell(),
            "/news/one.json": told(),
            "/news/two": page(f"<article>{json.loads(story(2))['html']}</article>"),
        }
    )
    live = crawl.run("-s", "ARCHIVE_DIR=archive")
    assert len(live.records) == 2
    lines = {json.dumps({**record, "run_id": ""}) for record in live.records}
    asked = crawl.portal.asked.total()
    again = crawl.run("-s", "REPLAY_DIR=archive", "-s", "STATE_DIR=other")
    assert {json.dumps({**record, "run_id": ""}) for record in again.records} == lines
    assert crawl.portal.asked.total() == asked and "sandbox" not in again.log


def test_extract_takes_a_rendered_page_out_of_the_archive_as_the_crawl_did(crawler: Start) -> None:
    """Shells of a program are the same bytes for each article, so the second is a revisit record."""
    pages: dict[str, Answer] = {"/news/7": server_rendered()}
    large = shell(head=HEAD + f"<style>{'p { color: black } ' * 100}</style>")
    for number in (1, 2):
        pages |= {f"/news/{number}": large, f"/news/{number}.json": story(number)}
    crawl = crawler(pages)
    live = crawl.run("-s", "ARCHIVE_DIR=archive")
    assert len(live.records) == 3
    out = crawl.folder / "again.jsonl"
    done = crawl.scrapy("extract", "archive", "-o", str(out))
    assert done.returncode == 0, done.stderr
    again = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(record["url"] for record in again) == sorted(record["url"] for record in live.records)
    told = {record["url"]: record for record in live.records}
    for record in again:
        assert {**record, "run_id": ""} == {**told[record["url"]], "run_id": ""}
    assert "not_an_article" not in (crawl.folder / "again.rejects.jsonl").read_text()

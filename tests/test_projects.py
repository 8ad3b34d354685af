"""Scrapy's habits in projects that have the add-on: spiders of all kinds side by side, scripts, and Scrapy's own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.local_portal import article, section, serve, status

ROOT = Path(__file__).parents[1]
SETTINGS = 'ADDONS = {"newscrawl.Addon": 500}\nSPIDER_MODULES = ["own"]\n'
COMMANDS = 'COMMANDS_MODULE = "newscrawl.commands"\n'
OWN = """
import pickle
from scrapy import Request, Spider
from newscrawl.spiders.portal import PortalSpider

class Mine(PortalSpider):
    name = "mine"
    class Arguments(PortalSpider.Arguments, frozen=True, kw_only=True):
        tag: str = "none"

    def found(self, crawl, article):
        print("found", article.title, self.arguments.tag, flush=True)

class Pickled:
    def process_request(self, request):
        pickle.loads(pickle.dumps((request.meta, request.cb_kwargs)))
        print("asked", request.url, flush=True)

class Plain(Spider):
    name = "plain"
    custom_settings = {"RETRY_TIMES": 1, "RETRY_HTTP_CODES": [503], "DOWNLOAD_DELAY": 0}

    def __init__(self, site=None, page="/start", **kwargs):
        super().__init__(**kwargs)
        self.site, self.page = site, page

    async def start(self):
        yield Request(self.site + self.page)

    def parse(self, response):
        yield {"url": response.url, "status": response.status}
        for path in ("/moved", "/busy", "/missing"):
            yield response.follow(path, self.other)

    def other(self, response):
        yield {"url": response.url, "status": response.status}
"""


def project(folder: Path, settings: str = SETTINGS) -> Path:
    """A project with spiders of its own, and the add-on as its only setting."""
    (folder / "own.py").write_text(OWN)
    (folder / "own_spider.py").write_text(OWN.partition("class Plain")[0])
    (folder / "project.py").write_text(settings)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = project\n")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SCRAPY_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        timeout=150,
    )


def scrapy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "scrapy", *arguments)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


TITLES = {"The council of town number 1 decides", "The council of town number 2 decides"}
PAGES: dict[str, Any] = {
    "/start": section(),
    "/moved": status(302, Location="/arrived"),
    "/arrived": section(),
    "/busy": status(503),
    "/news/": section("/news/story-one-of-the-day", "/news/story-two-of-the-day"),
    "/news/story-one-of-the-day": article(1),
    "/news/story-two-of-the-day": article(2),
}


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS + COMMANDS], ids=["scrapys command", "newscrawls command"])
def test_a_plain_spider_runs_as_scrapy_alone_would_run_it(tmp_path: Path, settings: str) -> None:
    project(tmp_path, settings)
    with serve(PAGES) as portal:
        site = portal.url("").rstrip("/")
        run = scrapy(tmp_path, "crawl", "plain", "-a", f"site={site}", "-O", "plain.jsonl")
    assert run.returncode == 0, run.stderr
    # Redirects are followed, 404 and 503 end at Scrapy's own middlewares, another host is asked, and private addresses are.
    assert lines(tmp_path / "plain.jsonl") == [
        {"url": f"{site}/start", "status": 200},
        {"url": f"{site}/arrived", "status": 200},
    ]
    assert portal.asked["/busy"] == 2, "Scrapy's retry"
    assert portal.asked["/missing"] == 1
    for part in ("middlewares", "pipelines", "crawl.run", "monitor", "download", "output"):
        assert f"newscrawl.{part}" not in run.stderr
    assert not (tmp_path / ".newscrawl").exists()
    assert not (tmp_path / "plain.rejects.jsonl").exists()


@pytest.mark.parametrize("how", ["crawl", "runspider"])
def test_an_empty_project_crawls_with_a_spider_of_its_own(tmp_path: Path, how: str) -> None:
    project(tmp_path)
    with serve(PAGES) as portal:
        run = scrapy(
            tmp_path,
            *(("crawl", "mine") if how == "crawl" else ("runspider", "own_spider.py")),
            *("-a", f"url={portal.url('/news/')}", "-a", "tag=blue", "-s", "PRIVATE_HOSTS=127.0.0.1", "-O", "a.jsonl"),
        )
    assert run.returncode == 0, run.stderr
    assert {record["title"] for record in lines(tmp_path / "a.jsonl")} == TITLES
    assert set(run.stdout.splitlines()) == {f"found {title} blue" for title in TITLES}
    assert portal.asked["/robots.txt"] == 1
    assert "ended healthy: 2 articles" in run.stderr


def test_requests_carry_what_can_be_written_down_and_the_projects_middlewares_see_them(tmp_path: Path) -> None:
    project(tmp_path, SETTINGS + COMMANDS + 'DOWNLOADER_MIDDLEWARES = {"own.Pickled": 1}\n')
    with serve(PAGES) as portal:
        given = ("-a", f"url={portal.url('/news/')}", "-s", "PRIVATE_HOSTS=127.0.0.1", "-O", "a.jsonl")
        run = scrapy(tmp_path, "crawl", "mine", *given)
    assert run.returncode == 0, run.stderr
    asked = {line.split()[1] for line in run.stdout.splitlines() if line.startswith("asked")}
    assert {portal.url(path) for path in ("/news/", *PAGES) if path.startswith("/news/")} <= asked
    assert len(lines(tmp_path / "a.jsonl")) == 2


SCRIPT = """
import sys
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings
from own import Mine, Plain

print("the script runs", flush=True)
process = CrawlerProcess({**get_project_settings(), "PRIVATE_HOSTS": "127.0.0.1", "FEEDS": {"%(name)s.jsonl": {"format": "jsonl"}}})
process.crawl(Mine, url=sys.argv[1] + "/news/")
process.crawl(Plain, site=sys.argv[1])
process.start()
"""


def test_a_script_without_a_guard_runs_once_with_both_kinds_of_spiders(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT)
    with serve(PAGES) as portal:
        run = python(tmp_path, "script.py", portal.url("").rstrip("/"))
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines().count("the script runs") == 1
    assert {record["title"] for record in lines(tmp_path / "mine.jsonl")} == TITLES, run.stderr
    assert [record["status"] for record in lines(tmp_path / "plain.jsonl")] == [200, 200]


def test_the_arguments_of_a_spider_are_listed_and_unknown_ones_named_with_them(tmp_path: Path) -> None:
    project(tmp_path, SETTINGS + COMMANDS)
    run = scrapy(tmp_path, "crawl", "mine", "-a", "help=1")
    assert run.returncode == 0, run.stderr
    names = [line.split()[1] for line in run.stdout.splitlines()]
    assert names == ["site=", "url=", "since=", "max_pages=", "max_minutes=", "tag="]
    assert "a span such as 7d" in run.stdout
    run = scrapy(tmp_path, "crawl", "mine", "-a", "site=demo", "-a", "label=blue")
    assert run.returncode == 2
    assert run.stderr == (
        "newscrawl: error: unknown spider argument 'label'; there are: site, url, since, max_pages, max_minutes, tag\n"
    )


def test_scrapys_own_commands_work(tmp_path: Path) -> None:
    project(tmp_path, SETTINGS + 'NEWSPIDER_MODULE = "spiders"\n')
    (tmp_path / "spiders").mkdir()
    (tmp_path / "spiders" / "__init__.py").write_text("")
    assert scrapy(tmp_path, "genspider", "fresh", "example.org").returncode == 0
    assert (tmp_path / "spiders" / "fresh.py").exists()
    assert {"mine", "plain"} <= set(scrapy(tmp_path, "list").stdout.split())
    with serve(PAGES) as portal:
        shown = scrapy(tmp_path, "shell", portal.url("/start"), "-c", "response.status")
        assert shown.stdout.strip() == "200", shown.stderr
        site = portal.url("").rstrip("/")
        told = scrapy(tmp_path, "parse", "--spider", "plain", "-a", f"site={site}", "--nocolour", f"{site}/start")
        assert f"'url': '{site}/start'" in told.stdout, told.stderr

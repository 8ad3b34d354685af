"""The middlewares between Scrapy and what the download stage decides, with the engine's part played by the test."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from newscrawl import settings as project
from newscrawl.download.failures import Refused
from newscrawl.download.robots_rules import ROBOTS_BYTES
from newscrawl.items import MemoryNotes
from newscrawl.middlewares import IdentityMiddleware, PaceMiddleware, RobotsMiddleware
from newscrawl.rejections import HostLeftAlone, RobotsForbidden
from newscrawl.sites.registry import Pace, Site

URL = "https://www.portal.example/news/1"
SITE = Site(name="portal", hosts=("portal.example",), pace=Pace(delay=0))


class Engine:
    """Answers every request with robots.txt."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.requests: list[Request] = []

    async def download_async(self, request: Request) -> Response:
        self.requests.append(request)
        return self.response


class Counts:
    """What a site's statistics are told."""

    def __init__(self) -> None:
        self.added: list[str] = []

    def add(self, name: str, by: int = 1) -> None:
        self.added += [name] * by


def crawler(robots: bytes = b"", status: int = 200, **values: Any) -> Any:
    settings = Settings()
    settings.setmodule(project, priority="project")
    settings.update(values, priority="cmdline")
    made = SimpleNamespace(
        settings=settings, spider=SimpleNamespace(), engine=Engine(Response(URL, status=status, body=robots))
    )
    made.stats = MemoryStatsCollector(SimpleNamespace(settings=settings))  # type: ignore[arg-type]
    return made


def crawl() -> Any:
    return SimpleNamespace(site=SITE, store=MemoryNotes(), stats=Counts())


def ask(middleware: RobotsMiddleware, **meta: Any) -> Refused | None:
    try:
        asyncio.run(middleware.process_request(Request(URL, meta=meta)))
    except Refused as refused:
        return refused
    return None


def test_a_page_that_robots_forbids_is_refused_and_an_entry_point_is_reported() -> None:
    made, one = crawler(b"User-agent: newscrawl\nDisallow: /news/"), crawl()
    middleware = RobotsMiddleware(made)
    refused = ask(middleware, crawl=one, site=SITE)
    assert refused is not None
    assert (refused.kind, refused.transient, one.stats.added) == (RobotsForbidden, False, [])
    assert ask(middleware, crawl=one, site=SITE, start=True) is not None
    assert one.stats.added == ["events/robots_start"]
    assert [(event["host"], event["kind"], event["detail"]) for event in middleware.files.events] == [
        ("www.portal.example", "robots_start", URL)
    ]
    assert ask(middleware, dont_obey_robotstxt=True) is None


def test_robots_txt_is_asked_for_in_the_sites_name_and_remembered_in_its_state() -> None:
    made, one = crawler(b"User-agent: *\nDisallow: /private"), crawl()
    assert ask(RobotsMiddleware(made), crawl=one) is None
    assert ask(RobotsMiddleware(made), crawl=one) is None
    (request,) = made.engine.requests
    assert (request.url, request.meta["site"], request.meta["crawl"]) == (
        "https://www.portal.example/robots.txt",
        SITE,
        one,
    )
    assert one.store.note("robots", "https://www.portal.example:443")["status"] == 200


@pytest.mark.parametrize(
    ("asked", "bound", "kept", "events"),
    [("5", 30, 5.0, []), ("86400", 30, 30.0, ["events/crawl_delay"]), ("86400", 0, 0.0, ["events/crawl_delay"])],
)
def test_a_crawl_delay_is_kept_up_to_the_bound(asked: str, bound: float, kept: float, events: list[str]) -> None:
    made, one = crawler(f"User-agent: *\nCrawl-delay: {asked}".encode(), CRAWL_DELAY_MAX=bound), crawl()
    middleware = RobotsMiddleware(made)
    delays: list[tuple[str, float]] = []
    made.spider.hosts = SimpleNamespace(crawl_delay=lambda url, seconds: delays.append((url, seconds)))
    assert ask(middleware, crawl=one) is ask(middleware, crawl=one) is None
    assert (delays, one.stats.added) == ([(URL, kept)], events)


def test_no_more_of_a_robots_txt_is_downloaded_than_is_read() -> None:
    middleware = RobotsMiddleware(crawler())
    request, page = Request(URL, meta={"robots_bytes": 0}), Request(URL)
    middleware.enough(b"x" * ROBOTS_BYTES, request)
    middleware.enough(b"x" * 10 * ROBOTS_BYTES, page)
    with pytest.raises(Exception) as stopped:  # noqa: PT011 - Scrapy's, told by what it makes of the response
        middleware.enough(b"x", request)
    assert stopped.value.fail is False  # type: ignore[attr-defined]


def test_each_turn_is_given_back_once_whatever_came_of_it() -> None:
    made, one = crawler(), crawl()
    middleware = PaceMiddleware(made)

    async def five_failures() -> None:
        for outcome in (200, 404, 500, None, 500, 429, 500):
            request = Request(URL, meta={"site": SITE, "crawl": one})
            # Refused before it had its turn, by another middleware.
            middleware.process_exception(Request(URL), Refused(RobotsForbidden))
            await middleware.process_request(request)
            if outcome is None:
                middleware.process_exception(request, DownloadTimeoutError("slow"))
            else:
                middleware.process_response(request, Response(URL, status=outcome, headers={"Retry-After": "60"}))
            middleware.process_response(request, Response(URL, status=500))
        with pytest.raises(Refused) as refused:
            await middleware.process_request(request)
        assert refused.value.kind is HostLeftAlone

    made.settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
    made.spider.hosts = None

    async def patient() -> None:
        from newscrawl.download.hosts import Hosts

        now = [0.0]

        async def sleep(seconds: float) -> None:
            now[0] += seconds

        made.spider.hosts = Hosts(clock=lambda: now[0], sleep=sleep)
        await five_failures()

    asyncio.run(patient())
    assert one.stats.added == ["events/retry_after", "events/host_left_alone"]
    assert list(made.stats.get_stats()) == ["newscrawl/backoff/www.portal.example"]


@pytest.mark.parametrize(("contact", "ending"), [("", ""), ("mail@example.org\nX: y", " (+mail@example.org X: y)")])
def test_the_user_agent_says_who_asks(contact: str, ending: str) -> None:
    request = Request(URL)
    IdentityMiddleware(crawler(CONTACT=contact)).process_request(request)
    assert request.headers["User-Agent"] == (project.USER_AGENT + ending).encode()

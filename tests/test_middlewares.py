"""The middlewares between Scrapy and what the download stage decides, with the engine's part played by the test."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager
from scrapy.statscollectors import MemoryStatsCollector

from newscrawl.addon import VALUES, install
from newscrawl.crawl.robots_access import RobotsAccess
from newscrawl.crawl.run import Run
from newscrawl.download.failures import Refused
from newscrawl.download.guard import AddressGuard
from newscrawl.download.hosts import Hosts
from newscrawl.download.robots_rules import ROBOTS_BYTES
from newscrawl.items import MemoryNotes
from newscrawl.middlewares import IdentityMiddleware, PaceMiddleware, RobotsMiddleware
from newscrawl.monitor.counts import RunStats
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


def run(robots: bytes = b"", status: int = 200, hosts: Hosts | None = None, **values: Any) -> Any:
    """What the middlewares are given of a run, with one site's crawl."""
    settings = Settings()
    install(settings)
    settings.update(values, priority="cmdline")
    made = SimpleNamespace(
        settings=settings, signals=SignalManager(), engine=Engine(Response(URL, status=status, body=robots))
    )
    counted = MemoryStatsCollector(made)  # type: ignore[arg-type]
    one = SimpleNamespace(label="portal", site=SITE, store=MemoryNotes(), stats=Counts())
    shared = SimpleNamespace(
        crawls=[one],
        settings=settings,
        collector=counted,
        stats=RunStats(SimpleNamespace(stats=counted)),  # type: ignore[arg-type]
        hosts=hosts or Hosts(),
        engine=made.engine,
        guard=AddressGuard(),
        one=one,
    )
    shared.robots = RobotsAccess(made, shared.hosts, time.time)  # type: ignore[arg-type]
    for name in ("crawl_of", "robots_of", "count"):
        setattr(shared, name, partial(getattr(Run, name), shared))
    return shared


def ask(middleware: RobotsMiddleware, **meta: Any) -> Refused | None:
    try:
        asyncio.run(middleware.process_request(Request(URL, meta=meta)))
    except Refused as refused:
        return refused
    return None


def test_a_page_that_robots_forbids_is_refused_and_an_entry_point_is_reported() -> None:
    made = run(b"User-agent: newscrawl\nDisallow: /news/")
    middleware, one = RobotsMiddleware(made), made.one
    refused = ask(middleware, crawl="portal", site=SITE)
    assert refused is not None
    assert (refused.kind, refused.transient, one.stats.added) == (RobotsForbidden, False, [])
    assert ask(middleware, crawl="portal", site=SITE, start=True) is not None
    assert one.stats.added == ["events/robots_start"]
    assert [(event["host"], event["kind"], event["detail"]) for event in made.robots.files.events] == [
        ("www.portal.example", "robots_start", URL)
    ]
    assert ask(middleware, dont_obey_robotstxt=True) is None


def test_robots_txt_is_asked_for_in_the_sites_name_and_remembered_in_its_state() -> None:
    made = run(b"User-agent: *\nDisallow: /private")
    assert ask(RobotsMiddleware(made), crawl="portal") is None
    assert ask(RobotsMiddleware(made), crawl="portal") is None
    (request,) = made.engine.requests
    assert (request.url, request.meta["site"], request.meta["crawl"]) == (
        "https://www.portal.example/robots.txt",
        SITE,
        "portal",
    )
    assert made.one.store.note("robots", "https://www.portal.example:443")["status"] == 200


@pytest.mark.parametrize(
    ("asked", "bound", "kept", "events"),
    [("5", 30, 5.0, []), ("86400", 30, 30.0, ["events/crawl_delay"]), ("86400", 0, 0.0, ["events/crawl_delay"])],
)
def test_a_crawl_delay_is_kept_up_to_the_bound(asked: str, bound: float, kept: float, events: list[str]) -> None:
    delays: list[tuple[str, float]] = []
    hosts: Any = SimpleNamespace(crawl_delay=lambda url, seconds: delays.append((url, seconds)))
    made = run(f"User-agent: *\nCrawl-delay: {asked}".encode(), hosts=hosts, CRAWL_DELAY_MAX=bound)
    middleware = RobotsMiddleware(made)
    assert ask(middleware, crawl="portal") is ask(middleware, crawl="portal") is None
    assert (delays, made.one.stats.added) == ([(URL, kept)], events)


def test_no_more_of_a_robots_txt_is_downloaded_than_is_read() -> None:
    middleware = run().robots
    request, page = Request(URL, meta={"robots_bytes": 0}), Request(URL)
    middleware.enough(b"x" * ROBOTS_BYTES, request)
    middleware.enough(b"x" * 10 * ROBOTS_BYTES, page)
    with pytest.raises(Exception) as stopped:  # noqa: PT011 - Scrapy's, told by what it makes of the response
        middleware.enough(b"x", request)
    assert stopped.value.fail is False  # type: ignore[attr-defined]


def test_each_turn_is_given_back_once_whatever_came_of_it() -> None:
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    made = run(hosts=Hosts(clock=lambda: now[0], sleep=sleep))
    middleware = PaceMiddleware(made)

    async def five_failures() -> None:
        for outcome in (200, 404, 500, None, 500, 429, 500):
            request = Request(URL, meta={"site": SITE, "crawl": "portal"})
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

    asyncio.run(five_failures())
    assert made.one.stats.added == ["events/retry_after", "events/host_left_alone"]
    assert [key for key in made.collector.get_stats() if key.startswith("newscrawl/")] == [
        "newscrawl/backoff/www.portal.example"
    ]


@pytest.mark.parametrize(("contact", "ending"), [("", ""), ("mail@example.org\nX: y", " (+mail@example.org X: y)")])
def test_the_user_agent_says_who_asks(contact: str, ending: str) -> None:
    request = Request(URL)
    IdentityMiddleware(run(CONTACT=contact)).process_request(request)
    assert request.headers["User-Agent"] == (VALUES["USER_AGENT"] + ending).encode()

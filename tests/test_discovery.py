"""Discovery over real sockets: what a bare URL leads to, what is asked again in a later run, and traps without end."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl.sites.registry import Site
from newscrawl.spiders import arguments
from tests.local_portal import Answer, Handler, Portal, article, section, serve, status

ROOT = Path(__file__).parents[1]
BEGIN = "2026-03-09T10:00:00+00:00"
XML = '<?xml version="1.0" encoding="UTF-8"?>'


def crawl(folder: Path, url: str, *arguments: str, at: str = BEGIN) -> subprocess.CompletedProcess[str]:
    settings = ["PRIVATE_HOSTS=127.0.0.1", "DOWNLOAD_DELAY=0", "DOWNLOAD_TIMEOUT=3", "HEALTH_MIN_RUNS=1000"]
    command = [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", f"url={url}", "-o", "a.jsonl", *arguments]
    command += [word for setting in settings for word in ("-s", setting)]
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "",
        "NEWSCRAWL_NOW": at,
    }
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)
    assert "Traceback" not in run.stderr, run.stderr
    return run


def numbers(folder: Path) -> list[int]:
    """The stories whose records were written, in order of their numbers."""
    path = folder / "a.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return sorted(int(re.findall(r"\d+", row["title"])[0]) for row in rows)


def story(number: int) -> str:
    return f"/2026/03/09/story-number-{number}-of-the-day"


def feed(*found: int) -> str:
    items = "".join(f"<item><title>Story {number}</title><link>{story(number)}</link></item>" for number in found)
    return f"{XML}<rss version='2.0'><channel><title>All</title>{items}</channel></rss>"


def urlset(portal: str, *found: int) -> str:
    return (
        XML + "<urlset>" + "".join(f"<url><loc>{portal}{story(number)}</loc></url>" for number in found) + "</urlset>"
    )


@pytest.fixture
def town() -> Iterator[Portal]:
    """A portal whose stories each stand in one place only."""
    pages: dict[str, Answer] = {story(number): article(number) for number in range(1, 30)}
    with serve(pages) as portal:
        base = portal.url("")
        menu = "<nav><a href='/world/'>World</a><a href='/local/'>Local</a><a href='/login'>Log in</a></nav>"
        pages["/"] = section(story(1), story(2), more=menu)
        pages["/feed.xml"] = feed(3)
        pages["/robots.txt"] = status(
            200, f"User-agent: *\nDisallow: /private/\nSitemap: {base}/maps.xml\n", Content_Type="text/plain"
        )
        pages["/maps.xml"] = (
            XML
            + f"<sitemapindex><sitemap><loc>{base}/one.gz</loc></sitemap><sitemap><loc>{base}/two.txt</loc></sitemap>"
            f"<sitemap><loc>{base}/maps.xml</loc></sitemap></sitemapindex>"
        )
        pages["/one.gz"] = gzip.compress(urlset(base, 4).encode())
        pages["/two.txt"] = f"{base}{story(5)}\n"
        pages["/world/"] = section(story(6), more="<a href='/world/?page=2'>下一页</a>")
        pages["/world/?page=2"] = section(story(7), more="<a href='/world/?page=3'>下一页</a>")
        pages["/world/?page=3"] = section(story(8), more="<a href='/world/?page=4'>下一页</a>")
        pages["/world/?page=4"] = section(story(9))
        pages["/local/"] = section(story(10))
        yield portal


def test_a_bare_url_leads_to_everything_the_site_says_and_a_later_run_asks_for_the_new_alone(
    town: Portal, tmp_path: Path
) -> None:
    assert crawl(tmp_path, town.url("/")).returncode == 0
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 6, 7, 8, 10]  # page 4 lies deeper than SECTION_PAGES
    assert not {"/login", "/private/", "/rss?x"} & set(town.asked)
    assert town.asked["/rss"] == 1  # a common path, tried before the one that is there
    town.asked.clear()
    town.pages["/feed.xml"] = feed(11, 3)
    run = crawl(tmp_path, town.url("/"), at="2026-03-09T10:30:00+00:00")
    assert run.returncode == 0, run.stderr
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]
    # Entry points in every run; neither guesses nor deeper pages nor what is known already.
    assert set(town.asked) <= {
        "/",
        "/feed.xml",
        "/robots.txt",
        "/maps.xml",
        "/one.gz",
        "/two.txt",
        "/world/",
        "/local/",
        story(11),
    }
    assert set(town.asked) >= {"/", "/feed.xml", "/maps.xml", "/one.gz", "/two.txt", "/world/", "/local/", story(11)}


def test_deeper_pages_are_asked_when_the_first_brings_something_and_once_a_day(town: Portal, tmp_path: Path) -> None:
    crawl(tmp_path, town.url("/world/"))
    assert numbers(tmp_path) == [6, 7, 8]
    town.asked.clear()
    town.pages["/world/?page=2"] = section(story(7), story(12), more="<a href='/world/?page=3'>下一页</a>")
    crawl(tmp_path, town.url("/world/"), at="2026-03-09T11:00:00+00:00")
    assert not any("page=" in path for path in town.asked)
    town.pages["/world/"] = section(story(13), story(6), more="<a href='/world/?page=2'>下一页</a>")
    crawl(tmp_path, town.url("/world/"), at="2026-03-09T12:00:00+00:00")
    assert numbers(tmp_path) == [6, 7, 8, 12, 13]
    town.pages["/world/?page=3"] = section(story(8), story(14))
    crawl(tmp_path, town.url("/world/"), at="2026-03-10T11:59:00+00:00")
    assert numbers(tmp_path) == [6, 7, 8, 12, 13, 14]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/feed.xml", [3]),
        ("/maps.xml", [4, 5]),
        ("/one.gz", [4]),
        ("/two.txt", [5]),
        ("/local/", [10]),
        (story(20), [20]),
    ],
)
def test_what_a_url_is_is_told_by_looking(town: Portal, tmp_path: Path, path: str, found: list[int]) -> None:
    run = crawl(tmp_path, town.url(path))
    assert (run.returncode, numbers(tmp_path)) == (0, found), run.stderr


def test_validators_spare_a_download_and_once_a_day_are_left_out(tmp_path: Path) -> None:
    conditional: list[bool] = []
    items = [1]

    def answer(handler: Handler) -> None:
        asked = handler.headers.get("If-None-Match")
        conditional.append(asked is not None)
        if asked == '"same"':  # a server that says so for ever
            return status(304, ETag='"same"')(handler)
        status(200, feed(*items), ETag='"same"', Content_Type="application/rss+xml")(handler)

    with serve({"/feed": answer, **{story(number): article(number) for number in (1, 2)}}) as portal:
        crawl(tmp_path, portal.url("/feed"))
        items.append(2)
        assert crawl(tmp_path, portal.url("/feed"), at="2026-03-09T12:00:00+00:00").returncode == 0
        assert numbers(tmp_path) == [1]
        crawl(tmp_path, portal.url("/feed"), at="2026-03-10T10:00:00+00:00")
    assert conditional == [False, True, False]
    assert numbers(tmp_path) == [1, 2]


def test_an_entry_point_that_times_out_is_asked_again_at_the_end(tmp_path: Path) -> None:
    asked: list[str] = []

    def slow(handler: Handler) -> None:
        asked.append("slow")
        if len(asked) == 1:
            time.sleep(4)
        status(200, feed(1), Content_Type="text/xml")(handler)

    with serve({"/feed": slow, story(1): article(1)}) as portal:
        run = crawl(tmp_path, portal.url("/feed"))
    assert (run.returncode, len(asked), numbers(tmp_path)) == (0, 2, [1]), run.stderr


@pytest.mark.parametrize(
    ("code", "rest", "times", "asked"),
    [(503, "1", 1, 2), (429, "1", 1, 2), (503, "1", 9, 2), (503, "3600", 1, 1), (500, "1", 1, 1)],
)
def test_an_entry_point_that_asks_for_a_short_rest_is_asked_again_after_it(
    tmp_path: Path, code: int, rest: str, times: int, asked: int
) -> None:
    """A rest of two seconds cost a site of one feed the whole run, which ended with status 1."""
    moments: list[float] = []

    def busy(handler: Handler) -> None:
        moments.append(time.monotonic())
        (
            status(code, "busy", Retry_After=rest)
            if len(moments) <= times
            else status(200, feed(1), Content_Type="text/xml")
        )(handler)

    with serve({"/feed": busy, story(1): article(1)}) as portal:
        run = crawl(tmp_path, portal.url("/feed"))
    listed = len(moments) > times
    assert (run.returncode, len(moments), numbers(tmp_path)) == (0 if listed else 1, asked, [1] if listed else []), (
        run.stderr
    )
    assert len(moments) == 1 or moments[1] - moments[0] >= float(rest)


def test_a_site_file_with_nothing_but_hosts_is_crawled_from_its_front_page(tmp_path: Path) -> None:
    """docs/sites.md promises that such a file is enough; it ended with "has no starts" and status 1."""
    (tmp_path / "small.toml").write_text('hosts = ["news.example", "other.example"]\n')
    (tmp_path / "full.toml").write_text('hosts = ["full.example"]\n[starts]\nfeeds = ["https://full.example/rss"]\n')

    def targets(site: str) -> tuple[tuple[Site, ...], str | None]:
        return arguments.targets("portal", arguments.Arguments(site=site), str(tmp_path))

    sites, start = targets("small")
    assert (start, sites[0].hosts) == ("https://news.example/", ("news.example", "other.example"))
    assert targets("full")[1] is None
    with pytest.raises(arguments.ArgumentError, match="site 'small' has no starts: among several") as refused:
        targets("full,small")
    assert refused.value.status == 1


def test_nofollow_is_obeyed(tmp_path: Path) -> None:
    headed = status(200, section(story(1)), X_Robots_Tag="noindex, nofollow")
    marked = section(story(2)).replace("<body>", "<head><meta name='robots' content='NOFOLLOW'></head><body>")
    menu = "<a href='/world/'>World</a><a href='/local/'>Local</a>"
    pages: dict[str, Answer] = {story(number): article(number) for number in (1, 2, 3)}
    with serve({"/": section(story(3), more=menu), "/world/": headed, "/local/": marked, **pages}) as portal:
        run = crawl(tmp_path, portal.url("/"))
    assert numbers(tmp_path) == [3]
    assert run.stderr.count("nofollow") == 2


def test_another_port_of_the_site_is_in_scope(tmp_path: Path) -> None:
    with serve({story(2): article(2)}) as other, serve({story(1): article(1)}) as portal:
        portal.pages["/news/"] = section(story(1), other.url(story(2)))
        crawl(tmp_path, portal.url("/news/"))
    assert numbers(tmp_path) == [1, 2]


def index(**children: str) -> str:
    entries = "".join(f"<sitemap><loc>{url}</loc><lastmod>{day}</lastmod></sitemap>" for url, day in children.items())
    return f"{XML}<sitemapindex>{entries}</sitemapindex>"


def test_sitemaps_of_an_index_are_read_when_they_have_changed_and_once_a_day(tmp_path: Path) -> None:
    with serve({story(number): article(number) for number in range(1, 10)}) as portal:
        base = portal.url("")
        days = {f"{base}/{name}.xml": f"2026-03-0{at}T08:00:00Z" for at, name in enumerate("abc", 1)}
        portal.pages |= {
            "/index.xml": index(**days),
            "/a.xml": urlset(base, 1),
            "/b.xml": urlset(base, 2),
            "/c.xml": urlset(base, 3),
        }
        crawl(tmp_path, f"{base}/index.xml")
        assert numbers(tmp_path) == [1, 2, 3]
        portal.asked.clear()
        portal.pages |= {
            "/index.xml": index(**days | {f"{base}/b.xml": "2026-03-09T10:30:00Z"}),
            "/b.xml": urlset(base, 2, 4),
            "/c.xml": urlset(base, 3, 5),
        }
        assert crawl(tmp_path, f"{base}/index.xml", at="2026-03-09T11:00:00+00:00").returncode == 0
        assert (numbers(tmp_path), portal.asked["/a.xml"], portal.asked["/c.xml"]) == ([1, 2, 3, 4], 0, 0)
        crawl(tmp_path, f"{base}/index.xml", at="2026-03-10T10:00:00+00:00")
        assert (numbers(tmp_path), portal.asked["/a.xml"]) == ([1, 2, 3, 4, 5], 1)
        # c.xml had something new although the index said that nothing had changed: it is not believed again.
        portal.pages["/c.xml"] = urlset(base, 3, 5, 6)
        crawl(tmp_path, f"{base}/index.xml", at="2026-03-10T11:00:00+00:00")
        assert (numbers(tmp_path), portal.asked["/a.xml"]) == ([1, 2, 3, 4, 5, 6], 1)


def test_indexes_that_name_themselves_without_end_are_read_to_a_bound_and_that_is_said(tmp_path: Path) -> None:
    class Endless(dict[str, Answer]):
        def get(self, path: str, default: Any = None) -> Any:
            level = re.fullmatch(r"/level-(\d+)-?(\d*)\.xml", path)
            if not level:
                return super().get(path)
            number = int(level[1])
            wide = [f"{base}/level-{number + 1}.xml", f"{base}{path}"] + [
                f"{base}/pages-{n}.xml" for n in range(700 if number == 1 else 0)
            ]
            return (
                XML
                + "<sitemapindex>"
                + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in wide)
                + "</sitemapindex>"
            )

    with serve(Endless({"/pages-0.xml": "", story(1): article(1)})) as portal:
        base = portal.url("")
        portal.pages["/pages-0.xml"] = urlset(base, 1)
        run = crawl(tmp_path, f"{base}/level-0.xml")
    assert numbers(tmp_path) == [1]
    assert sum(path.startswith("/level") for path in portal.asked) <= 4
    assert sum(portal.asked.values()) < 520
    said = re.findall(
        r"WARNING: (\d+) sitemaps of .* not read in this run: .* 500 of an index .* 3 indexes deep", run.stderr
    )
    assert len(said) == 1 and int(said[0]) > 200


class Maze:
    """A portal that makes up pages without end beside its real stories; ``kind`` says which family they are of."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.real = range(1, 13)

    def get(self, path: str) -> Answer | None:
        real = re.fullmatch(r"/2026/03/09/story-number-(\d+)-of-the-day", path.partition("?")[0])
        if real and int(real[1]) in self.real:
            return article(int(real[1]))
        if path in ("/robots.txt", "/feed", "/rss") or path.endswith(".xml"):
            return None
        trap: dict[str, Any] = {
            "calendar": self._calendar,
            "pagination": self._pagination,
            "sessions": self._sessions,
            "facets": self._facets,
            "growing": self._growing,
            "soft404": self._soft,
        }
        return trap[self.kind](path)  # type: ignore[no-any-return]

    def _list(self, links: list[str], more: str = "") -> str:
        return section(*[story(number) for number in self.real], *links, more=more)

    def _calendar(self, path: str) -> str:
        """Each day names days before and after it, each with what looks like an article."""
        day = int((re.findall(r"-(\d+)-events", path) or ["1000"])[0])
        if path not in ("/", "/news/") and "events" not in path:
            return "<p>nothing</p>"
        days = [
            f"/agenda/2026-03-{number % 28 + 1:02}-{number}-events-of-this-very-day"
            for number in range(day + 1, day + 300)
        ]
        return self._list(
            days, more=f"<a rel='next' href='/agenda/2026-03-01-{day + 300}-events-of-this-very-day'>next</a>"
        )

    def _pagination(self, path: str) -> str:
        page = int((re.findall(r"page=(\d+)", path) or ["1"])[0])
        return self._list([], more=f"<a rel='next' href='/news/?page={page + 1}'>next</a>")

    def _sessions(self, path: str) -> str:
        number = zlib_number(path)
        return section(
            *(f"{story(real)}?sid={number:032x}{real:04x}" for real in self.real),
            more=f"<a href='/news/;jsessionid={number:x}'>Next</a>",
        )

    def _facets(self, path: str) -> str:
        number = len(path)
        links = [
            f"/shop-window/{number}?colour={colour}&size={size}&id={colour}{size}"
            for colour in range(40)
            for size in range(20)
        ]
        return self._list(links, more=f"<a rel='next' href='/news/?sort={number + 1}'>next</a>")

    def _growing(self, path: str) -> str:
        return section(
            *(story(real) for real in self.real),
            *(f"{path.rstrip('/')}/more/news-{n}-of-the-whole-town" for n in range(5)),
            more=f"<a rel='next' href='{path.rstrip('/')}/a/b/'>next</a>",
        )

    def _soft(self, path: str) -> str:
        if path in ("/", "/news/"):
            return self._list([f"/old/{n}/lost-and-gone-for-ever" for n in range(300)])
        return "<!doctype html><title>Page not found</title><body><h1>Page not found</h1><p>Sorry, this page could not be found.</p></body>"


def zlib_number(text: str) -> int:
    return zlib.crc32(text.encode()) + 2**64


@pytest.mark.parametrize(
    ("kind", "most"),
    [("calendar", 160), ("pagination", 40), ("sessions", 60), ("facets", 160), ("growing", 160), ("soft404", 160)],
)
def test_a_trap_ends_by_itself_and_the_real_articles_all_arrive(tmp_path: Path, kind: str, most: int) -> None:
    maze: Any = Maze(kind)
    with serve(maze) as portal:
        crawl(tmp_path, portal.url("/news/"), "-s", "SECTION_PAGES=8")
        assert numbers(tmp_path) == list(maze.real)
        assert sum(portal.asked.values()) <= most, portal.asked.most_common(30)
        before = sum(portal.asked.values())
        crawl(tmp_path, portal.url("/news/"), "-s", "SECTION_PAGES=8", at="2026-03-09T16:00:00+00:00")
        # What the first run has learned of the trap's addresses, the second one knows.
        assert sum(portal.asked.values()) - before <= 60
    assert numbers(tmp_path) == list(maze.real)

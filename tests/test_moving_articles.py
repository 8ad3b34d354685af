"""Articles that move, redirect and vanish while runs go on: each keeps its page, its versions and its life, and the run comes to its end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.local_portal import Portal, article, section, serve, status
from tests.local_runs import LocalRuns, section_of

PATHS = [f"/news/a-long-story-number-{number}" for number in range(1, 5)]
GATE = (
    "<!doctype html><html><head><title>Subscribe</title></head><body><form action='/x'><input type=text name=m></form>"
    "<p>Subscribe.</p></body></html>"
)


def listed(*paths: str) -> dict[str, Any]:
    """A section with links to the pages, and four articles, which it lists too."""
    return {"/news/": section(*paths, *PATHS)} | {path: article(at + 1) for at, path in enumerate(PATHS)}


class Crawl(LocalRuns):
    """The same, with what the tests ask of it."""

    def versions(self, number: int) -> list[int]:
        return [
            line["version"]
            for line in self.lines()
            if line["title"].startswith(f"The council of town number {number} decides")
        ]

    def reasons(self, part: str = "") -> list[str]:
        return [line["reason"] for line in self.lines("a.rejects.jsonl") if part in line["url"]]


def test_a_page_that_is_gone_while_its_article_is_found_elsewhere_is_no_withdrawal(tmp_path: Path) -> None:
    """The new page answers while the old one's second look is under way."""
    new = "/news/a-story-that-moved-here-3"

    def late(handler: Any) -> None:
        time.sleep(3)
        status(404)(handler)

    with serve(listed()) as portal:
        crawl = Crawl(tmp_path, section_of(portal), revisit="1h,6h,1d,3d,7d", pace="delay = 0\nconcurrency = 8")
        crawl.run(0)
        portal.pages[PATHS[2]] = status(404)
        crawl.run(17)
        portal.pages |= {"/news/": section(new, *PATHS), new: article(3), PATHS[2]: late}
        crawl.run(42)
        assert crawl.reasons() == ["duplicate"]
        portal.pages |= {"/news/": section(*PATHS), new: article(3, "changed since")}
        crawl.run(24 * 7 + 2)
        assert crawl.versions(3) == [1, 2]


def test_a_gate_that_was_rejected_before_takes_no_article(tmp_path: Path) -> None:
    gate = "/news/subscribe-to-our-weekly-letter"
    with serve(listed(gate) | {gate: GATE}) as portal:
        crawl = Crawl(tmp_path, section_of(portal))
        crawl.run(0)
        portal.pages |= {path: status(302, Location=gate) for path in PATHS[:2]}
        crawl.run(2)
        portal.pages |= {path: article(at + 1, "and once more") for at, path in enumerate(PATHS)} | {gate: status(404)}
        crawl.run(4)
        crawl.run(30)
        assert [crawl.versions(number) for number in range(1, 5)] == [[1, 2]] * 4
        assert "gone" not in crawl.reasons()


def test_a_dead_duplicate_does_not_withdraw_the_article(tmp_path: Path) -> None:
    """The page is missing in one look; its duplicate, which could stand in for it, is missing for ever."""
    twin = "/sport/a-long-story-number-1-twin"
    with serve(listed() | {twin: article(1)}) as portal:
        crawl = Crawl(tmp_path, section_of(portal))
        crawl.run(0)
        portal.pages["/news/"] = section(twin, *PATHS)
        crawl.run(1.1)
        portal.pages |= {PATHS[0]: status(404), twin: status(404)}
        crawl.run(3)
        portal.pages[PATHS[0]] = article(1, "and corrected")
        for hours in (5, 30, 55):
            crawl.run(hours)
        assert crawl.versions(1) == [1, 2]
        assert "gone" not in crawl.reasons()


def test_the_target_of_a_redirect_that_failed_is_asked_for_when_it_is_listed(tmp_path: Path) -> None:
    """Once it was missing when a short link led there, once it was busy when another article redirected there for a while."""
    short, target, follow_up = (
        "/s/short-link-to-the-story-77",
        "/news/a-long-story-number-77",
        "/news/a-follow-up-story-number-88",
    )
    with serve(listed(short) | {short: status(302, Location=target)}) as portal:
        crawl = Crawl(tmp_path, section_of(portal))
        crawl.run(0)
        portal.pages |= {PATHS[0]: status(302, Location=follow_up), follow_up: status(503)}
        crawl.run(2)
        portal.pages |= {
            "/news/": section(target, follow_up, *PATHS),
            target: article(77),
            follow_up: article(88),
            PATHS[0]: article(1),
        }
        crawl.run(9)
        assert [crawl.versions(number) for number in (1, 77, 88)] == [[1]] * 3


def test_a_sitemaps_word_counts_for_the_page_to_which_an_articles_link_redirects(tmp_path: Path) -> None:
    link, target = "/go/a-long-story-number-9", "/news/a-long-story-number-9"

    def sitemap(portal: Portal, hour: int, *paths: str) -> str:
        found = "".join(
            f"<url><loc>{portal.url(path)}</loc><lastmod>2026-03-07T0{hour}:{at}0:00Z</lastmod></url>"
            for at, path in enumerate(paths)
        )
        return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{found}</urlset>"

    with serve(listed(link) | {link: status(302, Location=target), target: article(9)}) as portal:
        portal.pages["/s.xml"] = sitemap(portal, 7, *PATHS)
        crawl = Crawl(tmp_path, section_of(portal), f'sitemaps = ["{portal.url("/s.xml")}"]', revisit="never")
        crawl.run(0)
        portal.pages |= {target: article(9, "corrected"), "/s.xml": sitemap(portal, 9, target)}
        crawl.run(2)
        assert crawl.versions(9) == [1, 2]


def test_one_canonical_url_on_all_pages_makes_no_duplicates(tmp_path: Path) -> None:
    paths = [f"/show.php?id={number}00123" for number in range(1, 5)]
    with serve({}) as portal:
        wrong = f'<link rel="canonical" href="{portal.url("/show.php")}"><title>'
        portal.pages |= {"/news/": section(*paths)} | {
            path: article(at + 1).replace("<title>", wrong) for at, path in enumerate(paths)
        }
        crawl = Crawl(tmp_path, section_of(portal))
        crawl.run(0)
        crawl.run(2)
        assert [crawl.versions(number) for number in range(1, 5)] == [[1]] * 4
        assert len({line["id"] for line in crawl.lines()}) == 4
        assert not crawl.reasons()


def test_a_run_ends_although_the_host_where_an_article_was_found_is_left_alone(tmp_path: Path) -> None:
    """Its link on a dead host redirects to a living one, which is slow to answer when the dead one has been given up."""
    old = "/news/a-long-story-number-9"
    with serve({}) as dead, serve(listed(dead.url(old)) | {old: article(9)}) as living:
        dead.pages[old] = status(301, Location=living.url(old))
        crawl = Crawl(tmp_path, section_of(living), revisit="1h,1d", pace="delay = 0\nconcurrency = 2")
        crawl.run(0)
        ill = [f"/news/a-new-story-number-{number}" for number in range(11, 16)]
        dead.pages |= {path: status(500) for path in ill}
        living.pages |= {"/news/": section(*map(dead.url, ill), *PATHS), old: lambda _: time.sleep(12)}
        crawl.run(2, "-s", "DOWNLOAD_TIMEOUT=3", codes=(3,))
        assert crawl.versions(9) == [1]


def test_pages_that_wait_while_a_host_is_given_up_are_told_of_once(tmp_path: Path) -> None:
    paths = [f"/news/a-new-story-number-{number}" for number in range(11, 20)]
    with (
        serve({path: status(500) for path in paths}) as ill,
        serve({"/news/": section(*map(ill.url, paths))}) as portal,
    ):
        crawl = Crawl(tmp_path, section_of(portal))
        for hours in range(4):
            crawl.run(hours, codes=(0, 3))
        told = [(line["reason"], line["url"]) for line in crawl.lines("a.rejects.jsonl")]
        assert {reason for reason, _ in told} == {"http_500", "host_left_alone"}
        assert len(told) == len(set(told))


def test_what_was_too_old_once_is_not_asked_for_because_it_is_still_listed(tmp_path: Path) -> None:
    dated = '<meta property="article:published_time" content="2026-02-01T08:00:00+00:00"><title>'
    pages = listed() | {path: article(at + 1).replace("<title>", dated) for at, path in enumerate(PATHS)}
    with serve(pages) as portal:
        crawl = Crawl(tmp_path, section_of(portal), revisit="never")
        crawl.run(0, "-a", "since=2026-03-01")
        new = "/news/a-new-story-number-50"
        portal.pages |= {"/news/": section(new, *PATHS), new: article(50)}
        portal.asked.clear()
        crawl.run(2, "-a", "since=2026-03-01")
        assert crawl.versions(50) == [1]
        assert not [path for path in PATHS if portal.asked[path]]
        crawl.run(4)
        assert [crawl.versions(number) for number in range(1, 5)] == [[1]] * 4, "a run without the bound takes them up"

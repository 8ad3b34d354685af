"""Entry points that do not end, refer to themselves, or are bombs: robots.txt, feeds, sitemaps, list pages."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.run import crawl
from tests.hostile.server import Answer, answer, own_robots, page, paths, silence, stream
from tests.local_portal import article

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
XML = "Content-Type: application/xml"
STORY = "/news/2026/03/07/{name}-of-a-server"
LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)
SECRET = "root:x:0:0"


def robots(text: Answer, name: str, number: int) -> Answer:
    """A server with that robots.txt and one article."""
    return own_robots(paths({"/robots.txt": text, STORY.format(name=name): page(article(number))}))


def feed(doctype: str, title: str) -> Answer:
    return answer(
        f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel><item><title>{title}</title>"
        f"<link>/a</link><description>{title}</description></item></channel></rss>",
        XML,
    )


def index(*children: str) -> Answer:
    return answer(
        "<sitemapindex>" + "".join(f"<sitemap><loc>{child}</loc></sitemap>" for child in children) + "</sitemapindex>",
        XML,
    )


def mirror(connection: object, path: str) -> None:
    """Every sitemap is an index of four others."""
    index(*(f"{path}{number}" for number in range(4)))(connection, path)  # type: ignore[arg-type]


ROBOTS: dict[str, tuple[Answer, str]] = {
    "robots-of-two-gigabytes": (
        stream(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n", b"# nothing to see here\n" * 5000),
        "record",
    ),
    "robots-without-an-end": (
        stream(OK + b"User-agent: *\nDisallow: /news\n", b"# nothing to see here\n" * 5000),
        "robots",
    ),
    "robots-of-zeros-only": (stream(OK, bytes(100_000)), "record"),
    "robots-of-one-line": (stream(OK, b"a" * 100_000), "record"),
    "robots-drip-of-lines": (stream(OK, b"#\n", pause=0.2), "robots"),
    "robots-silence-for-ever": (silence, "robots"),
    "robots-regular-expression-bait": (
        answer("User-agent: *\nDisallow: /" + "*a" * 5000 + "$\nDisallow: /" + "*" * 5000 + "!\n"),
        "record",
    ),
    "robots-of-fifty-thousand-rules": (
        answer("User-agent: *\n" + "".join(f"Disallow: /{n}\n" for n in range(30_000))),
        "record",
    ),
    "robots-with-terminal-escapes": (
        answer("User-agent: *\nDisallow: /\x1b[31m\x07\nSitemap: http://\x1b[2J/\n"),
        "record",
    ),
    "robots-ring-of-redirects": (answer("", "Location: /robots.txt", status="302 Found"), "record"),
    "robots-redirect-to-metadata": (
        answer("", "Location: http://169.254.169.254/robots.txt", status="302 Found"),
        "robots",
    ),
    "robots-redirect-to-file": (answer("", "Location: file:///etc/passwd", status="302 Found"), "record"),
}


def test_robots_files(tmp_path: Path) -> None:
    cases = {name: robots(text, name, number) for number, (name, (text, _)) in enumerate(ROBOTS.items(), 100)}
    run = crawl(tmp_path, cases)
    run.undisturbed()
    assert run.code == 0, run.log
    assert run.differs({name: (outcome,) for name, (_, outcome) in ROBOTS.items()}) == {}


def test_feeds_sitemaps_and_lists(tmp_path: Path) -> None:
    links = "<a href=/>" * 1_000_000  # as many as a page's limit holds
    feeds = {
        "feed-of-laughs": feed(LAUGHS, "&a11;"),
        "feed-of-quadratic-laughs": feed(f"<!DOCTYPE rss [<!ENTITY a '{'ha' * 50_000}'>]>", "&a;" * 10_000),
        "feed-with-file": feed("<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", "&a;"),
        "feed-with-host": feed("<!DOCTYPE rss [<!ENTITY a SYSTEM 'http://127.0.0.1:{port}/entity'>]>", "&a;"),
        "feed-with-outer-type": feed("<!DOCTYPE rss SYSTEM 'http://127.0.0.1:{port}/entity'>", "Title"),
        "feed-without-end": stream(
            OK + b"<rss version='2.0'><channel>", b"<item><title>a</title><link>/tag/a</link></item>" * 2000
        ),
        "feed-of-depth": answer("<rss version='2.0'><channel>" + "<a>" * 50_000, XML),
        "feed-of-json-depth": answer(
            '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 200_000,
            "Content-Type: application/feed+json",
        ),
        "feed-of-many-items": answer(
            "<rss version='2.0'><channel>" + "<item><link>/tag/a</link></item>" * 200_000 + "</channel></rss>", XML
        ),
        "feed-of-broken-markup": answer(
            "<rss version='2.0'><channel>" + "<item><title>&nosuch; <![CDATA[ </title><link>/tag/a</link>" * 1_000, XML
        ),
    }
    sitemaps = {
        "sitemap-of-itself": paths(
            {"/sitemap.xml": index("/sitemap.xml", "/sitemap.xml?again", "./sitemap.xml")}, index("/sitemap.xml")
        ),
        "sitemap-of-sitemaps": mirror,
        "sitemap-of-laughs": answer(
            f"{LAUGHS.replace('rss', 'urlset')}<urlset><url><loc>&a11;</loc></url></urlset>", XML
        ),
        "sitemap-without-end": stream(OK + b"<urlset>", b"<url><loc>/tag/a</loc></url>" * 5000),
        "sitemap-of-lines": stream(OK, b"http://127.0.0.1/tag/a\n" * 5000),
    }
    sections = {
        "list-of-million-links": page(f"<!doctype html><html><body>{links}</body></html>"),
        "list-of-depth": page("<!doctype html><html><body>" + "<div>" * 200_000 + "<a href='/tag/a'>a</a>"),
        "list-without-end": stream(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", b"<a href='/tag/a'>a</a>" * 5000
        ),
        "list-that-turns-pages": paths(
            {}, page("<html><body><a href='?page=1' rel='next'>Next</a><a href='/tag/a'>a</a></body></html>")
        ),
    }
    starts = {
        "feeds": [f"{{{name}}}/feed.xml" for name in feeds],
        "sitemaps": [f"{{{name}}}/sitemap.xml" for name in sitemaps],
        "sections": [f"{{{name}}}/list/" for name in sections],
    }
    run = crawl(tmp_path, {**feeds, **sitemaps, **sections}, ["-s", "EXTRACT_TIMEOUT=4"], starts=starts)
    run.undisturbed()
    assert run.code == 3, run.log  # entry points that give nothing
    assert not any(path == "/entity" for _, path in run.hosts.asked)
    assert SECRET not in run.log
    asked = {
        name: sum(count for (case, _), count in run.hosts.asked.items() if case == name) for name in run.hosts.origins
    }
    assert asked["sitemap-of-itself"] <= 8, asked
    assert asked["sitemap-of-sitemaps"] <= 100, asked
    assert asked["list-that-turns-pages"] <= 8, asked

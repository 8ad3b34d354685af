"""Sitemaps: news, indexes, gzip, plain text, hostile ones."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from newscrawl.discover import sitemaps
from newscrawl.discover.sitemaps import NotASitemap, parse

URL = "https://example.com/sitemap.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NEWS = (
    HEAD
    + """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://example.com/news/1 </loc><lastmod>2026-03-08</lastmod><n:news><n:publication><n:name>E</n:name>
<n:language>en</n:language></n:publication><n:publication_date>2026-03-07T10:00:00+01:00</n:publication_date>
<n:title>Title &amp; more</n:title></n:news><image:image><image:loc>https://example.com/p.jpg</image:loc></image:image></url>
<url><loc>/news/2</loc></url></urlset>"""
)


@pytest.mark.parametrize(
    "body",
    [
        NEWS.encode(),
        gzip.compress(NEWS.encode()),
        gzip.compress(NEWS.encode()[:90]) + gzip.compress(NEWS.encode()[90:]),
    ],
    ids=["plain", "gzip", "gzip of two members"],
)
def test_news_sitemap(body: bytes) -> None:
    first, second = parse(body, URL).candidates
    told = first.evidence
    assert (first.url, second.url) == ("https://example.com/news/1", "https://example.com/news/2")
    assert (told.via, told.title, told.language) == ("sitemap", "Title & more", "en")
    assert (told.published, told.modified) == ("2026-03-07T10:00:00+01:00", "2026-03-08")


def test_index_leaves_itself_out() -> None:
    found = parse(
        (
            HEAD + "<sitemapindex><sitemap><loc>https://example.com/a.xml</loc></sitemap>"
            f"<sitemap><loc>{URL}</loc></sitemap></sitemapindex>"
        ).encode(),
        URL,
    )
    assert [child.url for child in found.children] == ["https://example.com/a.xml"]
    assert found.candidates == []


def test_plain_text() -> None:
    found = parse(b"\xef\xbb\xbfhttps://example.com/1\r\nhttps://example.com/2\n", URL)
    assert [candidate.url for candidate in found.candidates] == ["https://example.com/1", "https://example.com/2"]


def test_a_date_that_all_pages_share_says_nothing() -> None:
    urls = "".join(f"<url><loc>https://example.com/{n}</loc><lastmod>2026-03-08</lastmod></url>" for n in range(3))
    found = parse(f"{HEAD}<urlset>{urls}</urlset>".encode(), URL)
    assert {candidate.evidence.modified for candidate in found.candidates} == {None}


def test_what_stands_before_a_break_is_kept() -> None:
    found = parse(
        (
            HEAD
            + "<urlset><url><loc>https://example.com/1</loc></url><url><loc>https://example.com/2?a=1&b=2</loc></url><url><lo"
        ).encode(),
        URL,
    )
    assert found.candidates[0].url == "https://example.com/1"


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_URLS", 10)
    urls = "".join(f"<url><loc>https://example.com/{n}</loc></url>" for n in range(50))
    found = parse(f"{HEAD}<urlset>{urls}</urlset>".encode(), URL)
    assert len(found.candidates) == 10
    assert found.cut
    monkeypatch.setattr(sitemaps, "MAX_BYTES", 100_000)
    bomb = gzip.compress(f"{HEAD}<urlset><url><loc>https://example.com/1</loc></url>".encode() + b" " * 200_000)
    found = parse(bomb, URL)
    assert ([one.url for one in found.candidates], "larger" in (found.cut or "")) == (["https://example.com/1"], True)


def test_entities_are_neither_expanded_nor_read() -> None:
    body = (
        HEAD + '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        "<urlset><url><loc>https://example.com/&x;</loc></url><url><loc>https://example.com/2</loc></url></urlset>"
    )
    assert "https://example.com/2" in [candidate.url for candidate in parse(body.encode(), URL).candidates]


@pytest.mark.parametrize("body", [b"<html><p>no</p></html>", b"", b"not a url\n", b"\x1f\x8bbroken"])
def test_what_is_no_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(NotASitemap):
        parse(body, URL)


def test_keywords_and_pictures_are_evidence() -> None:
    body = NEWS.replace("<n:title>", "<n:keywords>salt, vinegar ,</n:keywords><n:title>")
    told = parse(body.encode(), URL).candidates[0].evidence
    assert (told.tags, told.image) == (("salt", "vinegar"), "https://example.com/p.jpg")


def test_dates_of_this_very_moment_say_nothing() -> None:
    now = datetime(2026, 3, 9, 12, tzinfo=UTC)

    def dated(*minutes: int) -> set[str | None]:
        urls = "".join(
            f"<url><loc>https://example.com/{n}</loc><lastmod>{(now - timedelta(minutes=n)).isoformat()}</lastmod></url>"
            for n in minutes
        )
        return {
            candidate.evidence.modified
            for candidate in parse(f"{HEAD}<urlset>{urls}</urlset>".encode(), URL, now).candidates
        }

    assert dated(0, 1, 2, 3, 4) == {None}
    assert None not in dated(0, 60, 120, 180, 240)


def test_a_gzip_file_that_breaks_off_keeps_what_came() -> None:
    whole = gzip.compress(
        (
            HEAD + "<urlset>" + "".join(f"<url><loc>https://example.com/{n * 7919}</loc></url>" for n in range(5000))
        ).encode()
    )
    found = parse(whole[:-2000], URL)
    assert len(found.candidates) > 1000

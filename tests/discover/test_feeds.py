"""Feeds of all kinds, whole and broken."""

from __future__ import annotations

import pytest

from newscrawl.discover.feeds import NotAFeed, is_feed, parse
from newscrawl.items import Candidate

URL = "https://example.com/feeds/all.xml"
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>All</title><link>https://example.com/</link><language>en-GB</language>
<item><title>Salt &amp;amp; &lt;b&gt;vinegar&lt;/b&gt;</title><link>/news/1</link><dc:creator>Ada Lind</dc:creator>
<category>Food</category><pubDate>Sat, 07 Mar 2026 10:00:00 +0800</pubDate><description>&lt;p&gt;Short.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Long.</p>]]></content:encoded><media:content url="https://example.com/p.jpg"/></item>
<item><title>Second</title><guid>https://example.com/news/2</guid><author>desk@example.com (The Desk)</author></item>
<item><title>No link</title><guid isPermaLink="false">42</guid></item>
</channel></rss>"""


def one(body: str | bytes) -> Candidate:
    return parse(body.encode() if isinstance(body, str) else body, URL).candidates[0]


def test_rss_with_its_modules() -> None:
    first, second = parse(RSS.encode(), URL).candidates
    told = first.evidence
    assert first.url == "https://example.com/news/1"
    assert (told.via, told.title, told.authors, told.section) == ("feed", "Salt & vinegar", ("Ada Lind",), "Food")
    assert (told.published, told.language) == ("Sat, 07 Mar 2026 10:00:00 +0800", "en-GB")
    assert (told.summary, told.text) == ("Short.", "<p>Long.</p>")
    assert (second.url, second.evidence.authors) == ("https://example.com/news/2", ("The Desk",))


def test_atom_with_bases_and_roles() -> None:
    found = one("""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/blog/" xml:lang="de">
        <entry xml:base="2026/"><title type="html">A &amp;amp; B</title><link rel="self" href="x.atom"/><link href="a.html"/>
        <published>2026-03-07T10:00:00Z</published><updated>2026-03-08T10:00:00Z</updated>
        <author><name>Nele Vogt</name><email>n@example.org</email></author><category term="Kultur"/>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Text</div></content></entry></feed>""")
    told = found.evidence
    assert found.url == "https://example.org/blog/2026/a.html"
    assert (told.title, told.authors, told.section, told.language) == ("A & B", ("Nele Vogt",), "Kultur", "de")
    assert (told.published, told.modified) == ("2026-03-07T10:00:00Z", "2026-03-08T10:00:00Z")


def test_rdf() -> None:
    found = one("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"/><item rdf:about="https://example.com/3">
        <title>T</title><link>https://example.com/3</link><dc:date>2026-03-07</dc:date></item></rdf:RDF>""")
    assert (found.url, found.evidence.published) == ("https://example.com/3", "2026-03-07")


def test_json_feed() -> None:
    found = one("""{"version": "https://jsonfeed.org/version/1.1", "language": "fr", "items": [{"id": "1", "url": "/un",
        "title": "Un", "authors": [{"name": "Zoé"}], "date_published": "2026-03-07T10:00:00+01:00", "content_html": "<p>Un.</p>"}]}""")
    assert (found.url, found.evidence.title, found.evidence.authors) == ("https://example.com/un", "Un", ("Zoé",))
    assert (found.evidence.published, found.evidence.language) == ("2026-03-07T10:00:00+01:00", "fr")


def test_an_item_of_a_json_feed_that_has_its_address_as_its_identifier_alone() -> None:
    """``url`` is optional: without it the item was dropped, and a feed of such items said nothing."""
    items = '{"id": "https://example.com/one"}, {"id": "tag:example.com,2026:2"}, {"id": 3}, {"id": "https://example.com/four", "url": "/4"}'
    found = parse(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{items}]}}'.encode(), URL)
    assert [item.url for item in found.candidates] == ["https://example.com/one", "https://example.com/4"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body.replace(b"Second", b"Fish & chips &nbsp; more"),
        lambda body: body.replace(b"Second", b"Caf\xe9"),
        lambda body: body.replace(b"Second", b"Bell\x07"),
        lambda body: body.replace(b"Short.", b"cut").replace(b"</channel></rss>", b""),
    ],
    ids=["ampersand", "latin-1 in utf-8", "control character", "no end"],
)
def test_a_broken_feed_keeps_the_items_on_both_sides_of_the_break(damage: object) -> None:
    urls = [found.url for found in parse(damage(RSS.encode()), URL).candidates]  # type: ignore[operator]
    assert urls[:2] == ["https://example.com/news/1", "https://example.com/news/2"]


def test_gbk_as_declared() -> None:
    body = RSS.replace("utf-8", "gbk").replace("Second", "第二条").encode("gbk")
    assert parse(body, URL).candidates[1].evidence.title == "第二条"


BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/hostname">]>
<rss version="2.0"><channel><item><title>&b;&x;</title><link>https://example.com/1</link></item></channel></rss>"""


@pytest.mark.parametrize(
    "body", [BOMB, "<html><body><rss-like></body></html>", "<!DOCTYPE html><html><p>503</p>", "", "{}", "\x00\x01"]
)
def test_what_is_no_feed_or_hostile_is_refused(body: str) -> None:
    with pytest.raises(NotAFeed):
        parse(body.encode(), URL)


def test_an_html_page_is_no_feed() -> None:
    assert not is_feed(b"<!doctype html><html><head></head><body><p>rss</p></body></html>")


def test_categories_keywords_and_pictures_are_evidence() -> None:
    told = one("""<rss xmlns:media="http://search.yahoo.com/mrss/"><channel><item><link>https://example.com/1</link>
        <category>Food</category><category>Salt</category><media:group><media:content url="/p.jpg" medium="image"/></media:group></item>
        </channel></rss>""").evidence
    assert (told.section, told.tags, told.image) == ("Food", ("Food", "Salt"), "https://example.com/p.jpg")


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        (
            "<rss><channel><item><title>第二条</title><link>https://example.com/1</link></item></channel></rss>".encode(
                "gbk"
            ),
            "text/xml; charset=gbk",
            "第二条",
        ),
        (
            b"<rss><channel><item><title>Caf&eacute; & Bar</title><link>/1</link></item></channel></rss>",
            "text/html",
            "Café & Bar",
        ),
        (
            b"<!DOCTYPE rss PUBLIC '-//N//DTD' 'http://n.example/rss-0.91.dtd'><rss><channel><item><title>Caf&eacute;</title><link>/1</link></item>"
            b"</channel></rss>",
            "",
            "Café",
        ),
        (
            b"<rss><channel><item><title>A&#0;B</title><media:text>x</media:text><link>/1</link></item></channel></rss>",
            "",
            "AB",
        ),
        (
            "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>台风预警今晚升级为红色，市民出行请注意安全</title><link>/1</link></item></channel></rss>".encode(
                "gb18030"
            ),
            "text/xml; charset=utf-8",
            "台风预警今晚升级为红色，市民出行请注意安全",
        ),
        (
            "<?xml version='1.0' encoding='utf-16'?><rss><channel><item><title>Wide</title><link>/1</link></item></channel></rss>".encode(
                "utf-16"
            ),
            "",
            "Wide",
        ),
    ],
    ids=[
        "charset in the header",
        "entities and ampersands",
        "external DTD",
        "control reference and prefix",
        "lying charset",
        "utf-16",
    ],
)
def test_text_that_is_broken_is_mended(body: bytes, content_type: str, title: str) -> None:
    assert parse(body, URL, content_type).candidates[0].evidence.title == title


@pytest.mark.parametrize(
    "body",
    [
        "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='next' href='?page=2'/><entry><link rel='next' href='/no'/><link href='/1'/></entry></feed>",
        "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><a:link rel='next' href='?page=2'/><item><link>/1</link></item></channel></rss>",
        '{"version": "https://jsonfeed.org/version/1.1", "next_url": "?page=2", "items": [{"url": "/1"}]}',
    ],
)
def test_the_page_with_older_items(body: str) -> None:
    assert parse(body.encode(), URL).next_page == "https://example.com/feeds/all.xml?page=2"


def test_a_feed_without_end_is_cut_and_says_so() -> None:
    items = "<item><link>https://example.com/1</link></item>" * 10_001
    found = parse(f"<rss><channel>{items}</channel></rss>".encode(), URL)
    assert (len(found.candidates), bool(found.cut)) == (10_000, True)

"""A page's whole text is in the tree, or the page is refused; never a part in silence."""

from __future__ import annotations

import pytest

from newscrawl.extraction.read.tree import MAX_CHARACTERS, MAX_TAGS, parse
from newscrawl.rejections import Empty, ParseLimit, Refused


def text(page: str) -> str:
    return " ".join(str(parse(page).xpath("string()")).split())


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("plain text & more", "plain text & more"),
        ("<p>a</p><p>b</p>", "ab"),
        ("<p>a\0b</p>", "ab"),
        ("\ud800<p>x</p>", "\ufffdx"),
        ('<?xml version="1.0" encoding="gb2312"?><html><body><p>é中</p></body></html>', "é中"),
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://x.invalid/x.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><p>a</p></html>',
            "a",
        ),
        ("<html><body>a</body></html><html><body>b</body></html>", "ab"),
        ("<HTML><BODY><P>a</P></BODY></HTML>\n<p>late</p>", "a late"),
        ("<frameset><frame src=a><noframes>frames</noframes></frameset>", "frames"),
        ("<p>a<!-- comment -->b<?php x ?>c", "abc"),
        ("<", "<"),
        ("<p>un<b>clo<i>sed", "unclosed"),
    ],
)
def test_text_is_kept(page: str, expected: str) -> None:
    assert text(page) == expected


@pytest.mark.parametrize(
    "page", ["", " \n", "\0", "<!-- only a comment -->", "<!DOCTYPE html>", '<?xml version="1.0"?>']
)
def test_nothing_is_refused_as_empty(page: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(page)
    assert isinstance(refused.value.rejection, Empty)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 20_000 + "<p>deep</p>" + "</div>" * 20_000 + "<p>after</p>",
        "<div><span><font>" * 7_000 + "deep" + "</font></span></div>" * 7_000 + "<p>after</p>",
        "<table><tr><td>" * 7_000 + "deep</table><p>after",
        "<ul><li>" * 10_000 + "deep<p>after",
        "<b>" * 20_000 + "deep<p>after",
        "<p>" + "x " * 6_000_000 + "deep</p><p>after</p>",
        '<p title="' + "x" * 11_000_000 + '">deep</p><p>after</p>',
    ],
    ids=["div", "mixed", "table", "list", "unclosed", "long text", "long attribute"],
)
def test_what_lxml_would_cut_is_kept(page: str) -> None:
    """libxml2 stops at depth 256 and at texts of 10 MB, and says so only in its error log."""
    found = text(page).replace(" ", "")
    assert found.endswith("deepafter")


def test_flattened_page_keeps_its_divisions_and_scripts_stay_scripts() -> None:
    page = "<div>" * 300 + "<p>one</p><p>two</p><script>var a = '<div>';</script>"
    tree = parse(page)
    assert [e.tail or e.text for e in tree.iter("br", "p") if (e.tail or e.text)] == ["one", "two"]
    assert tree.findtext(".//script") == "var a = '<div>';"


@pytest.mark.parametrize("page", ["<a>" * (MAX_TAGS + 1), "x" * (MAX_CHARACTERS + 1)])
def test_limits_are_named(page: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(page)
    assert isinstance(refused.value.rejection, ParseLimit)
    assert "limit" in (refused.value.rejection.detail or "")


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><p>&b;&f;</p>'
    assert "aaaaaaaaaa" not in text(bomb).partition("]>")[2]
    assert "root:" not in text(bomb)


def test_an_element_with_countless_attributes_keeps_its_text() -> None:
    tree = parse("<p>before</p><p " + " ".join(f"a{i}=1" for i in range(200_000)) + ">inside</p><p class='x'>after</p>")
    assert [p.text for p in tree.iter("p")] == ["before", "inside", "after"]
    assert tree.xpath("//p[@class='x']")


STORY = "".join(
    f"<p>Sentence {number} of the story tells what the council of the town decided on day {number} and why.</p>"
    for number in range(40)
)


def test_a_page_without_body_tags_keeps_its_article() -> None:
    tree = parse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>T</title><article><h1>H</h1>{STORY}</article><footer>F</footer>"
    )
    body = tree.find("body")
    assert body is not None
    assert [child.tag for child in body] == ["article", "footer"]
    assert [child.tag for child in tree.find("head")] == ["meta", "title"]


def test_an_unclosed_noscript_does_not_take_the_page_with_it() -> None:
    broken = parse(f"<html><body><div><noscript><img src=x></div><article>{STORY * 4}</article></body></html>")
    assert not [p for p in broken.iter("p") if any(up.tag == "noscript" for up in p.iterancestors())]
    closed = parse(f"<html><body><noscript>{STORY}</noscript><article>{STORY * 4}</article></body></html>")
    assert len([p for p in closed.iter("p") if any(up.tag == "noscript" for up in p.iterancestors())]) == 40

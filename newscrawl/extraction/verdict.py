"""The verdict on a page: a record, of which kind, or a rejection with its reason.

Shape first: sizes, link shares, repeated headlines, password fields. Words (``data/words.toml``) decide only on pages with hardly any
text of their own. A page that declares an article and gives its date is rejected only by shape, because a rejected article is lost
for good, and a list page among the records can still be found. Sizes are :func:`newscrawl.writing.length`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from newscrawl.extraction.page_signs import PageSigns
from newscrawl.items import Article, Kind
from newscrawl.rejections import (
    BotWall,
    ConsentWall,
    Empty,
    HomePage,
    LicenceOnly,
    ListPage,
    LoginPage,
    PicturesOnly,
    Rejection,
    SoftNotFound,
    VideoOnly,
)
from newscrawl.writing import length as size_of

SHORTEST = 30
"""Less text than this is no article; a news flash of one sentence has about 40 letters."""
WALL = 1200
"""A wall, login or error page has less text than this; so have few articles."""

_ARTICLE_TYPES = re.compile(r"article$|^liveblogposting$|^blogposting$|^report$|^review$|^reportagenewsarticle$")
_FRONT = re.compile(r"/*(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|default|main)(?:\.\w{2,5})?/?)?")
_WORDS = re.compile(r"[^\W_]+")


def verdict(article: Article, page: PageSigns) -> Rejection | None:
    """Why this page is no article, None where it is one. ``url`` of the rejection is left to the caller."""
    for check in _CHECKS:
        if rejection := check(article, page):
            return rejection
    return None


def kind(article: Article, page: PageSigns) -> Kind:
    """The kind of an article that is a record: stub before live before video before gallery; ``article`` for all others."""
    if _is_stub(article, page):
        return "stub"
    if "liveblogposting" in page.schema_types:
        return "live"
    if page.clock_blocks >= 3 and (_has_title(page, "live") or _has_segment(page, "live")):
        return "live"
    if _main_video(page) and size_of(article.text) < 3000:
        return "video"
    return "gallery" if _main_gallery(page) and max(page.pictures, len(article.images)) >= 3 else "article"


def _is_stub(article: Article, page: PageSigns) -> bool:
    length = size_of(article.text)
    if article.access == "paywalled" and (length < 900 or (length < 2500 and article.text.endswith(("…", "...")))):
        return True
    if length >= 900 or article.access == "free":
        return False
    ending = article.text.split("\n\n")[-2:] + page.after
    return _hits(ending, "paywall") > 0 or any(
        re.search(pattern, text.casefold()) for pattern in _words("paywall", "patterns") for text in ending
    )


def _bot_wall(article: Article, page: PageSigns) -> Rejection | None:
    told = page.body_sentences >= 2 and size_of(article.text) >= 200 and page.dated_header
    if page.size >= 2 * WALL or _is_declared(article, page) or (told and not page.challenge):
        return None
    if _has_title(page, "bot_wall") and (page.challenge or page.size < 600 or _hits(page.texts, "bot_wall")):
        return BotWall(detail=_excerpt(page))
    if (
        (page.challenge or not page.h1)
        and page.size < WALL
        and _hits(page.texts, "bot_wall") >= (1 if page.challenge else 2)
    ):
        return BotWall(detail=_excerpt(page))
    return None


def _consent_wall(article: Article, page: PageSigns) -> Rejection | None:
    if size_of(article.text) >= 2 * WALL or _is_declared(article, page) or page.size >= 8 * WALL:
        return None
    talk = sum(_hits([text], "consent_wall") > 0 for text in page.texts)
    buttons = sum(text.casefold().strip(" .!") in _words("consent_wall", "buttons") for text in page.texts)
    walled = _has_title(page, "consent_wall") or re.search(r"\bconsent\b|/privacy-?gate|\bguce\.", page.url or "")
    if (walled and talk >= 1 and (buttons or not page.dated_header)) or (
        talk >= 2 and buttons and 2 * talk + buttons >= len([t for t in page.texts if size_of(t) > 3])
    ):
        return ConsentWall(detail=_excerpt(page))
    return None


def _not_found(article: Article, page: PageSigns) -> Rejection | None:
    length = size_of(article.text)
    if length >= 600 or (_is_declared(article, page) and length >= 150):
        return None
    named = _has_title(page, "not_found", extra=page.texts[:1])
    said = _hits(article.text.split("\n\n") if length else page.texts, "not_found")
    if named and (said or length < 200) or (said and length < 120 and page.body_blocks <= 2 and not article.published):
        return SoftNotFound(detail=_excerpt(page))
    return None


def _login(article: Article, page: PageSigns) -> Rejection | None:
    length = size_of(article.text)
    if not page.passwords or _is_declared(article, page):
        return None
    named = any(_hits([text[:40]], "login", "titles") for text in (page.title, page.h1))
    if length < 150 or (named and length < 600 and page.body_sentences <= 3):
        return LoginPage(detail=_excerpt(page))
    return None


def _empty(article: Article, page: PageSigns) -> Rejection | None:
    length = size_of(article.text)
    if length >= SHORTEST:
        return None
    for other in (_video_only, _pictures_only, _home_page):
        if rejection := other(article, page):
            return rejection
    if (page.teasers >= 5 and page.link_size > 0.2 * page.size) or (
        page.blocks >= 8 and page.link_size > 0.6 * page.size
    ):
        return ListPage(detail=f"{page.teasers} teasers, {page.link_size} of {page.size} letters in links")
    if _is_legal(page.texts):
        return LicenceOnly(detail=_excerpt(page))
    return Empty(detail=f"{length} letters of text")


def _home_page(article: Article, page: PageSigns) -> Rejection | None:
    if page.query or not page.url or not page.url.startswith("http") or not _FRONT.fullmatch(page.path):
        return None
    linked = page.teasers >= 3 or page.body_headlines >= 3 or page.link_size > 0.4 * page.size
    told = page.longest_run >= 600 and (
        _is_declared(article, page) or bool(article.published) or page.link_size < 0.3 * page.size
    )
    if linked and not told:
        return HomePage(detail=f"{page.link_size} of {page.size} letters in links")
    return None


def _list_page(article: Article, page: PageSigns) -> Rejection | None:
    plain = page.body_blocks - page.body_headlines
    detail = f"{page.body_headlines} linked headlines among {page.body_blocks} blocks, {page.teasers} teasers"
    declared = _is_declared(article, page)
    if page.teasers >= 5 and page.body_sentences == 0 and page.body_size < 200:
        return ListPage(detail=detail)
    # A teaser's text is a sentence or two and a headline ends its run; a paragraph or two make an article's.
    if page.longest_run < (250 if declared else 400):
        if page.body_headlines >= 4 and page.body_link_size >= 0.6 * page.body_size:
            return ListPage(detail=detail)
        if page.body_summaries >= 3 and page.body_summaries >= (0.8 if declared else 0.6) * plain:
            return ListPage(detail=detail)
    if declared:
        return None
    listing = page.schema_types & _words("listing", "schema_types") or _has_segment(page, "listing")
    if (
        listing
        and page.teasers >= 4
        and page.longest_run < 300
        and page.teasers * 120 > page.body_size
        and not article.published
    ):
        return ListPage(detail=detail)
    if page.teasers >= 6 and page.longest_run < 120 and page.body_blocks <= 2 and not page.dated_header:
        return ListPage(detail=detail)
    return None


def _licence_only(article: Article, page: PageSigns) -> Rejection | None:
    length = size_of(article.text)
    if length >= 2 * WALL or (_is_declared(article, page) and length >= 300):
        return None
    paragraphs = article.text.split("\n\n")
    return LicenceOnly(detail=paragraphs[0][:80]) if _is_legal(paragraphs) else None


def _is_legal(paragraphs: Sequence[str]) -> bool:
    """Whether most of a text is notices. A phrase speaks for 120 letters around it: an article about copyright has it now and then."""
    legal = sum(size_of(text) for text in paragraphs if 120 * _hits([text], "licence") >= size_of(text) > 0)
    return legal > 0 and legal >= 0.6 * sum(map(size_of, paragraphs))


def _video_only(article: Article, page: PageSigns) -> Rejection | None:
    length = size_of(article.text)
    if not page.videos and not _main_video(page):
        return None
    if page.body_blocks <= 2 and page.body_sentences <= 2 and length < (400 if _main_video(page) else 60):
        return VideoOnly(detail=f"{max(1, page.videos)} video, {length} letters of text")
    return None


def _pictures_only(article: Article, page: PageSigns) -> Rejection | None:
    length, pictures = size_of(article.text), max(page.pictures, len(article.images))
    if pictures >= 3 and (length < 250 if _main_gallery(page) else length < 80 and page.body_sentences == 0):
        return PicturesOnly(detail=f"{pictures} pictures, {length} letters of text")
    return None


_CHECKS: tuple[Callable[[Article, PageSigns], Rejection | None], ...] = (
    _bot_wall,
    _consent_wall,
    _not_found,
    _login,
    _empty,
    _home_page,
    _list_page,
    _licence_only,
    _video_only,
    _pictures_only,
)


def _is_declared(article: Article, page: PageSigns) -> bool:
    """Whether the page says that it is an article, and when it appeared."""
    typed = page.og_type.startswith("article") or any(_ARTICLE_TYPES.search(name) for name in page.schema_types)
    return typed and bool(article.published)


def _main_video(page: PageSigns) -> bool:
    """Whether the page is about its video: by declared type, or by URL and title where there is a player."""
    typed = any(_ARTICLE_TYPES.search(name) for name in page.schema_types)
    if page.og_type.startswith("video") or (
        "videoobject" in page.schema_types and not typed and not page.og_type.startswith("article")
    ):
        return True
    return page.videos > 0 and (_has_segment(page, "video") or _starts(page, "video"))


def _main_gallery(page: PageSigns) -> bool:
    if page.schema_types & {"imagegallery", "mediagallery"}:
        return True
    return _has_segment(page, "gallery") or _starts(page, "gallery")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(
        files("newscrawl.extraction").joinpath("data", "verdict_words.toml").read_text(encoding="utf-8")
    )


@cache
def _words(group: str, key: str) -> frozenset[str]:
    return frozenset(_data()[group][key])


def _hits(texts: Iterable[str], group: str, key: str = "phrases") -> int:
    """How many of the phrases occur."""
    text = "\n".join(texts).casefold()
    return sum(phrase in text for phrase in _words(group, key))


def _has_title(page: PageSigns, group: str, extra: Iterable[str] = ()) -> bool:
    """Whether a phrase stands in the title or headline; a number (404) only as a word of its own."""
    for text in (page.title, page.h1, *extra):
        folded = " ".join(text.casefold().split())
        for phrase in _words(group, "titles"):
            if phrase in folded and (not phrase.isdigit() or phrase in _WORDS.findall(folded)):
                return True
    return False


def _starts(page: PageSigns, group: str) -> bool:
    titles = tuple(_words(group, "titles"))
    return any(text.casefold().strip().startswith(titles) for text in (page.title, page.h1))


def _has_segment(page: PageSigns, group: str) -> bool:
    """Whether a folder of the URL's path, or a word of its last part, is one of the group's."""
    segments = [part for part in page.path.split("/") if part]
    return any(part in _words(group, "segments") for part in segments)


def _excerpt(page: PageSigns) -> str:
    return " ".join((page.title or page.h1 or next(iter(page.texts), "")).split())[:80]

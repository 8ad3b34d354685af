"""Tells which links lead to articles: by the site file's patterns, else by what the site has taught, else by the shape of URL and anchor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote

from newscrawl import urls
from newscrawl.discover.templates import template
from newscrawl.sites.registry import Site
from newscrawl.urls import is_front, problem

_FILE = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|avif|ico|pdf|docx?|xlsx?|pptx?|zip|rar|7z|gz|apk|ipa|exe|dmg|mp[34]|m4[av]|m3u8|mov|avi|"
    r"flv|webm|css|js|json|xml|rss|atom|txt|csv|epub|ics)$",
    re.I,
)
# Steps of a path that name a kind of page other than an article; whole steps only, so that slugs may contain the words.
_OTHER = frozenset(
    "tag tags author authors autor category categories cat topic topics search suche login logout signin sign-in signup register "
    "subscribe subscription account profile user users member members cart shop about about-us contact contact-us privacy terms "
    "legal impressum imprint help faq jobs careers advertise ads ad adv sponsored promo newsletter newsletters feed feeds rss "
    "sitemap archive archives page pages wp-admin wp-content wp-json cdn-cgi share comment comments print static assets image "
    "images img photo photos gallery galleries video videos podcast podcasts audio live-tv tv zhuanti special app apps download "
    "event events weather games horoscope crossword event-calendar calendar".split()
)
_DATE = re.compile(r"(?<!\d)(19|20)\d\d[-/_]?(0?[1-9]|1[0-2])([-/_]?(0?[1-9]|[12]\d|3[01]))?(?!\d)")
_ID_KEYS = frozenset("id aid nid newsid articleid article_id contentid docid story storyid sid".split())
_INTERFACE = re.compile(
    r"^(more|mehr|plus|más|更多|查看更多|详情|もっと見る|더보기|read more|continue reading)\b[\s.…>»]*$", re.I
)


MAX_STEPS = 12
"""An article's path has so many steps at most; real ones have up to nine."""
_SESSION = re.compile(r"\(([a-z]\([\w-]{8,}\))+\)", re.I)

Standing = Literal["headline", "text", "menu", "label"]
"""A link stands here: in or round a heading, in running page, in navigation or footer, or marked as tag, author or advert."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def is_article(
    url: str, site: Site, anchor: str = "", *, standing: Standing = "text", learned: Mapping[str, bool] | None = None
) -> bool:
    """Returns whether a link of the site leads to an article, as far as its URL, its text and its place in the page say.

    The site's own patterns decide where it has any, then what its verdicts and feeds have taught of such URLs (``learned``:
    :meth:`newscrawl.discover.templates.Templates.known`; what taught the opposite is left to the one page a day that tries it
    again). Without either a link needs one strong mark (a date, an identifier, a slug of four words) or a weak one together with
    a headline.
    """
    if problem(url) or not site.covers(url) or trap(url):
        return False
    if any(_compiled(pattern).search(url) for pattern in site.not_articles):
        return False
    if site.articles:
        return any(_compiled(pattern).search(url) for pattern in site.articles)
    if standing == "label":
        return False
    strength = shape(url)
    if strength >= 2:
        return True
    if learned and not is_front(url) and learned.get(template(url)) and (strength or headline_like(anchor)):
        return True
    return strength == 1 and standing != "menu" and headline_like(anchor, heading=standing == "headline")


def trap(url: str) -> str | None:
    """Returns why a URL is one of an endless family: steps that repeat, or too many; None when it is none."""
    steps = [step.lower() for step in urls.split(url).path.split("/") if step]
    if len(steps) > MAX_STEPS:
        return f"{len(steps)} steps"
    for length in range(1, len(steps) // 2 + 1):
        times = 3 if length == 1 else 2
        for at in range(len(steps) - length * times + 1):
            block = steps[at : at + length]
            # Dates and numbers repeat by chance: /12/12/12/ is no trap.
            if any(re.search(r"[^\W\d_]", step) for step in block) and steps[at : at + length * times] == block * times:
                return f"/{'/'.join(block)}/ repeats"
    return None


def shape(url: str) -> int:
    """Returns how much a URL looks like an article's: 0 not at all, 1 somewhat, 2 clearly."""
    if is_front(url):
        return 0
    parts = urls.split(url)
    steps = [unquote(step) for step in parts.path.split("/") if step and not _SESSION.fullmatch(step)]
    if not steps and not parts.query:
        return 0
    if any(step.lower() in _OTHER for step in steps) or _FILE.search(parts.path):
        return 0
    last = re.sub(r"\.(s?html?|php|aspx?|jsp|cms|ece)$", "", steps[-1]) if steps else ""
    if any(identifies(key, value) for key, value in parse_qsl(parts.query)):
        return 2
    if _list_number(last):
        return 0
    words = [word for word in re.split(r"[-_]", last) if word]
    identifier = re.search(r"(?<!\d)\d{5,}(?!\d)", last) or re.fullmatch(r"(?=.*\d)[0-9a-zA-Z]{8,}", last)
    if len(words) >= 4 or identifier:
        return 2
    dated = _DATE.search(parts.path)
    if dated:
        # A day's or a month's archive ends with the date.
        return 2 if last and not _DATE.search(f"/{last}/") and not re.fullmatch(r"\d{1,2}", last) else 0
    cjk_slug = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", last)) >= 6
    return (
        2 if cjk_slug else int(len(words) == 3 or bool(re.search(r"\d", last)) or (len(steps) >= 3 and len(last) >= 6))
    )


def identifies(key: str, value: str) -> bool:
    """Returns whether a parameter of a URL names an article; WordPress' ``?p=123`` does, a small ``p`` is a page of a list."""
    return bool(
        key.lower() in _ID_KEYS
        and re.fullmatch(r"[\w-]+", value)
        and re.search(r"\d", value)
        or key == "p"
        and re.fullmatch(r"\d{3,}", value)
    )


def _list_number(last: str) -> bool:
    """Returns whether a step names a page of a list: ``page-2``, ``index_3``, ``list_12_4``, ``p3``."""
    return bool(
        re.fullmatch(r"(page|index|list|default|p|seite|node)?[-_]?\d{1,4}([-_]\d{1,4})?", last, re.I)
    ) and bool(re.match(r"(page|index|list|default|p|seite|node)", last, re.I))


def headline_like(anchor: str, heading: bool = False) -> bool:
    """Returns whether a link's text has a headline's length (less in a ``heading``) and is no 'read more'."""
    text = " ".join(anchor.split())
    if _INTERFACE.match(text):
        return False
    cjk = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text))
    return cjk >= (6 if heading else 8) or len(text.split()) >= (3 if heading else 5)


def is_section(url: str, site: Site, anchor: str = "") -> bool:
    """Returns whether a link of a front page leads to a section: a short path without digits, named briefly."""
    if problem(url) or not site.covers(url) or is_front(url) or is_article(url, site, anchor):
        return False
    parts = urls.split(url)
    steps = [step for step in parts.path.split("/") if step]
    if parts.query or not 1 <= len(steps) <= 2 or _FILE.search(parts.path):
        return False
    if trap(url) or any(step.lower() in _OTHER or re.search(r"\d", step) for step in steps):
        return False
    return 0 < len(anchor.strip()) <= 24

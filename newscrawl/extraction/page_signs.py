"""What a verdict looks at: counts over a page's blocks and elements, gathered once."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from newscrawl import urls
from newscrawl.writing import holds_sentence_end, length

_PLAYERS = re.compile(
    r"youtube\.|youtu\.be|vimeo\.|dailymotion\.|player\.|/player|/embed/|brightcove|jwplatform|bilibili\.|v\.qq\.com|youku\.",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"challenge-(?:form|platform|error|running)|cf-(?:challenge|turnstile|chl)|(?:g-re|h-)captcha|px-captcha|captcha-delivery"
    r"|geetest|_Incapsula_Resource|aws-waf|distil_|perimeterx|datadome",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\W{0,2}(?:[01]?\d|2[0-3])(?:[:.h][0-5]\d|[时時点시]|\s?[ap]\.?m)(?!\d)", re.IGNORECASE)
HEADLINE = 12
"""Shortest headline: six ideographs, or two words."""
SMALL = 2400
"""A page with more text is no bot check, whatever its scripts are called."""
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\d{4}年|\d{1,2}月\d{1,2}|\d{1,2}[:.h]\d\d|\d+\s?(?:天|小时|分钟|分鐘|小時|日|時間|分)前|\bago\b|\d+(?:시간|분|일) ?전"
)
_FURNITURE = frozenset(("nav", "header", "footer", "aside"))


class TextBlock(Protocol):
    """The part of ``newscrawl.extraction.document.Block`` that is read here."""

    @property
    def text(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def link_chars(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class PageSigns:
    """A page in numbers. Sizes are those of :func:`newscrawl.writing.length`."""

    url: str | None = None
    title: str = ""
    """The ``<title>`` element's text."""
    h1: str = ""
    og_type: str = ""
    schema_types: frozenset[str] = frozenset()
    """Types of the JSON-LD objects that speak of the page itself, lower case."""
    texts: list[str] = field(default_factory=list)
    """The first 60 blocks of the page, for walls, which have few."""
    size: int = 0
    """All visible text."""
    link_size: int = 0
    blocks: int = 0
    body_size: int = 0
    body_link_size: int = 0
    body_blocks: int = 0
    body_sentences: int = 0
    """Blocks of the body that hold a sentence: its end mark, or 80 letters of running text."""
    longest_run: int = 0
    """Size of the largest stretch of plain blocks of the body with no link-only block between them, in page order."""
    teasers: int = 0
    """Groups of a link-only headline and a plain block after it, or a headline as long as a sentence: the shape of a list."""
    body_headlines: int = 0
    """Blocks of the body that are nothing but a link as long as a headline."""
    body_summaries: int = 0
    """Plain blocks of the body that follow such a link at once: the texts of a list's teasers."""
    dated_header: bool = False
    """A date or time stands among the eight blocks before the body, where a by-line stands."""
    after: list[str] = field(default_factory=list)
    """The 8 blocks that follow the body: where a paywall's prompt stands."""
    videos: int = 0
    pictures: int = 0
    """Pictures outside of navigation, header, footer and links."""
    passwords: int = 0
    """Password inputs in forms that stand outside of header, navigation and hidden dialogues."""
    challenge: bool = False
    """Elements or scripts of a captcha or bot check."""
    clock_blocks: int = 0
    """Blocks that begin with a clock time: entries of a live blog."""

    @property
    def path(self) -> str:
        """The URL's path, lower case; empty without a URL."""
        return urls.split(self.url).path.lower()

    @property
    def query(self) -> str:
        return urls.split(self.url).query


def signs(
    blocks: Sequence[TextBlock],
    body: Sequence[TextBlock],
    tree: Any = None,
    *,
    url: str | None = None,
    title: str = "",
    h1: str = "",
    og_type: str = "",
    schema_types: Iterable[str] = (),
) -> PageSigns:
    """The signs of a page: its blocks in page order, those of its body, and its tree (an ``lxml`` element) where there is one."""
    found = PageSigns(url=url, title=title, h1=h1, og_type=og_type.lower(), blocks=len(blocks), body_blocks=len(body))
    found.schema_types = frozenset(name.lower() for name in schema_types)
    found.texts = [block.text for block in blocks[:60]]
    headlines = _count_blocks(found, blocks, {block.index for block in body})
    _count_body(found, body, headlines)
    last = max((block.index for block in body), default=-1)
    first = min((block.index for block in body), default=-1)
    found.dated_header = any(
        _DATE.search(block.text) for block in blocks if first - 8 <= block.index <= first and len(block.text) < 200
    )
    found.after = [block.text for block in blocks if last < block.index <= last + 8]
    if tree is not None:
        _count_elements(found, tree)
    return found


def _count_blocks(found: PageSigns, blocks: Sequence[TextBlock], body: set[int]) -> list[int]:
    """Counts, and the positions of the blocks that are nothing but a linked headline."""
    headlines: list[int] = []
    headline_before = False
    for block in blocks:
        weight = length(block.text)
        linked = _linked(block, weight)
        found.size += weight
        found.link_size += linked
        if weight >= HEADLINE and linked >= 0.8 * weight:
            found.teasers += headline_before and weight >= 40
            headline_before = True
            headlines.append(block.index)
        elif weight >= HEADLINE:
            found.teasers += headline_before
            found.body_summaries += headline_before and block.index in body
            headline_before = False
        if block.text[:3].strip("(［[【·• ")[:1].isdigit():
            found.clock_blocks += bool(_CLOCK.match(block.text))
    return headlines


def _count_body(found: PageSigns, body: Sequence[TextBlock], headlines: list[int]) -> None:
    run, index = 0, -2
    for block in body:
        weight = length(block.text)
        found.body_size += weight
        linked = _linked(block, weight)
        found.body_link_size += linked
        if weight >= HEADLINE and linked >= 0.8 * weight:
            found.body_headlines += 1
            run = 0
            continue
        found.body_sentences += holds_sentence_end(block.text) or weight >= 80
        # A block left out between two of the body (a caption, an advert) ends no run; five do, or a linked headline.
        together = block.index - index <= 5 and bisect(headlines, block.index) == bisect(headlines, index)
        run = weight + (run if together else 0)
        index = block.index
        found.longest_run = max(found.longest_run, run)


def _linked(block: TextBlock, weight: int) -> int:
    if not block.link_chars:
        return 0
    return min(weight, weight * block.link_chars // max(1, len(block.text) - block.text.count(" ")))


def _count_elements(found: PageSigns, tree: Any) -> None:
    outside, linked = _Inside(_FURNITURE), _Inside(_FURNITURE | {"a"})
    for element in tree.iter("video", "iframe", "img", "input"):
        tag = element.tag
        if tag == "img":
            if found.pictures < 20:
                found.pictures += not linked.holds(element)
        elif tag == "input":
            if (element.get("type") or "").lower() == "password":
                found.passwords += not outside.holds(element)
        elif tag == "video" or _PLAYERS.search(element.get("src") or element.get("data-src") or ""):
            found.videos += 1
    if found.size < SMALL:
        found.challenge = any(
            _CHALLENGE.search(value)
            for element in tree.iter("script", "form", "div", "iframe")
            for name in ("id", "class", "src", "action")
            if (value := element.get(name))
        )


class _Inside:
    """Whether elements lie inside of others with some tags; each ancestor is looked at once, however many elements it has below."""

    def __init__(self, tags: frozenset[str]) -> None:
        self._tags = tags
        self._known: dict[Any, bool] = {}

    def holds(self, element: Any) -> bool:
        """Whether one of the element's ancestors has such a tag."""
        passed: list[Any] = []
        above, answer = element.getparent(), False
        while above is not None and above not in self._known:
            passed.append(above)
            if above.tag in self._tags:
                answer = True
                break
            above = above.getparent()
        else:
            answer = above is not None and self._known[above]
        self._known.update(dict.fromkeys(passed, answer))
        return answer

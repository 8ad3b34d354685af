"""What stands in and around the chosen body and is not its text: headline, by-line and date lines, credits, captions, ornaments.

Each line that leaves gets its reason; a standfirst above the by-line comes back in.
"""
from __future__ import annotations

import re
from collections.abc import Sequence

from newscrawl.extract.blocks import HEADINGS
from newscrawl.extract.body import fold
from newscrawl.extract.byline import byline_parts
from newscrawl.extract.credits import credit_of
from newscrawl.extract.marks import Mark
from newscrawl.extract.page import Line, ancestors, is_prose, weight
from newscrawl.extract.phrases import SENTENCE_END, ends_sentence, narrates
from newscrawl.extract.trace import Trace

_ORNAMENT = re.compile(r"^[\W_]*$")
_PAGES = re.compile(r"^(?:[\W_]*\d{1,2}[\W_]*)+$")
_NUMBER = re.compile(r"\d+")
_CAPTION = re.compile(
    r"^(?:图片?|圖|资料图片?|配图|示意图|视频截图|网络截图|截图|图源|图片来源|图片说明|供图|制图|摄影?)(?:[:：|丨/为]|\s|$).{0,60}$|^.{0,80}(?:资料图片?|视频截图|网络图片?|供图|(?:新华社|中新社|本报|记者).{0,12}摄|图源.{0,12}|摄)[)）。]?$"
    r"|^(?:photo|image|picture|file photo|foto|bild|photograph|pic|screenshot|illustration|graphic|grafik|credit|photo credit|image credit|image source|photo by|image by|pictured)\s*(?:[:：|/]|by\b|courtesy|via\b|©).{0,160}$"
    r"|^.{0,200}\((?:photo|image|picture|foto|ap photo|reuters|getty|credit|file)\b.{0,80}\)$|^.{0,160}(?:/getty images|getty images|/ap|/afp|via getty images|/reuters|shutterstock|via ap|©.{2,40}|/epa|/dpa)\)?$",
    re.I,
)
_DATELINE_ONLY = re.compile(r"^(?:by|von|par|por|door|di|av|af|作者|文)$|^(?:published|updated|posted|last (?:updated|modified)|veröffentlicht|stand|aktualisiert|publié|mis à jour|发布时间|更新时间)\b(?=.*\d|\W*$).{0,60}$", re.I)
HEADER_LINES = 14
_CLOCK = re.compile(r"\W*(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:[:.][0-5]\d)?(?:\s*[ap]\.?m\.?)?\W*", re.I)
"""The time over an entry of a live blog, where the page marks it as one with ``<time>``."""
_ADDRESS = re.compile(r"^(?:(?:本文|原文|文章|本页)?(?:网址|链接|地址)|permalink|(?:page |short ?)?(?:url|link|address)|printed from)\s*[:：]?\s*(?:https?://|www\.)\S+$", re.I)
_BARE_ADDRESS = re.compile(r"^https?://\S+$")
_ARROW = re.compile(r"^[▲△▼▽↑↓◀▶►◆]|^(?:图|注|上图|下图|图为)[:：为]")
_SIGNED_BY = re.compile(r"(?:getty images|/ ?(?:ap|afp|reuters|epa|dpa)|shutterstock|©|[(（](?:photo|image|foto|picture|credit)\b)", re.I)
_SIGNED = re.compile(r"[(（][^()（）]{2,40}/[^()（）]{2,40}[)）]$")


def is_title(line: Line, titles: Sequence[str]) -> bool:
    """Whether the line is the headline (one of its forms), or the headline with the site's name."""
    key = fold(line.text)
    return len(key) > 3 and any(key == t or (len(t) > 12 and len(key) <= len(t) + 12 and (key.startswith(t) or t.startswith(key) and line.tag in HEADINGS and len(key) > 0.6 * len(t))) for t in titles)


def is_byline(line: Line) -> bool:
    """A line that only names people, dates, source or section."""
    text = line.text
    if weight(text) > 260 or is_prose(text, line.link_share) and weight(text) > 160:
        return False
    if ends_sentence(text) and narrates(text):
        return False
    if _DATELINE_ONLY.match(text):
        return True
    parts = byline_parts(line.spaced or text)
    claimed = bool(parts.date or parts.modified or parts.authors or parts.editors or parts.source)
    if SENTENCE_END.search(text) and not text.endswith(".)") and not (parts.date or parts.labelled - {"authors"}):
        return False
    return claimed and len("".join(parts.rest)) <= 0.3 * len(text) and not (SENTENCE_END.search(text) and weight(text) > 120 and not parts.labelled)


def _under_picture(line: Line) -> bool:
    """A line that follows a picture at once and is signed, marked with an arrow, or too short and loose to be a sentence of the text."""
    if not getattr(line, "after_picture", False) or line.tag in HEADINGS or line.emphasised or line.tag in ("li", "blockquote"):
        return False
    text, size = line.text, weight(line.text)
    return size < 400 and bool(_SIGNED.search(text) or _ARROW.match(text)) or (
        size < 160 and SENTENCE_END.search(text) is None and not text.endswith((":", "：", "，", ",")) and _centred(line)
    )


def _centred(line: Line) -> bool:
    """Whether the line is set in the middle, as captions are where the template has no element for them."""
    element = line.element
    for _ in range(2):
        if element is None:
            return False
        if element.tag == "center" or element.get("align") == "center" or "text-align:center" in (element.get("style") or "").replace(" ", "").lower():
            return True
        element = element.getparent()
    return False


def _named_byline(line: Line) -> bool:
    """Whether the line's own container is named for by-line or author, and not for more."""
    box = line.container
    own = box.marks | (box.parent.marks if box.parent is not None and box.parent.blocks <= 4 else 0) if box is not None else 0
    return bool(own & (Mark.BYLINE | Mark.AUTHOR_BOX)) and not own & (Mark.BODY | Mark.STANDFIRST) and line.tag not in HEADINGS


def is_caption(line: Line) -> bool:
    """A picture's caption or credit, by its words; the container's name is judged elsewhere."""
    if weight(line.text) >= 300 or _CAPTION.match(line.text) is None:
        return False
    return line.after_picture or not (ends_sentence(line.text) and narrates(line.text)) or _SIGNED_BY.search(line.text) is not None


def trim(body: list[Line], titles: Sequence[str], trace: Trace | None = None) -> list[Line]:
    """The body without headline, by-line, credits, captions and ornaments; what goes has its reason."""
    whole, body = body, _from_headline(body, titles)
    if trace is not None:
        trace.step("above-text", whole)
    body = _told_once(body)
    if trace is not None:
        trace.step("told-once", whole)
    kept: list[Line] = []
    text_seen = 0.0
    for at, line in enumerate(body):
        reason = _inner_reason(line, titles, text_seen, at, len(body))
        if reason is None:
            kept.append(line)
            if is_prose(line.text, line.link_share) or SENTENCE_END.search(line.text):
                text_seen += weight(line.text)
        else:
            line.reason = reason
    if trace is not None:
        trace.step("edge", whole)
    kept = _drop_dangling(kept)
    if trace is not None:
        trace.step("dangling", whole)
    return kept


def _told_once(body: list[Line]) -> list[Line]:
    """The body without a second copy of its text: templates repeat an article for print or for another screen."""
    seen: set[str] = set()
    kept: list[Line] = []
    copies: list[Line] = []
    for line in [*body, None]:
        if line is not None and (key := fold(line.text)) in seen:
            copies.append(line)
            continue
        if len(copies) >= MIN_COPIES and sum(weight(copy.text) for copy in copies) > 400:
            for copy in copies:
                copy.reason = "duplicate"
        else:
            kept += copies
        copies = []
        if line is not None:
            kept.append(line)
            seen.add(key)
    return kept


MIN_COPIES = 3


def _from_headline(body: list[Line], titles: Sequence[str]) -> list[Line]:
    """The body without what stands above the headline, where the headline is inside it and above the first sentence; and without
    the short labels (section, kicker, name) between it and the first sentence, on a page whose text is mostly sentences."""
    first = next((at for at, line in enumerate(body) if _sentence(line)), None)
    if first is None:
        return body
    heads = [at for at in range(first) if is_title(body[at], titles)]
    start = heads[-1] if heads else 0
    told = sum(weight(line.text) for line in body if _sentence(line))
    prosaic = told > 0.7 * sum(weight(line.text) for line in body)
    kept: list[Line] = []
    for at, line in enumerate(body):
        label = start < at < first and not ends_sentence(line.text) and weight(line.text) < 60 and line.tag not in HEADINGS and not line.emphasised
        if at < start or (prosaic and (label or (not heads and at < first and not ends_sentence(line.text) and weight(line.text) < 30 and line.tag not in HEADINGS))):
            line.reason = "byline"
        else:
            kept.append(line)
    return kept


def _sentence(line: Line) -> bool:
    return line.link_share < 0.5 and (is_prose(line.text, line.link_share) or (weight(line.text) > 30 and SENTENCE_END.search(line.text) is not None))


def _inner_reason(line: Line, titles: Sequence[str], text_seen: float, at: int, count: int) -> str | None:
    text = line.text
    if _ORNAMENT.match(text):
        return "ornament"
    if at < HEADER_LINES and text_seen < 400 and is_title(line, titles):
        return "title"
    if credit_of(text) is not None:
        return "credit"
    if getattr(line, "has_time", False) and _CLOCK.fullmatch(text):
        return "byline"
    if is_byline(line) and (line.tag not in HEADINGS or text_seen < 300) and (text_seen < 300 or at < 5 or at >= count - 4 or (weight(text) < 110 and line.tag not in HEADINGS and byline_parts(text).date)):
        return "byline"
    if is_caption(line) or _under_picture(line):
        return "caption"
    if _ADDRESS.match(text) or (at >= count - 3 and _BARE_ADDRESS.match(text)):
        return "address"
    if at < 5 and text_seen < 700 and weight(text) < 120 and not SENTENCE_END.search(text) and _named_byline(line):
        return "byline"
    if _PAGES.match(text) and (line.link_share > 0.5 or _counts(text)) and weight(text) < 60 and line.tag not in ("td", "th", "li"):
        return "navigation"
    if line.link_share > 0.85 and line.tag not in ("li", "td", "th", "dd", "dt") and not SENTENCE_END.search(text) and line.links <= 2 and weight(text) < 260:
        return "recommended"
    return None


def _counts(text: str) -> bool:
    """Whether the numbers are those of pages: three or more, one after the other."""
    numbers = [int(number) for number in _NUMBER.findall(text)]
    return len(numbers) >= 3 and all(b - a == 1 for a, b in zip(numbers, numbers[1:], strict=False))


def _drop_dangling(body: list[Line]) -> list[Line]:
    """Headings at the end with nothing under them, and labels that lost their value."""
    tail = 0
    while tail < len(body) and not SENTENCE_END.search(body[-1 - tail].text) and weight(body[-1 - tail].text) < 60 and body[-1 - tail].tag not in ("li", "td", "th", "dd"):
        tail += 1
    told = sum(_sentence(line) for line in body)
    loose = tail and sum(weight(line.text) for line in body[-tail:]) / tail < 34
    if tail == 1 and told >= 3 and (body[-1].tag != body[-2].tag or body[-1].container is None) and body[-1].tag not in HEADINGS:
        body.pop().reason = "outside"
    elif loose and told >= 3 and 2 <= tail <= min(15, 3 * told):
        for line in body[-tail:]:
            line.reason = "outside"
        body = body[:-tail]
    while body and not SENTENCE_END.search(body[-1].text) and (
        body[-1].tag in HEADINGS or body[-1].text.endswith((":", "：")) or (body[-1].emphasised and weight(body[-1].text) < 120)
    ):
        body.pop().reason = "recommended"
    return body


def _aside(line: Line) -> bool:
    return line.tag == "li" or any(box.tag in ("aside", "details", "nav", "form", "dialog") for box in ancestors(line.container))


def standfirst(lines: Sequence[Line], votes: Sequence[float], body: Sequence[Line], title_at: int, description: str) -> list[Line]:
    """Lines between the headline and the body's first line that are the article's lead: voted prose, or the page's description."""
    if not body or title_at < 0:
        return []
    wanted = fold(description)
    have = {fold(line.text) for line in body}
    found: list[Line] = []
    for line in lines[title_at + 1:body[0].index]:
        key = fold(line.text)
        if line.hidden or key in have or not key or line.link_share > 0.4 or line.reason in ("caption", "licence", "comment", "credit"):
            continue
        described = len(key) > 24 and (key in wanted or (len(wanted) > 40 and wanted[:60] in key))
        named = any(box.marks & Mark.STANDFIRST for box in list(ancestors(line.container))[:2])
        prose = is_prose(line.text, line.link_share) and (SENTENCE_END.search(line.text) or named)
        near = line.index - title_at <= 6 and weight(line.text) >= 80 and SENTENCE_END.search(line.text) is not None and not _aside(line)
        if not (described or (prose and line.reason is None and (named or near or votes[line.index] >= 1))):
            continue
        if is_byline(line) or is_caption(line) or credit_of(line.text):
            continue
        found.append(line)
    return found if len(found) <= 4 else found[:4]

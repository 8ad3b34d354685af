"""One visible line under a headline, or after a body, taken apart: section, date, source, authors, editors, platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from newscrawl.extraction.fields import date_labels, names
from newscrawl.extraction.fields.date_text import UNKNOWN, Reading, Stamp, depends_on_page, find_all
from newscrawl.extraction.fields.labels import bare_label, find_labels, openers, roles
from newscrawl.extraction.words import word_set

MAX_LINE_CHARS = 400
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# Two or more spaces, a bar, a dot or a bracket divide pieces; one space does so only between pieces that hold CJK text.
_DIVIDER = re.compile(r"\s{2,}|\s*[|｜·•●■◆▪/丨︱►▸»>]\s*|[\t\n\u3000]+|\s[-–—]\s|[()（）\[\]【】]")
_CJK_SPACE = re.compile(rf"(?<=[{_CJK}\w）)])\s(?=[{_CJK}])|(?<=[{_CJK}])\s(?=\S)")


_END_OF_SOURCE = re.compile(
    rf"\s{{2,}}|\s*[|｜丨()（）\[\]【】;；\t\n\u3000]\s*|(?<=[{_CJK}\w])\s(?=[{_CJK}])|(?<=[{_CJK}])\s(?=\S)|\s[-–—•]\s"
)


@dataclass
class Parts:
    """The pieces of one line. ``kinds`` counts how many of them a label or a shape recognised; ``rest`` is what nobody claimed."""

    section: str | None = None
    date: Stamp | None = None
    modified: Stamp | None = None
    date_labelled: bool = False
    """Whether a label says that the date is that of publication."""
    bare_date: tuple[int, int, int, int] | None = None
    """Month, day, hour and minute of a date without a year; -1 for hour and minute where no clock stands beside it."""
    bare_weekday: int | None = None
    """The weekday (Monday is 0) that stands with a date without a year."""
    source: str | None = None
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    platform: str | None = None
    rest: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    """Fields that a label named, as against those recognised by their place in the line; ``by`` where an opener (By, Von) stood
    instead of a label: it counts at a headline, hardly in a footer (by Taboola)."""


# What follows the name after By: where, when and under what the text was filed.
_PLACE = re.compile(
    r"\s+(?:in|am|im|um|on|at|under|via|filed|für|for|aus|den|le|el|il|from)(?:\s.*)?$|\s+(?:published|posted|updated"
    r"|veröffentlicht)\b.*$",
    re.I,
)
_REPORTER = re.compile(
    rf"(?:本报|本网|本刊|见习|實習|实习|首席|特约|特派|全媒体|[{_CJK}]{{2,8}})?\s?(?P<role>记者|記者"
    rf"|通讯员)[\s:：]\s*(?P<names>[{_CJK}·]{{2,4}}+(?:[\s、，,]+(?!通讯员|报道|编辑|摄)[{_CJK}·]{{2,4}}+){{0,4}}+)(?!\s*(?:摄|供图|图))"
)
_EDITED = re.compile(
    rf"^\W*(?:责任编辑|责编|编辑|編輯)\s+(?P<names>[{_CJK}·]{{2,4}}(?:[\s、]+(?!校对|审核|编辑|责编|摄影|监制|记者|美编|图片|视频|排版"
    rf"|来源)[{_CJK}·]{{2,4}}){{0,3}})"
)
# The foot of an agency's report: (Reporting by Jane Doe in Paris; Editing by John Smith)
_DESK_LINE = re.compile(
    r"^[(\[]?\s*(?P<more>Additional )?(?:Reporting|Written"
    r"|Story) by (?P<authors>[^;.()]{4,160})(?:[;.]\s*(?:(?:Additional )?(?:Reporting"
    r"|Writing) by [^;.()]{4,120}[;.]\s*)*(?:Edit(?:ed|ing) by (?P<editors>[^;.()]{4,120}))?)?[.)\]]*$",
    re.I,
)
# Outside CJK text only a machine's 2019-09-04 22:18:34 has the outlet in front of it; Thursday, 28 July 2011 has a weekday there.
_ISO_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_SENTENCE = re.compile(r"[，。！？,!?;；>»]")
_NOISE = re.compile(
    r"^[\W\d_]*$|^(?:\d+\s*[次条人个]?\s*)?(?:min(?:ute)?s? read|comments?|views?|评论|阅读|浏览|分享|点赞|收藏|举报|关注|订阅|人参与|跟贴|打印|字号|大中小|听新闻"
    r"|讨论|参与|我要评论).*$|^[A-Z]{1,4}$",
    re.I,
)


def byline_parts(text: str, reading: Reading = UNKNOWN) -> Parts:
    """The pieces of one line such as ``时讯 2021-08-25 17:49:38 人民日报客户端`` or ``By Jane Doe | Reuters | March 3, 2024``.

    A long text is no by-line: only its labels at the edges would be found, so it gives empty parts. The result is shared between
    calls (several finders read the same lines): read it, don't change it. ``reading`` is how the page writes its dates.
    """
    return _parts(text, reading if reading != UNKNOWN and depends_on_page(text[:MAX_LINE_CHARS]) else UNKNOWN)


_INVISIBLE = dict.fromkeys((0x200E, 0x200F, 0x061C, 0xAD))
"""Marks of direction in and around dates, and soft hyphens: a reader sees none of them."""


@lru_cache(maxsize=4096)
def _parts(text: str, reading: Reading) -> Parts:
    parts = Parts()
    text = (text if text.isascii() else text.translate(_INVISIBLE)).strip()
    if not text or len(text) > MAX_LINE_CHARS:
        return parts
    if not _may_hold(text):
        parts.rest = [text]
        return parts
    if match := _DESK_LINE.match(text):
        parts.editors = names.split(match["editors"] or "")
        parts.authors = [] if match["more"] else names.split(match["authors"] or "")
        parts.labelled |= {role for role, found in (("authors", parts.authors), ("editors", parts.editors)) if found}
        return parts
    before, after = _take_dates(text, parts, reading)
    for side, line in (("before", before), ("after", after)):
        for role, piece in _pieces(line):
            _assign(role, piece, side, parts)
    if (
        before.strip()
        and (parts.date or parts.bare_date)
        and (re.search(f"[{_CJK}]", text) or (parts.date and _ISO_CLOCK.match(parts.date.raw)))
    ):
        fronts = [
            p
            for p in parts.rest
            if p in before and len(p) <= 20 and not _SENTENCE.search(p) and p.casefold() not in roles()[0]
        ]
        _settle_front(parts, fronts)
    return parts


# 8月25日 17:49, 08-25 17:49: portals leave out the year; figures without a clock and without 月 are a score or a fraction.
MAX_YEARLESS = 100
_YEARLESS = re.compile(
    r"(?<![\d年/.:-])(?P<month>1[0-2]|0?[1-9])(?P<mark>\s?月\s?|[-/])(?P<day>3[01]|[12]\d|0?[1-9])\s?日?"
    r"(?:\s?[(（](?P<weekday>[月火水木金土日월화수목금토일])[)）])?"
    r"(?:\s*(?P<hour>[01]?\d|2[0-3])[:：](?P<minute>[0-5]\d)(?=[\u3400-\u9fff]{1,3}(?![\u3400-\u9fff])|(?![\d\u3400-\u9fff]))|(?![\d\u3400-\u9fff]))"
)


_WEEKDAYS = ("月火水木金土日", "월화수목금토일")


def _bare_date(text: str) -> re.Match[str] | None:
    """A date without a year that is a by-line's: with a clock, or with 月 at the head of a short line."""
    match = _YEARLESS.search(text) if len(text) <= MAX_YEARLESS else None
    if match and (match["hour"] or ("月" in match["mark"] and match.start() == 0 and len(text) <= 40)):
        return match
    return None


_HINT = re.compile(
    r"\d\s?月|[:：/／丨︱|｜]|\d{4}|\d\s?[./-]\s?\d|[^\W\d_]\.?[\s'’-]{1,2}\d\d(?!\d)|令和|平成|民[國国]|记者|記者|编辑|編輯|责编|責編|来源|來源|作者|撰文|采写|发布人|通讯员"
)


def _may_hold(text: str) -> bool:
    """Whether a line can hold any piece at all: most lines near an article cannot, and the careful reading costs ten times this."""
    if _HINT.search(text) or openers().match(text) or _DESK_LINE.match(text):
        return True
    folded = text.casefold()
    return folded in word_set("bylines", "platforms", "names") or folded in word_set("bylines", "agencies", "names")


def _take_dates(text: str, parts: Parts, reading: Reading) -> tuple[str, str]:
    """The line's text before its first date and after it; further dates are cut out."""
    stamps = find_all(text, reading)
    if not stamps:
        if match := _bare_date(text):
            month, day, hour, minute = (int(match[name] or -1) for name in ("month", "day", "hour", "minute"))
            parts.bare_date = (month, day, hour, minute)
            if match["weekday"]:
                parts.bare_weekday = max(weekdays.find(match["weekday"]) for weekdays in _WEEKDAYS)
            return text[: match.start()], text[match.end() :]
        return "", text
    for index, stamp in enumerate(stamps):
        lead = text[stamps[index - 1].end if index else 0 : stamp.start]
        label = date_labels.meaning(lead)
        if not label and index == len(stamps) - 1:
            label = date_labels.meaning_after(text[stamp.end :])
        if label == "modified":
            parts.modified = parts.modified or stamp
        elif parts.date is None or (label and not parts.date_labelled):
            parts.date, parts.date_labelled = stamp, bool(label)
    pieces = [text[: stamps[0].start]]
    ends = [s.start for s in stamps[1:]] + [len(text)]
    tail = " | ".join(text[s.end : end] for s, end in zip(stamps, ends, strict=True))
    return pieces[0], tail


def _pieces(line: str) -> list[tuple[str, str]]:
    """(role, text) of each piece; role is empty where no label says it."""
    out: list[tuple[str, str]] = []
    position, role = 0, ""
    for label in [*find_labels(line), None]:
        chunk = line[position : label[0] if label else len(line)]
        if role in ("author", "editor"):
            # Names may be divided by single spaces; what a divider cuts off belongs to nobody.
            first, *rest = _DIVIDER.split(chunk.strip(), maxsplit=1)
            out.append((role, first))
            chunk = rest[0] if rest else ""
            role = ""
        if role == "source":
            # An outlet's name may hold a dot or a hyphen (人民网-文化频道, 澎湃新闻·政务).
            first, *rest = _END_OF_SOURCE.split(chunk.strip(), maxsplit=1)
            out.append((role, first))
            chunk, role = (rest[0] if rest else ""), ""
        divided = [p for p in _DIVIDER.split(chunk) if p and p.strip()]
        for index, piece in enumerate(divided):
            named = role if index == 0 else ""
            whole = (
                named == "other"
                or piece.isascii()
                or _REPORTER.search(piece)
                or _EDITED.search(piece)
                or bare_label().match(piece.strip())
            )
            subs = [piece] if whole else [p for p in _CJK_SPACE.split(piece) if p.strip()]
            for number, sub in enumerate(subs):
                out.append((named if number == 0 else "", sub.strip(" ,，;；。")))
        if label is None:
            break
        _, position, role = label
    return [(r, p) for r, p in out if p]


def _assign(role: str, piece: str, side: str, parts: Parts) -> None:
    if role == "source":
        _source(piece, parts, labelled=True)
    elif role in ("author", "editor") and piece.casefold() in word_set("bylines", "platforms", "names"):
        parts.platform = parts.platform or piece  # a repost's template calls the platform its author
        parts.labelled.add("platform")
    elif role == "author":
        parts.authors += [n for n in names.split(piece) if n not in parts.authors]
        parts.labelled.add("authors")
    elif role == "editor":
        parts.editors += [n for n in names.split(piece) if n not in parts.editors]
        parts.labelled.add("editors")
    elif role == "platform":
        if piece.casefold() in word_set("bylines", "platforms", "names"):
            parts.platform = parts.platform or piece
            parts.labelled.add("platform")
        else:
            _source(piece, parts, labelled=True)
    elif role == "section":
        parts.section = parts.section or piece
        parts.labelled.add("section")
    elif role in ("other", "date"):
        return
    elif opener := openers().match(piece):
        # People, or one account's name right after a short opener; "von Sprachregeln und ganz normalem Deutsch" is a sentence.
        tail = _PLACE.sub("", piece[opener.end() :])
        found = [n for n in names.split(tail) if names.is_person_like(n)] or (
            names.split(tail) if " " not in tail.strip() and len(piece) <= 30 else []
        )
        parts.authors += [n for n in found if n not in parts.authors]
        if found:
            parts.labelled.add("by")
    elif piece.isascii():
        if not _NOISE.match(piece):
            _by_place(piece, side, parts)
    elif match := _EDITED.search(piece):
        parts.editors += names.split(match["names"])
        parts.labelled.add("editors")
    elif bare := bare_label().match(piece):
        _assign(roles()[0][bare["label"]], piece[bare.end() :].strip(), side, parts)
    elif match := _REPORTER.search(piece):
        parts.authors += [n for n in names.split(match["names"]) if n not in parts.authors]
        parts.labelled.add("authors")
    elif not _NOISE.match(piece):
        _by_place(piece, side, parts)


def _source(piece: str, parts: Parts, *, labelled: bool) -> None:
    piece = piece.strip(" :：\"'“”")
    nobody = word_set("bylines", "nobody", "names")
    if (
        not piece
        or len(piece) > 60
        or piece.casefold() in nobody
        or names.is_place(piece)
        or piece.startswith(("于", "http"))
    ):
        return
    if parts.source is None or (labelled and "source" not in parts.labelled):
        parts.source = piece
        if labelled:
            parts.labelled.add("source")


def _by_place(piece: str, side: str, parts: Parts) -> None:
    """An unlabelled piece: before the date a section, after it a source or a platform; only short pieces without a sentence's shape."""
    folded = piece.casefold()
    if side == "after" and names.is_place(piece):
        return
    if (name := folded.removeprefix("via ").strip()) in word_set("bylines", "platforms", "names"):
        parts.platform = parts.platform or piece[-len(name) :]
    elif folded in word_set("bylines", "agencies", "names"):
        _source(piece, parts, labelled=False)
    elif (
        (parts.date or parts.bare_date)
        and re.search(f"[{_CJK}]", piece)
        and len(piece) <= 20
        and not _SENTENCE.search(piece)
    ):
        if side == "before":
            parts.rest.append(piece)
        elif parts.section is None and folded in word_set("sections", "zh"):
            parts.section = piece
        elif side == "after" and parts.source is None:
            _source(piece, parts, labelled=False)
        else:
            parts.rest.append(piece)
    else:
        parts.rest.append(piece)


def _settle_front(parts: Parts, fronts: list[str]) -> None:
    """What stands before a date: a section where a source follows the date or the word is a section's; else the last piece is the source."""
    fronts = [
        f
        for f in fronts
        if len(f) > 1
        and f not in ("原创", "转载", "原 创", "发布于", "发表于", "发布", "更新于", "编辑于", "时间", "日期")
    ]
    if not fronts:
        return
    known = word_set("sections", "zh")
    section = next((f for f in fronts if f.casefold() in known), None)
    if section and len(fronts) == 2 and parts.source is None and parts.section is None:
        parts.section = section
        parts.source = next(f for f in fronts if f != section) if fronts[0] != fronts[1] else None
    elif (
        parts.section is None
        and (parts.source or parts.platform or fronts[-1].casefold() in known)
        and re.search(f"[{_CJK}]", fronts[0])
    ):
        parts.section = section or fronts[-1]
    elif parts.source is None and len(fronts) <= 2 and names.is_place(fronts[-1]):
        parts.section = parts.section or fronts[-1]
    elif parts.source is None and len(fronts) <= 2:
        parts.source = fronts[-1]

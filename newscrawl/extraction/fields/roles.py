"""What a single line is by its words: the headline, a by-line, a picture's caption. Field readers and the block model both ask."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newscrawl.extraction.body.phrases import narrates
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.page import Line
from newscrawl.extraction.read.blocks import HEADINGS
from newscrawl.writing import ends_sentence, fold, length

MAX_BYLINE = 220
"""Length of the longest by-line."""
MAX_CAPTION = 260
_CAPTION = re.compile(
    r"^(?:图片?|圖|资料图片?|配图|示意图|视频截图|网络截图|截图|图源|图片来源|图片说明|供图|制图|摄影?)(?:[:：|丨/为]|\s|$).{0,60}$|^.{0,80}(?:资料图片?|视频截图|网络图片?|供图|(?:新华社|中新社|本报|记者).{0,12}摄|图源.{0,12}|摄)[)）。]?$"
    r"|^(?:photo|image|picture|file photo|foto|bild|photograph|pic|screenshot|illustration|graphic|grafik|credit|photo credit|image credit|image source|photo by|image by|pictured)\s*(?:[:：|/]|by\b|courtesy|via\b|©).{0,160}$"
    r"|^.{0,200}\((?:photo|image|picture|foto|ap photo|reuters|getty|credit|file)\b.{0,80}\)$|^.{0,160}(?:/getty images|getty images|/ap|/afp|via getty images|/reuters|shutterstock|via ap|©.{2,40}|/epa|/dpa)\)?$",
    re.I,
)
_LABEL_ONLY = re.compile(
    r"^(?:by|von|par|por|door|di|av|af|作者|文)$|^(?:published|updated|posted|last (?:updated|modified)|veröffentlicht|stand|aktualisiert|publié|mis à jour|发布时间|更新时间)\b(?=.*\d|\W*$).{0,60}$",
    re.I,
)


def is_title(key: str, heading: bool, titles: Sequence[str]) -> bool:
    """Whether a folded line is the headline (one of its forms), the headline with the site's name, or a heading that is most of it."""
    if len(key) <= 3 or len(key) > max(map(len, titles), default=0) + 12:
        return False
    if not heading and len(key) <= 12:
        return key in titles
    return any(
        key == title
        or (
            len(title) > 12
            and len(key) <= len(title) + 12
            and (key.startswith(title) or (title.startswith(key) and heading and len(key) > 0.6 * len(title)))
        )
        for title in titles
    )


def line_is_title(line: Line, titles: Sequence[str]) -> bool:
    """Whether a line is the headline."""
    return is_title(fold(line.text), line.tag in HEADINGS, titles)


def is_byline(line: Line) -> bool:
    """A line that only names people, dates, source or section."""
    text = line.text
    size = length(text)
    if size > MAX_BYLINE or (ends_sentence(text) and narrates(text)):
        return False
    if _LABEL_ONLY.match(text):
        return True
    parts = byline_parts(line.spaced or text)
    claimed = bool(parts.date or parts.modified or parts.authors or parts.editors or parts.source)
    return claimed and len("".join(parts.rest)) <= 0.3 * len(text)


def is_caption(line: Line) -> bool:
    """A picture's caption or credit, by its words."""
    return length(line.text) < MAX_CAPTION and _CAPTION.match(line.text) is not None

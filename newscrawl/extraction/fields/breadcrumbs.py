"""Breadcrumbs: the path of sections that a page shows or declares above its article."""

from __future__ import annotations

import re
from typing import Any

from newscrawl.extraction.document import Document
from newscrawl.extraction.fields import nearby_lines
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.guarded import whole
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.words import word_set
from newscrawl.writing import fold

MAX_CRUMB_CHARS = 30
MAX_CRUMBS = 40
"""Entries of a declared list that are looked at."""
_DIVIDER = re.compile(r"\s*(?:[>»›＞]+|/|\s[-–]\s|\\|::)\s*")
_HERE = re.compile(
    r"^(?:您?(?:现在|当前|所在)?(?:的)?(?:所在)?位置(?:是)?|you are here|sie sind hier|está en|vous êtes ici)\s*[:：]?\s*",
    re.I,
)
_START = re.compile(
    r"首页|主页|^home$|^start(?:seite)?$|^accueil$|^inicio$|网$|^forside$|^ホーム$|^トップ$|^홈$|^главная$", re.I
)


def visible(doc: Document, title: str | None, site_tail: str = "") -> list[str]:
    """The crumbs of the last breadcrumb line above the headline, start page and headline left out; empty where there is none.

    A breadcrumb is one line of short pieces between arrows or slashes, at least one of them a link; a slash needs a start page in front
    (or the site's name, as it stands at the end of the ``<title>``: ``site_tail``).
    """
    at = nearby_lines.title_index(doc, title)
    # Nearest above the headline first, then the few lines below it; on a page without a shown headline from the top.
    above, below = (
        (doc.blocks[max(0, at - 25) : at], doc.blocks[at + 1 : at + 4]) if at is not None else ([], doc.blocks[:60])
    )
    for block in [*reversed(above), *below]:
        text = block.text
        if len(text) > 160 or not _DIVIDER.search(text) or block.link_share == 0 and not _START.search(text):
            continue
        found = _crumbs(_HERE.sub("", text), title, site_tail, arrows=bool(re.search("[>»›＞]", text)))
        if found:
            return found
    return []


def _crumbs(text: str, title: str | None, site_tail: str, *, arrows: bool) -> list[str]:
    pieces = [p.strip() for p in _DIVIDER.split(text)]
    if len(pieces) < 2 or any(len(p) > MAX_CRUMB_CHARS and not _same(p, title) for p in pieces):
        return []
    first = pieces[0].split()[-1] if pieces[0].split() else ""
    starts = bool(_START.search(first)) or (len(pieces[0]) > 1 and fold(pieces[0]) == fold(site_tail))
    if not arrows and not starts:
        return []
    last = pieces[-1]
    # 正文 申请入驻: what follows a crumb on the same line after a space is a button.
    if re.search("[\u3400-\u9fff]", last) and " " in last:
        pieces[-1] = last.split()[0]
    ends = pieces[-1] == "正文" or _same(pieces[-1], title)
    if not (starts or ends or re.search("[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]", text)):
        return []  # Latin arrows without a start page and a headline: buttons (Read more >)
    body = pieces[1:] if starts or len(pieces) > 2 and first.endswith("网") else pieces
    return [p for p in body if p and p.casefold() not in word_set("sections", "empty") and not _same(p, title)]


def _same(a: str, b: str | None) -> bool:
    return bool(b) and _alike(fold(a), fold(b))


def _alike(a: str, b: str) -> bool:
    return a == b or (len(a) > 10 and (a in b or b in a))


def declared(s: Structured, title: str | None) -> list[str]:
    """The names in the JSON-LD BreadcrumbList, start page and headline left out."""
    names = [title, s.title_tag, jsonld.text_of(s.prop("headline")), *(text for text, _ in s.headings[:3])]
    titles = [fold(name) for name in names if name]
    for item in s.objects:
        lists = (
            [item]
            if "breadcrumblist" in jsonld.types(item)
            else [b for b in jsonld.as_list(item.get("breadcrumb")) if isinstance(b, dict)]
        )
        for crumb_list in lists:
            entries = [
                e
                for e in jsonld.as_list(jsonld.resolve(crumb_list, s.by_id).get("itemListElement"))
                if isinstance(e, dict)
            ]
            found = [clean(_name(e)) for e in sorted(entries[:MAX_CRUMBS], key=_position)]
            found = [
                n
                for n in found
                if n
                and len(n) <= 60
                and n.casefold() not in word_set("sections", "empty")
                and not any(_alike(fold(n), t) for t in titles)
            ]
            if found:
                return found
    return []


def _name(entry: dict[str, Any]) -> str:
    return jsonld.text_of(entry.get("name")) or jsonld.text_of(entry.get("item")) or ""


def _position(entry: dict[str, Any]) -> int:
    return whole(entry.get("position")) or 0

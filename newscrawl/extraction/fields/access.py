"""Whether the article can be read freely, and what the page declares of its reuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newscrawl.extraction.document import Document, Found
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured
from newscrawl.extraction.trace import settle
from newscrawl.items import Rights

_PAID_TIERS = frozenset(
    (
        "locked",
        "metered-locked",
        "premium",
        "paid",
        "subscriber",
        "subscribers",
        "subscription",
        "plus",
        "abo",
        "paywall",
        "payed",
        "member",
        "members",
        "closed",
        "true",
        "restricted",
        "only_paid",
    )
)
_FREE_TIERS = frozenset(("free", "open", "public", "gratis", "no", "false", "frei"))
_META_TIER = (
    "article:content_tier",
    "content_tier",
    "paywall",
    "premium",
    "outbrain:article_access_status",
    "cxenseparse:paywall",
    "cxenseparse:access",
    "og:access",
    "article:access",
    "access",
    "lp.type",
    "mrf:access",
)
# A wall's own words, at or after the end of what is shown.
_WALL = re.compile(
    r"subscribe (?:now |today )?to (?:continue|keep|read|unlock)|to continue reading|already a subscriber|this (?:article"
    r"|story|content) is (?:for|exclusive to|reserved for|only available to) (?:paying |our )?(?:subscribers|members)"
    r"|(?:weiterlesen|lesen sie weiter) mit|jetzt (?:abonnieren|weiterlesen)|nur für abonnenten|sie haben bereits ein abo"
    r"|(?:cet|l')?\s?article (?:est )?réservé (?:aux|à nos) abonnés|il vous reste [\d.,]+ ?% de cet article"
    r"|(?:contenido|artículo) (?:exclusivo )?(?:para|solo para) suscriptores|suscríbete para (?:seguir|continuar)"
    r"|articolo riservato agli abbonati|para continuar lendo|konten khusus pelanggan"
    r"|この記事は(?:有料)?会員限定|有料会員になると続きを|残り\d+文字|本文为付费内容|剩余内容.{0,8}付费|开通会员.{0,6}阅读全文|订阅后可?阅读全文|для подписчиков|구독자 전용",
    re.I,
)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)\s?(?:19|20)\d\d|\bcopyright\b|版权所有|版權所有|all rights reserved|alle rechte vorbehalten|tous droits réservés"
    r"|todos los derechos|未经授权不得转载|未经.{0,10}(?:许可|授权|书面).{0,12}(?:转载|复制|使用))",
    re.I,
)


_PIECES = re.compile(r"\s{2,}|\s*[|·•｜]\s*")


def find_access(doc: Document, s: Structured) -> Found:
    """``free`` or ``paywalled``; value None where the page says nothing.

    Order: ``isAccessibleForFree`` (JSON-LD, then microdata), the content tier in meta tags, a wall's own words after the body.
    """
    return settle(doc, "access", _accesses(doc, s))


def is_wall(text: str) -> bool:
    """Whether a line is a wall's own words: at an article's end they say how it is sold, and are none of it."""
    return len(text) < MAX_WALL and _WALL.search(text) is not None


MAX_WALL = 400
"""Characters of the longest line of a wall."""


def _accesses(doc: Document, s: Structured) -> Iterator[Found]:
    for origin, value in (
        ("json-ld", _flag(_free_mark(s))),
        ("microdata", _flag(next(iter(s.microdata.get("isAccessibleForFree", ())), None))),
    ):
        if value is not None:
            yield Found("free" if value else "paywalled", origin, where="isAccessibleForFree")
    if (flag := _flag(s.first("isaccessibleforfree"))) is not None:
        yield Found("free" if flag else "paywalled", "meta", where="isAccessibleForFree")
    for key in _META_TIER:
        tier = s.first(key).casefold()
        if tier in _PAID_TIERS:
            yield Found("paywalled", "meta", tier, key)
        if (
            tier in _FREE_TIERS
            and key not in ("premium", "paywall")
            or (tier in ("no", "false") and key in ("premium", "paywall"))
        ):
            yield Found("free", "meta", tier, key)
    tail = [*doc.footer[:8], *doc.body[-2:]]
    for block in tail:
        if is_wall(block.text):
            yield Found("paywalled", "visible", block.text[:120], "a wall's words")


def _free_mark(s: Structured) -> Any:
    value = s.prop("isAccessibleForFree")
    if value is None:
        # The mark often sits on the WebPage object beside the article's.
        value = next(
            (
                i["isAccessibleForFree"]
                for i in s.objects
                if "isAccessibleForFree" in i and jsonld.types(i) & (jsonld.ARTICLE_TYPES | jsonld.PAGE_TYPES)
            ),
            None,
        )
    return value


def _flag(value: Any) -> bool | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool):
        return value
    text = str(value).rsplit("/", 1)[-1].strip().casefold() if value is not None else ""
    return True if text in ("true", "yes", "1", "free") else False if text in ("false", "no", "0") else None


def find_rights(doc: Document, s: Structured) -> Found:
    """What the page declares of its reuse, verbatim, as :class:`newscrawl.items.Rights`; value None where it declares nothing."""
    licence = (
        jsonld.url_of(s.prop("license"))
        or next(iter(s.links.get("license", ())), None)
        or next(iter(s.microdata.get("license", ())), None)
    )
    licence = licence or s.first("dcterms.license", "dc.rights.license") or None
    robots = s.first("robots", "googlebot") or None
    reservation = s.first("tdm-reservation") or None
    policy = s.first("tdm-policy")
    notice = (
        jsonld.text_of(s.prop("copyrightNotice")) or s.first("copyright", "dc.rights", "dcterms.rights") or _notice(doc)
    )
    if reservation and policy:
        reservation = f"{reservation} {policy}"
    if not any((licence, robots, reservation, notice)):
        return Found()
    return Found(Rights(license=licence, notice=notice, robots=robots, tdm_reservation=reservation), "meta")


def _notice(doc: Document) -> str | None:
    """The first copyright line after the body, else the last one of the page; of a footer in one line, its copyright pieces."""
    for block in [*doc.footer, *reversed(doc.blocks[-40:])]:
        if len(block.text) > 1_500 or not _COPYRIGHT.search(block.text):
            continue
        pieces = [piece.strip() for piece in _PIECES.split(block.spaced or block.text)]
        claims = [piece for piece in pieces if _COPYRIGHT.search(piece)]
        notice = " ".join(claims) if claims and len(pieces) > 2 else block.text
        if len(notice) <= 400:
            return notice
    return None

"""Chains the stages for one page: decode, extract, normalise, judge. The public functions of :mod:`newscrawl`.

Pure: no network, no files, no clock; what depends on the time of the fetch reads ``RawPage.fetched_at``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from newscrawl import __version__, urls
from newscrawl.extraction import drafting, text_page
from newscrawl.extraction.body.block_model import BlockModel
from newscrawl.extraction.document import Found
from newscrawl.extraction.drafting import Draft
from newscrawl.extraction.fields import access, authors, dates, images, language, outlets, taxonomy
from newscrawl.extraction.fields.date_reading import reading_of
from newscrawl.extraction.fields.syndication import find_syndication
from newscrawl.extraction.hygiene import clean, paragraphs
from newscrawl.extraction.page_signs import PageSigns, signs
from newscrawl.extraction.read.decode import decode
from newscrawl.extraction.read.tree import parse
from newscrawl.extraction.shell import is_shell, shown_text
from newscrawl.extraction.trace import Trace
from newscrawl.extraction.verdict import kind, verdict
from newscrawl.items import Article, RawPage, Syndication
from newscrawl.rejections import Empty, NotAnArticle, Refused, Rejection
from newscrawl.sites.registry import Site
from newscrawl.writing import length


def extract(
    page: RawPage | bytes | str,
    url: str | None = None,
    *,
    site: Site | None = None,
    layout: Any = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """The work of :func:`newscrawl.extract`, where the parameters are explained."""
    del layout
    raw = _raw(page, url, site)
    draft = _drafted(raw, site, None, page if isinstance(page, str) else None, model)
    return draft if isinstance(draft, Rejection) else _judged(draft, raw).outcome


def extract_text(
    page: RawPage | bytes | str,
    url: str | None = None,
    *,
    site: Site | None = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """The work of :func:`newscrawl.extract_text`."""
    raw = _raw(page, url, site)
    draft = _drafted_text(raw, site, None, page if isinstance(page, str) else None, model)
    return draft if isinstance(draft, Rejection) else _judged(draft, raw).outcome


@dataclass(slots=True)
class Examination:
    """A page's outcome with all that led to it, for ``scrapy explain``."""

    outcome: Article | Rejection
    article: Article | None = None
    """The record as it was before the verdict, which a rejected page has too; None where the page could not be read."""
    draft: Draft | None = None
    found: dict[str, Found] = field(default_factory=dict)
    signs: PageSigns | None = None
    trace: Trace = field(default_factory=Trace)


def examine(page: RawPage, site: Site | None = None, model: BlockModel | None = None) -> Examination:
    """What :func:`extract` makes of a page, and how: the same steps, with a trace."""
    trace = Trace()
    draft = _drafted(page, site, trace, model=model)
    if isinstance(draft, Rejection):
        return Examination(draft, trace=trace)
    examination = _judged(draft, page)
    examination.trace = trace
    return examination


def shell(page: RawPage) -> bool:
    """Whether a page, of whatever kind, is the shell of a program that shows itself only in a browser."""
    try:
        tree = parse(decode(page.body, page.headers).text)
    except Refused:
        return False
    return is_shell(tree, length("".join(shown_text(tree))))


def _drafted(
    raw: RawPage,
    site: Site | None,
    trace: Trace | None,
    text: str | None = None,
    model: BlockModel | None = None,
) -> Draft | Rejection:
    if raw.plain_text:
        return _drafted_text(raw, site, trace, text, model)
    try:
        tree = parse(decode(raw.body, raw.headers).text if text is None else text)
    except Refused as refusal:
        return _addressed(refusal.rejection, raw)
    return drafting.read(
        tree, raw.url, site=site, evidence=raw.evidence, fetched_at=_moment(raw.fetched_at), trace=trace, model=model
    )


def _drafted_text(
    raw: RawPage,
    site: Site | None,
    trace: Trace | None,
    text: str | None = None,
    model: BlockModel | None = None,
) -> Draft | Rejection:
    try:
        text = decode(raw.body, {"content-type": "text/plain"} | raw.headers).text if text is None else text
    except Refused as refusal:
        return _addressed(refusal.rejection, raw)
    if not text.strip():
        return _addressed(Empty(detail="no text"), raw)
    return text_page.read(
        text, raw.url, site=site, evidence=raw.evidence, fetched_at=_moment(raw.fetched_at), trace=trace, model=model
    )


def _raw(page: object, url: object, site: object) -> RawPage:
    """The page as bytes. Raises :class:`TypeError` and :class:`ValueError`, which say what to pass instead, for what is no page."""
    if url is not None and not isinstance(url, str):
        raise TypeError(f"url is to be a str or None, not {_kind(url)}")
    if site is not None and not isinstance(site, Site):
        raise TypeError(f"site is to be what newscrawl.sites.registry.load(name) gives, not {_kind(site)}")
    if isinstance(page, RawPage):
        return page
    if isinstance(page, str):
        if _ADDRESS.fullmatch(page):
            raise ValueError(
                f"{page.strip()[:200]!r} is an address, and nothing is fetched here: pass the page's bytes, and the address as url="
            )
        return RawPage(body=b"", url=url)
    if isinstance(page, (bytes, bytearray, memoryview)):
        return RawPage(body=bytes(page), url=url)
    instead = next((words for name, words in _INSTEAD if hasattr(page, name)), "")
    raise TypeError(f"a page is to be bytes, str or newscrawl.RawPage, not {_kind(page)}{instead}")


_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://\S*\s*", re.I)
_INSTEAD = (
    ("getroottree", "; pass lxml.html.tostring(tree)"),
    ("getroot", "; pass lxml.html.tostring(tree)"),
    ("read_bytes", "; pass path.read_bytes()"),  # a Path
    ("content", "; pass response.content"),  # of requests and httpx
    ("body", "; pass response.body"),  # of Scrapy
    ("read", "; pass file.read()"),
)
"""What a wrong page has, and what is to be passed in its place."""


def _kind(value: object) -> str:
    kind = type(value)
    return (
        "None"
        if value is None
        else kind.__name__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__name__}"
    )


def _addressed(rejection: Rejection, raw: RawPage) -> Rejection:
    rejection.url = raw.url
    rejection.fetched_at = raw.fetched_at
    return rejection


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _judged(draft: Draft, raw: RawPage) -> Examination:
    text = paragraphs(draft.paragraphs)
    found = _fields(draft, text)
    article = _article(draft, raw, text, found)
    facts = draft.structured
    types = {name for item in [facts.article, *facts.objects] for name in _types(item)}
    page = signs(
        draft.doc.blocks,
        draft.doc.body,
        draft.doc.tree,
        url=article.url or None,
        title=facts.title_tag,
        h1=next((t for t, _ in facts.headings), ""),
        og_type=facts.first("og:type"),
        schema_types=types,
    )
    rejection = verdict(article, page)
    if rejection is not None:
        if isinstance(rejection, NotAnArticle) and not raw.rendered and draft.doc.tree is not None:
            rejection.shell = is_shell(draft.doc.tree, page.size)
        return Examination(_addressed(rejection, raw), article, draft, found, page)
    article.kind = kind(article, page)
    return Examination(article, article, draft, found, page)


def _types(item: dict[str, Any]) -> list[str]:
    value = item.get("@type")
    return [str(v) for v in value] if isinstance(value, list) else [str(value)] if value else []


def _article(draft: Draft, raw: RawPage, text: str, found: dict[str, Found]) -> Article:
    doc, facts = draft.doc, draft.structured
    published, modified = found["published"], found["modified"]
    canonical = found["canonical_url"].value
    url = raw.url or canonical or ""
    syndication = _tidy(find_syndication(draft, found["source"].value, canonical, text))
    title = clean(found["title"].value) or (syndication.original_title if syndication else None)
    source = found["source"].value or (syndication.source if syndication else None)
    article = Article(
        url=url,
        requested_url=raw.requested_url or url,
        canonical_url=canonical,
        site=urls.registrable(urls.host(url)),
        site_name=_line(found["site_name"]),
        title=title or None,
        description=_line(found["description"]),
        authors=[clean(name) for name in found["authors"].value or []],
        editors=[clean(name) for name in found["editors"].value or []],
        source=clean(source) or None,
        published=published.value,
        modified=modified.value,
        published_raw=published.raw,
        modified_raw=modified.raw,
        section=_line(found["section"]),
        tags=[clean(tag) for tag in found["tags"].value or []],
        language=found["language"].value,
        access=found["access"].value,
        text=text,
        images=images.find_images(doc, facts),
        syndication=syndication,
        confidence=round(draft.confidence, 3),
        origin={name: value.origin for name, value in found.items() if value.value and value.origin},
        removed=draft.removed(),
        fetched_at=raw.fetched_at or "",
        http_status=raw.status,
        extractor=dict(extractor_versions()),
        rights=access.find_rights(doc, facts).value,
    )
    article.extractor["model"] = draft.decision.model.name
    if raw.rendered:
        article.extractor = {**article.extractor, "browser": raw.rendered}
        article.origin["text"] = "rendered"
    article.id = urls.identity(url, canonical)
    article.content_hash = content_hash(article.title, text)
    return article


_FINDERS: dict[str, Callable[..., Found]] = {
    "canonical_url": taxonomy.find_canonical,
    "site_name": taxonomy.find_site_name,
    "description": taxonomy.find_description,
    "authors": authors.find_authors,
    "editors": authors.find_editors,
    "source": outlets.find_source,
    "section": taxonomy.find_section,
    "tags": taxonomy.find_tags,
    "access": access.find_access,
}


def _fields(draft: Draft, text: str) -> dict[str, Found]:
    """Every field with its origin, in the record's order of names; a site file's selectors come first."""
    doc, facts = draft.doc, draft.structured
    reading_of(doc, facts)  # the lines around the article are read for every field, by the page's reading of dates
    found = {"title": draft.title} | {name: find(doc, facts) for name, find in _FINDERS.items()}
    found["published"], found["modified"] = dates.find_dates(doc, facts)
    found["language"] = language.find_language(doc, facts, text)
    for name, value in draft.overrides.items():
        found[name] = _override(name, value, draft)
    return dict(sorted(found.items()))


def _override(name: str, value: Found, draft: Draft) -> Found:
    if name in ("authors", "editors", "tags"):
        return Found([value.value], value.origin, value.raw)
    if name in ("published", "modified"):
        return dates.from_text(value.raw or "", draft.doc, draft.structured)
    return value


def _tidy(found: Syndication | None) -> Syndication | None:
    if found is not None:
        found.source, found.platform = clean(found.source) or None, clean(found.platform) or None
        found.original_title, found.credits = (
            clean(found.original_title) or None,
            [clean(line) for line in found.credits],
        )
    return found


def _line(found: Found) -> str | None:
    return clean(found.value) or None


def content_hash(title: str | None, text: str) -> str:
    """32 hex digits over title and text."""
    return hashlib.sha256(f"{title or ''}\n\n{text}".encode("utf-8", "replace")).hexdigest()[:32]


@cache
def extractor_versions() -> dict[str, str]:
    return {"newscrawl": __version__, "trafilatura": version("trafilatura")}

"""The typed structs that pass between the stages, and the record that is written (schema ``newscrawl/article/1``).

The field order of :class:`Article` is the key order of the JSON line. The string below a field is that field's documentation: the JSON
Schema (``output/article.schema.json``) and the documentation's page on it are made from these. msgspec validates a struct only when it
decodes, so the tests decode what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Protocol

import msgspec

SCHEMA: Literal["newscrawl/article/1"] = "newscrawl/article/1"

Kind = Literal["article", "live", "video", "gallery", "stub"]
Access = Literal["free", "paywalled"]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What discovery said of an article before it was fetched (a feed's item, a news sitemap's entry).

    It never outranks the page's own better evidence. Dates are kept as found; ``via`` is ``feed``, ``sitemap`` or ``section``.
    """

    via: str
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None
    summary: str | None = None
    text: str | None = None
    tags: tuple[str, ...] = ()
    """Keywords of a news sitemap, categories of a feed's item."""
    image: str | None = None
    """URL of the picture that a feed or an image sitemap puts to the article."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that may be an article's, absolute and as it was found, and what the place where it was found says of it."""

    url: str
    evidence: Evidence


class RawPage(msgspec.Struct, frozen=True, kw_only=True):
    """One fetched or saved page, before anything was decoded.

    ``url`` is where it was finally fetched, verbatim, or None for a page without one; ``headers`` have lower-case names;
    ``fetched_at`` is ISO 8601 with an offset (a file: its modification time), against which relative dates are resolved.
    """

    body: bytes
    url: str | None = None
    requested_url: str | None = None
    status: int = 200
    headers: dict[str, str] = {}
    fetched_at: str | None = None
    evidence: Evidence | None = None
    plain_text: bool = False
    rendered: str | None = None
    """Name and version of the browser whose rendering the body is (UTF-8)."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the article."""

    url: str
    """Its address, absolute."""
    caption: str | None = None
    """What the page says under it."""
    credit: str | None = None
    """Whom the page names as its maker or agency."""


class Syndication(msgspec.Struct, kw_only=True):
    """What a repost says of its origin."""

    source: str | None = None
    """The outlet from which the page says that it has the article."""
    original_title: str | None = None
    """The headline under which the article appeared there, where the page names it."""
    original_url: str | None = None
    """Where the page links to as the original."""
    platform: str | None = None
    """The platform or account through which the article came, such as a WeChat account."""
    machine_translated: bool = False
    """Whether the page says, or its text shows, that a machine translated it."""
    credits: list[str] = []
    """The lines that were taken out of the text because they name the origin, verbatim."""


class Rights(msgspec.Struct, kw_only=True):
    """What the page declares of its reuse, verbatim."""

    license: str | None = None
    """The address of a licence that the page declares."""
    notice: str | None = None
    """The copyright line."""
    robots: str | None = None
    """The content of the page's robots meta element."""
    tdm_reservation: str | None = None
    """The page's text-and-data-mining reservation (TDMRep): 1 or 0."""


class Item:
    """Access to a struct's fields as to a dict's keys, as Scrapy's users know it from its own items."""

    __slots__ = ()
    __struct_fields__: ClassVar[tuple[str, ...]]

    def __getitem__(self, name: str) -> Any:
        if name not in self.__struct_fields__:
            raise KeyError(name)
        return getattr(self, name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.__struct_fields__:
            raise KeyError(f"{type(self).__name__} has no field {name}")
        setattr(self, name, value)

    def __contains__(self, name: object) -> bool:
        return name in self.__struct_fields__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__struct_fields__)

    def __len__(self) -> int:
        return len(self.__struct_fields__)

    def keys(self) -> tuple[str, ...]:
        """The fields' names, in the order of the JSON line's keys."""
        return self.__struct_fields__

    def values(self) -> tuple[Any, ...]:
        """The fields' values, in the same order."""
        return tuple(getattr(self, name) for name in self.__struct_fields__)

    def items(self) -> tuple[tuple[str, Any], ...]:
        """Each field's name and value, in the same order."""
        return tuple((name, getattr(self, name)) for name in self.__struct_fields__)

    def get(self, name: str, default: Any = None) -> Any:
        """A field's value; ``default`` for a name that is no field's."""
        return getattr(self, name) if name in self.__struct_fields__ else default


class Article(msgspec.Struct, Item, kw_only=True):
    """One article, one JSON line."""

    schema: Literal["newscrawl/article/1"] = SCHEMA
    """Name and version of this form. A field whose meaning changes gets a new version."""
    id: str = ""
    """Stays the same for all versions of an article: a hash of its normalised address, so that twins of a page share it."""
    version: int = 1
    """Counts changes of title or text, from 1."""
    url: str
    """Where the page was finally fetched, verbatim."""
    requested_url: str
    """What was asked for, before redirects."""
    canonical_url: str | None = None
    """What the page declares as its address; it never takes the place of ``url``."""
    site: str
    """The registrable host, such as ``example.co.uk``; empty for a file without a URL."""
    site_name: str | None = None
    """The site's name as readers know it."""
    title: str | None = None
    """The headline as displayed, without the site's name behind it."""
    description: str | None = None
    """The summary that the page gives in its metadata."""
    authors: list[str] = []
    """The people or desks who wrote the article."""
    editors: list[str] = []
    """Those whom the page names as editors (责任编辑 and the like)."""
    source: str | None = None
    """The outlet that the page credits (来源, "Source:", a wire service)."""
    published: str | None = None
    """The time of publication in ISO 8601. It has an offset where the page, a feed that agrees with it to the minute, or the site's
    time zone gives one."""
    modified: str | None = None
    """The time of the last change, in the same form."""
    published_raw: str | None = None
    """The publication time as the page has it."""
    modified_raw: str | None = None
    """The time of the last change as the page has it."""
    section: str | None = None
    """The section or rubric in which the article stands."""
    tags: list[str] = []
    """Keywords of the page."""
    language: str | None = None
    """The primary tag of BCP 47, such as ``en`` or ``zh``."""
    kind: Kind = "article"
    """``stub`` is the free part of a paid article; ``video`` and ``gallery`` have an article's text around them."""
    access: Access | None = None
    """Whether the page says that it is free or for subscribers."""
    text: str
    """The body: paragraphs divided by exactly one blank line, in Unicode's form NFC, without control characters."""
    images: list[Image] = []
    """The article's pictures, in the page's order."""
    syndication: Syndication | None = None
    """What a repost says of its origin; null where the page names none."""
    confidence: Probability = 1.0
    """How likely ``text`` is right, from 0 to 1, to three decimals. It is calibrated on pages that the extractor had not learned from: of
    the records with at least 0.9, nine in ten have an F1 of 0.95 or more against the text that a person would take."""
    origin: dict[str, str] = {}
    """Where each field came from: ``json-ld``, ``meta``, ``microdata``, ``visible``, ``feed``, ``url``, ``layout``. ``text`` is among them,
    as ``rendered``, where a browser made the page."""
    removed: dict[str, int] = {}
    """Characters that were left out of the text, by reason."""
    fetched_at: str = ""
    """When the page was fetched, in ISO 8601 with an offset."""
    http_status: int = 200
    """The response's status. A saved file, whose status nobody recorded, counts as 200."""
    run_id: str = ""
    """The run that wrote the line; its report has the same name."""
    extractor: dict[str, str] = {}
    """The programs that took part, with their versions; ``browser`` is among them where the page was rendered."""
    rights: Rights | None = None
    """What the page declares of its reuse; null where it declares nothing."""
    content_hash: str = ""
    """A hash of title and text, by which a change is noticed."""

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON types, in the order of the JSON line's keys."""
        return dict(msgspec.to_builtins(self))


class Notes(Protocol):
    """What a site's state remembers from run to run beside its pages: robots.txt, hosts, entry points, URL templates."""

    def note(self, kind: str, key: str) -> Any:
        """What was remembered (JSON types); None when nothing was."""

    def remember(self, kind: str, key: str, value: Any) -> None:
        """Keeps JSON types; None forgets. On disk with the next page that ends, at the latest when the run does."""


class MemoryNotes:
    """Notes that end with the process: for runs without a state, and for tests."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def note(self, kind: str, key: str) -> Any:
        """See :class:`Notes`."""
        return self._kept.get((kind, key))

    def remember(self, kind: str, key: str, value: Any) -> None:
        """See :class:`Notes`."""
        self._kept[kind, key] = value

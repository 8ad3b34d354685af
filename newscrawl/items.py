"""The typed structs that pass between the stages, and the record that is written (schema ``newscrawl/article/1``).

The field order of :class:`Article` is the key order of the JSON line; its docstring entries are the record's documentation
(DESIGN section 4). msgspec validates a struct only when it decodes, so ``serialize`` decodes what it wrote in the tests.
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
    """A picture of the article: absolute URL, its caption and its credit line where the page shows them."""

    url: str
    caption: str | None = None
    credit: str | None = None


class Syndication(msgspec.Struct, kw_only=True):
    """What a repost says of its origin; ``credits`` holds the removed lines, verbatim."""

    source: str | None = None
    original_title: str | None = None
    original_url: str | None = None
    platform: str | None = None
    machine_translated: bool = False
    credits: list[str] = []


class Rights(msgspec.Struct, kw_only=True):
    """What the page declares of its reuse, verbatim: licence URL, copyright line, robots meta, TDM reservation."""

    license: str | None = None
    notice: str | None = None
    robots: str | None = None
    tdm_reservation: str | None = None


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

    def get(self, name: str, default: Any = None) -> Any:
        """A field's value; ``default`` for a name that is no field's."""
        return getattr(self, name) if name in self.__struct_fields__ else default


class Article(msgspec.Struct, Item, kw_only=True):
    """One article, one JSON line. Fields, types and meaning are fixed by DESIGN section 4."""

    schema: Literal["newscrawl/article/1"] = SCHEMA
    id: str = ""
    """Hash of the article's identity: :func:`newscrawl.urls.identity`."""
    version: int = 1
    """Counts changes of title or text, from 1."""
    url: str
    """Where the page was finally fetched, verbatim."""
    requested_url: str
    canonical_url: str | None = None
    """What the page declares; never put in ``url``'s place."""
    site: str
    """Registrable host; empty for a file without a URL."""
    site_name: str | None = None
    title: str | None = None
    """Headline as displayed, without the site's suffix."""
    description: str | None = None
    authors: list[str] = []
    editors: list[str] = []
    source: str | None = None
    """Outlet the page credits."""
    published: str | None = None
    """ISO 8601; with an offset where the page, a feed that agrees to the minute, or the site's time zone gives one."""
    modified: str | None = None
    published_raw: str | None = None
    modified_raw: str | None = None
    section: str | None = None
    tags: list[str] = []
    language: str | None = None
    """BCP 47 primary tag."""
    kind: Kind = "article"
    access: Access | None = None
    text: str
    """Paragraphs divided by exactly one blank line; NFC; no control characters."""
    images: list[Image] = []
    syndication: Syndication | None = None
    confidence: Probability = 1.0
    """How likely ``text`` is right, from 0 to 1, to three decimals. It is calibrated on pages that the extractor had not learned from: of the
    records with at least 0.9, nine in ten have an F1 of 0.95 or more against the text that a person would take."""
    origin: dict[str, str] = {}
    """Where each field came from: json-ld, meta, microdata, visible, feed, url, layout; ``text`` is there, as rendered, where a browser made the page."""
    removed: dict[str, int] = {}
    """Characters dropped, by reason."""
    fetched_at: str = ""
    http_status: int = 200
    """A saved file, whose status nobody recorded, counts as 200."""
    run_id: str = ""
    extractor: dict[str, str] = {}
    """Programs that took part, with their versions; ``browser`` where the page was rendered."""
    rights: Rights | None = None
    content_hash: str = ""
    """Of title and text."""

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

"""Which articles were written, in which version: by identity, and within a site by content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import msgspec

from newscrawl.items import Article
from newscrawl.state.store import Store

MIN_LETTERS = 120
"""Letters and digits a text needs to be told by its content: shorter ones, such as a stub's standard sentence, agree by chance."""
NEAR = 0.8
"""Share of the longer text's letters, in equal paragraphs, from which two articles under one headline are one. A line that one
copy has and the other has not (a by-line, an editor's note) stays far below the rest; reports made from a template share their
headline's form, not the headline."""
EDITION = 43_200.0
"""Seconds between the dates of two editions of a regular report."""
KIN = 0.25
"""The same share from which a page that moved is still the same article, rewritten."""


_SIGNS = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Letters and digits alone: equal for texts that differ in spaces, punctuation, case and width."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=16)  # asked for the same text when an article is looked for and when it is kept
def fingerprint(text: str) -> str | None:
    """Equal for texts of equal letters; None for a text too short to tell."""
    letters = folded(text)
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest() if len(letters) >= MIN_LETTERS else None


def moment(text: str | None) -> float | None:
    """A date as feeds, sitemaps and records write it, in seconds since 1970; without offset it is taken as UTC. None when it is no date."""
    try:
        found = datetime.fromisoformat((text or "").strip())
    except ValueError:
        try:
            found = parsedate_to_datetime(text or "")
        except (ValueError, TypeError, IndexError):
            return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class Known:
    """One written article, as the state has it."""

    __slots__ = (
        "due",
        "etag",
        "first_at",
        "gone_at",
        "hash",
        "id",
        "idle",
        "last_modified",
        "met",
        "page",
        "paragraphs",
        "published",
        "state",
        "title",
        "url",
        "version",
        "whole_at",
    )

    def __init__(self, row: dict[str, Any]) -> None:
        self.id: str = row["id"]
        self.page: str = row["page"]
        self.url: str = row["url"]
        self.title: str | None = row["title"]
        self.version: int = row["version"]
        self.hash: str = row["hash"]
        self.paragraphs: dict[str, int] = msgspec.msgpack.decode(row["paragraphs"])
        self.published: float | None = row["published"]
        self.first_at: float = row["first_at"]
        self.whole_at: float = row["whole_at"]
        self.etag: str | None = row["etag"]
        self.last_modified: str | None = row["last_modified"]
        self.due: float | None = row["due"]
        self.gone_at: float | None = row["gone_at"]
        self.state: str = row["state"]
        self.idle: int = row["idle"]
        self.met: int = row["met"]

    def akin(self, article: Article) -> bool:
        """Whether a page is still this article, perhaps rewritten."""
        return (
            folded(article.title or "") == folded(self.title or "")
            or _shared(self.paragraphs, _paragraphs(article.text)) >= KIN
        )


class Articles:
    """The written articles of a site's state. The same text on two sites is no duplicate: the one is a repost of the other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, article_id: str) -> Known | None:
        """A written article by its id."""
        row = self._store.one("SELECT * FROM articles WHERE id = ?", article_id)
        return Known(row) if row else None

    @property
    def now(self) -> float:
        """The run's time, in seconds since 1970."""
        return self._store.now

    def at(self, article_id: str, page: str) -> Known | None:
        """An article as it is by now, if that is still its page's key."""
        known = self.get(article_id)
        return known if known is not None and known.page == page else None

    def repeats(self, article: Article) -> Known | None:
        """The written article that this one repeats, None when it is new."""
        known = self.get(article.id)
        if known is not None:
            return known
        for found in _prints(article):
            for row in self._store.rows("SELECT article FROM prints WHERE print = ? ORDER BY article", found):
                if (known := self.get(row["article"])) is not None:
                    return known
        paragraphs = _paragraphs(article.text)
        published = moment(article.published)
        return next(
            (
                one
                for one in self._same_title(article)
                if not _apart(one.published, published) and _shared(one.paragraphs, paragraphs) >= NEAR
            ),
            None,
        )

    def _same_title(self, article: Article) -> Iterator[Known]:
        if article.title:
            rows = list(
                self._store.rows(
                    "SELECT article FROM prints WHERE print = ? ORDER BY article LIMIT 200", _title(article)
                )
            )
            yield from (known for row in rows if (known := self.get(row["article"])) is not None)

    def add(self, article: Article, page: str, headers: dict[str, str], due: float | None, whole: bool = True) -> None:
        """Keeps an article that is written, the first time or in its next version; ``page`` is its page's key."""
        store, now = self._store, self._store.now
        store.write("DELETE FROM prints WHERE article = ?", article.id)
        for found in [*_prints(article), *([_title(article)] if article.title else [])]:
            store.write("INSERT OR IGNORE INTO prints VALUES (?, ?)", found, article.id)
        packed = msgspec.msgpack.encode(_paragraphs(article.text))
        store.write(
            "INSERT INTO articles (id, page, url, title, version, hash, paragraphs, published, first_at, looked_at, whole_at, etag, last_modified, due, "
            "state, met) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'live', ?) ON CONFLICT (id) DO UPDATE SET url = excluded.url, "
            "title = excluded.title, version = excluded.version, hash = excluded.hash, paragraphs = excluded.paragraphs, "
            "published = excluded.published, looked_at = excluded.looked_at, whole_at = excluded.whole_at, etag = excluded.etag, "
            "last_modified = excluded.last_modified, due = excluded.due, gone_at = NULL, state = 'live', idle = 0, met = excluded.met",
            article.id,
            page,
            article.url,
            article.title,
            article.version,
            article.content_hash,
            packed,
            moment(article.published),
            now,
            now,
            now,
            headers.get("etag"),
            headers.get("last-modified"),
            due,
            store.run,
        )

    def unchanged(
        self,
        known: Known,
        due: float | None,
        *,
        headers: dict[str, str] | None = None,
        url: str | None = None,
        met: bool = False,
        on_word: bool = False,
    ) -> None:
        """A look that found the article as it was. ``headers`` are those of a whole answer; none: it was a 304."""
        store, now = self._store, self._store.now
        store.write(
            "UPDATE articles SET looked_at = ?, due = ?, gone_at = NULL, url = ?, met = ?, idle = idle + ? WHERE id = ?",
            now,
            due,
            url or known.url,
            store.run if met else known.met,
            int(on_word),
            known.id,
        )
        if headers is not None:
            store.write(
                "UPDATE articles SET whole_at = ?, etag = ?, last_modified = ? WHERE id = ?",
                now,
                headers.get("etag"),
                headers.get("last-modified"),
                known.id,
            )

    def failed(self, known: Known, due: float | None, gone_at: float | None = None) -> None:
        """A look that gave no article; ``gone_at`` is when the page was first found to be gone."""
        self._store.write(
            "UPDATE articles SET looked_at = ?, due = ?, gone_at = ? WHERE id = ?",
            self._store.now,
            due,
            gone_at,
            known.id,
        )

    def moved(self, known: Known, url: str, page: str, due: float | None) -> None:
        """The article is at another page now, under its old id."""
        store = self._store
        store.write(
            "UPDATE pages SET state = 'alias', article = ?, turn = NULL WHERE key = ? AND state = 'record'",
            known.id,
            known.page,
        )
        store.write(
            "UPDATE articles SET url = ?, page = ?, due = ?, gone_at = NULL, state = 'live', looked_at = ?, etag = NULL, last_modified = NULL "
            "WHERE id = ?",
            url,
            page,
            due,
            store.now,
            known.id,
        )

    def withdraw(self, known: Known) -> None:
        """The article is gone for good, until it is listed again."""
        self._store.write("UPDATE articles SET state = 'gone', due = NULL WHERE id = ?", known.id)

    def controls(self, number: int) -> list[str]:
        """Pages of living articles that were not looked at in this run: what is compared with, when others seem to be gone."""
        rows = self._store.rows(
            "SELECT a.page FROM articles a JOIN pages p ON p.key = a.page WHERE a.state = 'live' AND a.gone_at IS NULL AND p.looked != ? "
            "ORDER BY a.first_at DESC LIMIT ?",
            self._store.run,
            number,
        )
        return [row["page"] for row in rows]


def _apart(one: float | None, other: float | None) -> bool:
    """Whether two dates tell two articles of one headline apart: the lottery's numbers of each day have it, and most of the text."""
    return one is not None and other is not None and abs(one - other) > EDITION


def _prints(article: Article) -> list[str]:
    found = [f"c{article.site}/{article.content_hash}"] if article.content_hash else []
    text = fingerprint(article.text)  # of the letters alone, so that paragraphs may be divided otherwise
    return [_short(one) for one in [*found, *([f"t{article.site}/{text}"] if text else [])]]


def _title(article: Article) -> str:
    return _short(f"h{article.site}/{folded(article.title or '')}")


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


@lru_cache(maxsize=16)
def _paragraphs(text: str) -> dict[str, int]:
    """Short hash of each paragraph to its letters."""
    found = [folded(paragraph) for paragraph in text.split("\n\n")]
    return {
        hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest(): len(letters)
        for letters in found
        if letters
    }


def _shared(one: dict[str, int], other: dict[str, int]) -> float:
    longer = max(sum(one.values()), sum(other.values()))
    if longer < MIN_LETTERS:
        return 0.0
    return sum(size for key, size in one.items() if key in other) / longer

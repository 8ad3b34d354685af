"""The written articles of a site and their versions. Duplicates are found by identity, and within the site by content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

from newscrawl.items import Article
from newscrawl.state.database import ArticleColumns, ArticleRow
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleEvent, ArticleState, PageEvent

MIN_LETTERS = 120
"""A text needs so many letters and digits to be told by its content: shorter ones, such as a stub's standard sentence, agree by chance."""
NEAR_DUPLICATE = 0.8
"""Share of the longer text's letters, in equal paragraphs, from which two articles under one headline are one. A line that one
copy has and the other has not (a by-line, an editor's note) stays far below the rest; reports made from a template share their
headline's form, not the headline."""
EDITIONS_APART = 43_200.0
"""From so many seconds between their dates on, two articles of one headline are editions of a regular report."""
REWRITTEN = 0.25
"""The same share from which a page that moved still shows the same article, rewritten."""
SAME_TITLES = 200
"""Articles of one headline with which an article is compared."""


_SIGNS = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Returns the letters and digits alone, which are equal for texts that differ in spaces, punctuation, case and width."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=16)  # asked for the same text when an article is looked for and when it is kept
def fingerprint(text: str) -> str | None:
    """Returns a hash that is equal for texts of equal letters; None for a text that is too short to tell."""
    letters = folded(text)
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest() if len(letters) >= MIN_LETTERS else None


def timestamp(text: str | None) -> float | None:
    """Returns a date as feeds, sitemaps and records write it, in seconds since 1970; without offset it is taken as UTC. None when it is no date."""
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


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """One written article, as the state has it. Times are in seconds since 1970."""

    id: str
    page: str
    """Key of its page."""
    url: str
    title: str | None
    version: int
    hash: str
    paragraphs: dict[str, int]
    """Short hash of each paragraph, with the number of its letters."""
    published: float | None
    first_at: float
    looked_at: float
    whole_at: float
    """When it was last asked for without validators."""
    etag: str | None
    last_modified: str | None
    due: float | None
    """When it is looked at next; None: never."""
    gone_at: float | None
    """When it was first found to be gone."""
    state: ArticleState
    idle: int
    """Looks on discovery's word that found no change."""
    met: int
    """Number of the run that wrote it last."""

    @classmethod
    def stored(cls, row: ArticleRow) -> KnownArticle:
        """Returns the article of a stored row."""
        return cls(**{**row._asdict(), "paragraphs": msgspec.msgpack.decode(row.paragraphs)})

    def is_same(self, article: Article) -> bool:
        """Returns whether a page still shows this article, perhaps rewritten."""
        return (
            folded(article.title or "") == folded(self.title or "")
            or _shared(self.paragraphs, _paragraphs(article.text)) >= REWRITTEN
        )


class Articles:
    """The written articles of a site's state. The same text on two sites is no duplicate: the one is a repost of the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    def get(self, article_id: str) -> KnownArticle | None:
        """Returns a written article by its id."""
        row = self._database.article(article_id)
        return KnownArticle.stored(row) if row else None

    @property
    def now(self) -> float:
        """The run's time, in seconds since 1970."""
        return self._store.now

    def at_page(self, article_id: str, page: str) -> KnownArticle | None:
        """Returns an article as it is stored by now, if it still has the page of this key."""
        known = self.get(article_id)
        return known if known is not None and known.page == page else None

    def original(self, article: Article) -> KnownArticle | None:
        """Returns the written article that this one repeats; None when it is new."""
        known = self.get(article.id)
        if known is not None:
            return known
        for found in _fingerprints(article):
            for one in self._database.articles_with_fingerprint(found):
                if (known := self.get(one)) is not None:
                    return known
        paragraphs = _paragraphs(article.text)
        published = timestamp(article.published)
        return next(
            (
                one
                for one in self._with_same_title(article)
                if not _different_editions(one.published, published)
                and _shared(one.paragraphs, paragraphs) >= NEAR_DUPLICATE
            ),
            None,
        )

    def _with_same_title(self, article: Article) -> Iterator[KnownArticle]:
        if article.title:
            ids = self._database.articles_with_fingerprint(_title_fingerprint(article), SAME_TITLES)
            yield from (known for one in ids if (known := self.get(one)) is not None)

    def keep(self, article: Article, page: str, headers: dict[str, str], due: float | None) -> None:
        """Keeps an article that is written, the first time or in its next version; ``page`` is its page's key."""
        store, now = self._store, self._store.now
        title = [_title_fingerprint(article)] if article.title else []
        self._database.keep_fingerprints(article.id, [*_fingerprints(article), *title])
        facts: ArticleColumns = {
            "url": article.url,
            "title": article.title,
            "version": article.version,
            "hash": article.content_hash,
            "paragraphs": msgspec.msgpack.encode(_paragraphs(article.text)),
            "published": timestamp(article.published),
            "whole_at": now,
            "etag": headers.get("etag"),
            "last_modified": headers.get("last-modified"),
            "due": due,
            "met": store.run,
        }
        known = self._database.article_summary(article.id)
        if known is None:
            facts["page"], facts["first_at"] = page, now
        state = known.state if known else ArticleState.UNWRITTEN
        store.apply_to_article(article.id, state, ArticleEvent.WRITTEN, **facts)

    def unchanged(
        self,
        known: KnownArticle,
        due: float | None,
        *,
        headers: dict[str, str],
        url: str,
        written: bool,
        on_word: bool,
    ) -> None:
        """A look found the article as it was. ``written``: this run writes it all the same; ``on_word``: discovery spoke of a change."""
        store = self._store
        store.apply_to_article(
            known.id,
            known.state,
            ArticleEvent.UNCHANGED,
            due=due,
            url=url,
            met=store.run if written else known.met,
            idle=known.idle + int(on_word),
            whole_at=store.now,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
        )

    def not_modified(self, known: KnownArticle, due: float | None, *, on_word: bool) -> None:
        """The server said that the article is as it was."""
        self._store.apply_to_article(
            known.id, known.state, ArticleEvent.NOT_MODIFIED, due=due, idle=known.idle + int(on_word)
        )

    def missed(self, known: KnownArticle, due: float | None, gone_at: float | None = None) -> None:
        """A look gave no article; ``gone_at`` is when the page was first found to be gone."""
        self._store.apply_to_article(known.id, known.state, ArticleEvent.MISSED, due=due, gone_at=gone_at)

    def moved(self, known: KnownArticle, url: str, page: str, due: float | None) -> None:
        """The article is at another page now, under its old id."""
        self._store.apply(known.page, PageEvent.ARTICLE_MOVED, article=known.id)
        self._store.apply_to_article(known.id, known.state, ArticleEvent.MOVED, url=url, page=page, due=due)

    def withdraw(self, known: KnownArticle) -> None:
        """The article is gone for good, until it is listed again."""
        self._store.apply_to_article(known.id, known.state, ArticleEvent.WITHDRAWN)

    def inherited(self, article_id: str) -> None:
        """This run writes an article that an earlier run had decided."""
        self._database.change_article(article_id, None, {"met": self._store.run})

    def controls(self, number: int) -> list[str]:
        """Returns pages of living articles that were not looked at in this run, to compare with when others seem to be gone."""
        return self._database.pages_of_live_articles(self._store.run, number)


def _different_editions(one: float | None, other: float | None) -> bool:
    """Returns whether two dates tell two articles of one headline apart: the lottery's numbers of each day have it, and most of the text."""
    return one is not None and other is not None and abs(one - other) > EDITIONS_APART


def _fingerprints(article: Article) -> list[str]:
    found = [f"c{article.site}/{article.content_hash}"] if article.content_hash else []
    text = fingerprint(article.text)  # of the letters alone, so that paragraphs may be divided otherwise
    return [_short(one) for one in [*found, *([f"t{article.site}/{text}"] if text else [])]]


def _title_fingerprint(article: Article) -> str:
    return _short(f"h{article.site}/{folded(article.title or '')}")


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


@lru_cache(maxsize=16)
def _paragraphs(text: str) -> dict[str, int]:
    """Returns the short hash of each paragraph, with the number of its letters."""
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

"""Which articles were written: by identity, and within a site by content."""
from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field

from newscrawl.items import Article

MIN_LETTERS = 120
"""Letters and digits a text needs to be told by its content: shorter ones, such as a stub's standard sentence, agree by chance."""
NEAR = 0.8
"""Share of the longer text's letters, in equal paragraphs, from which two articles under one headline are one. A line that one
copy has and the other has not (a by-line, an editor's note) stays far below the rest; reports made from a template share their
headline's form, not the headline."""


def folded(text: str) -> str:
    """Letters and digits alone: equal for texts that differ in spaces, punctuation, case and width."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def fingerprint(text: str) -> str | None:
    """Equal for texts of equal letters; None for a text too short to tell."""
    letters = folded(text)
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest() if len(letters) >= MIN_LETTERS else None


@dataclass(slots=True)
class _Known:
    article: str
    paragraphs: dict[str, int]


@dataclass(slots=True)
class Articles:
    """The articles of a run. The same text on two sites is no duplicate: the one is a repost of the other."""

    _by_key: dict[tuple[str, ...], str] = field(default_factory=dict)
    _by_title: dict[tuple[str, str], list[_Known]] = field(default_factory=dict)

    def repeats(self, article: Article) -> str | None:
        """The id of the article that this one repeats, None when it is new."""
        known = next((found for key in _keys(article) if (found := self._by_key.get(key))), None)
        if known is not None:
            return known
        paragraphs = _paragraphs(article.text)
        near = (one.article for one in self._by_title.get(_title(article), ()) if _shared(one.paragraphs, paragraphs) >= NEAR)
        return next(near, None)

    def add(self, article: Article) -> None:
        """Remembers an article that is written."""
        for key in _keys(article):
            self._by_key.setdefault(key, article.id)
        if article.title:
            self._by_title.setdefault(_title(article), []).append(_Known(article.id, _paragraphs(article.text)))


def _keys(article: Article) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [("id", article.id)]
    if article.content_hash:
        keys.append(("content", article.site, article.content_hash))
    text = fingerprint(article.text)
    if text:
        keys.append(("text", article.site, text))
    return keys


def _title(article: Article) -> tuple[str, str]:
    return article.site, folded(article.title or "")


def _paragraphs(text: str) -> dict[str, int]:
    """Short hash of each paragraph to its letters."""
    found = [folded(paragraph) for paragraph in text.split("\n\n")]
    return {hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest(): len(letters) for letters in found if letters}


def _shared(one: dict[str, int], other: dict[str, int]) -> float:
    longer = max(sum(one.values()), sum(other.values()))
    if longer < MIN_LETTERS:
        return 0.0
    return sum(size for key, size in one.items() if key in other) / longer

"""Which articles were written: by identity, and within a site by content."""
from __future__ import annotations

import hashlib
import unicodedata

from newscrawl.items import Article

MIN_FINGERPRINT = 120
"""Letters and digits a text needs to be told by its fingerprint: shorter ones, such as a stub's standard sentence, may agree by
chance."""


def fingerprint(text: str) -> str | None:
    """Equal for texts that differ in spaces, punctuation, case and width only; None for a text too short to tell."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(sign for sign in folded if sign.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest() if len(letters) >= MIN_FINGERPRINT else None


class Articles:
    """The articles of a run. The same text on two sites is no duplicate: the one is a repost of the other."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, ...], str] = {}

    def repeats(self, article: Article) -> str | None:
        """The id of the article that this one repeats, None when it is new."""
        return next((known for key in _keys(article) if (known := self._by_key.get(key))), None)

    def add(self, article: Article) -> None:
        """Remembers an article; call it once the article's line is handed to the output."""
        for key in _keys(article):
            self._by_key.setdefault(key, article.id)


def _keys(article: Article) -> list[tuple[str, ...]]:
    keys = [("id", article.id)]
    if article.content_hash:
        keys.append(("content", article.site, article.content_hash))
    shape = fingerprint(article.text)
    if shape:
        keys.append(("text", article.site, shape))
    return keys

"""Where an article goes on when its page is gone or redirects: the pages that may become its own."""
from __future__ import annotations

from newscrawl.seen.articles import Known
from newscrawl.seen.ledger import ADOPTED, Entry, Ledger
from newscrawl.seen.store import Store
from newscrawl.urls import identity


class Moves:
    """Finds an article's new page in a site's state, and makes it that."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    def adoptable(self, url: str, article: str) -> tuple[str, str, bool] | None:
        """The page of a URL as key, URL and whether this run has looked at it, if it can become the article's; None when it is another's."""
        row = self._store.one("SELECT key, state, article, looked FROM pages WHERE key = ?", identity(url))
        if row is None or row["state"] == "record" or row["article"] not in (None, article):
            return None
        return row["key"], url, row["looked"] == self._store.run

    def twin(self, entry: Entry, article: str, url: str) -> tuple[str, str, bool] | None:
        """Another page on which the article was found, likewise."""
        row = self._store.one("SELECT key, url, looked FROM pages WHERE article = ? AND state = 'alias' AND key NOT IN (?, ?) AND reason = 'duplicate' "
                              "ORDER BY looked DESC, key LIMIT 1", article, entry.key, identity(url))
        return (row["key"], row["url"], row["looked"] == self._store.run) if row else None

    def adopt(self, key: str, article: str) -> None:
        """Makes a page the article's own, and looks at it in this run if that was not done yet."""
        # One that bore the article already was read; the target of another page's redirect, which waits for its answer, was not.
        self._store.write("UPDATE pages SET state = 'record', article = ?, reason = CASE article WHEN ? THEN NULL ELSE ? END WHERE key = ?",
                          article, article, ADOPTED, key)
        self._ledger.look_again(key)

    def give_back(self, article: str) -> tuple[str, str] | None:
        """Makes the page that redirected last the article's again, and looks at it likewise; its key and URL."""
        row = self._store.one("SELECT key, url FROM pages WHERE article = ? AND state = 'alias' AND reason = 'redirect' ORDER BY looked DESC, key LIMIT 1", article)
        if row is None:
            return None
        self._store.write("UPDATE pages SET state = 'record', reason = NULL WHERE key = ?", row["key"])
        self._ledger.look_again(row["key"])
        return row["key"], row["url"]

    def adopted(self, entry: Entry) -> None:
        """Gives a candidate the article whose page it became while it was being asked for."""
        row = None if entry.article else self._store.one(
            "SELECT a.* FROM pages p JOIN articles a ON a.id = p.article WHERE p.key = ? AND p.state = 'record' AND a.page = p.key", entry.key)
        if row is not None:
            entry.article, entry.adopted = Known(row), True

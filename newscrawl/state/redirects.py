"""Where redirects lead, and where an article goes on when its page is gone: the pages that may become its own."""

from __future__ import annotations

from newscrawl.state.articles import Known
from newscrawl.state.frontier import ADOPTED, CANDIDATE, Entry, Ledger
from newscrawl.state.store import Store
from newscrawl.urls import identity, origin


class Moves:
    """Finds an article's new page in a site's state, and makes it that."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    def claim(self, url: str, entry: Entry) -> bool:
        """Makes a redirect's target part of the page that led there; False when it has an outcome of its own."""
        store, key = self._store, identity(url)
        if key == entry.key:
            return True
        row = store.one("SELECT via, article, state, reason, claimed, turn, looked FROM pages WHERE key = ?", key)
        if row is None:
            store.write(
                "INSERT INTO pages (key, url, host, scope, state, found, found_at, newest, rank, ord, via, looked) "
                "VALUES (?, ?, ?, '', 'alias', ?, ?, ?, ?, '', ?, ?)",
                key,
                url,
                origin(url),
                store.run,
                store.now,
                store.now,
                CANDIDATE,
                entry.key,
                store.run,
            )
            return True
        idle = row["claimed"] is None and row["turn"] is None and row["looked"] != store.run
        if idle and row["state"] == "rejected" and (row["reason"] or "").startswith("http_"):  # it may be there by now
            store.write(
                "UPDATE pages SET state = 'alias', via = ?, article = NULL, looked = ? WHERE key = ?",
                entry.key,
                store.run,
                key,
            )
            return True
        return row["via"] == entry.key or (entry.article is not None and row["article"] == entry.article.id)

    def unclaim(self, url: str, entry: Entry) -> None:
        """Takes a claim back: the target is another page."""
        self._store.write("DELETE FROM pages WHERE key = ? AND via = ? AND article IS NULL", identity(url), entry.key)

    def adoptable(self, url: str, article: str) -> tuple[str, str, bool] | None:
        """The page of a URL as key, URL and whether this run has looked at it, if it can become the article's; None when it is another's."""
        row = self._store.one("SELECT key, state, article, looked FROM pages WHERE key = ?", identity(url))
        if row is None or row["state"] not in ("waiting", "alias") or row["article"] not in (None, article):
            return None
        return row["key"], url, row["looked"] == self._store.run

    def twin(self, entry: Entry, article: str, url: str) -> tuple[str, str, bool] | None:
        """Another page on which the article was found, likewise."""
        row = self._store.one(
            "SELECT key, url, looked FROM pages WHERE article = ? AND state = 'alias' AND key NOT IN (?, ?) AND reason = 'duplicate' "
            "ORDER BY looked DESC, key LIMIT 1",
            article,
            entry.key,
            identity(url),
        )
        return (row["key"], row["url"], row["looked"] == self._store.run) if row else None

    def adopt(self, key: str, article: str) -> None:
        """Makes a page the article's own, and looks at it in this run if that was not done yet."""
        # One on which this run found the article was read; the target of another page's redirect, which waits for its answer, was not.
        self._store.write(
            "UPDATE pages SET state = 'record', reason = CASE WHEN article = ? AND looked = ? THEN NULL ELSE ? END, article = ? WHERE key = ?",
            article,
            self._store.run,
            ADOPTED,
            article,
            key,
        )
        self._ledger.look_again(key)

    def give_back(self, article: str) -> tuple[str, str] | None:
        """Makes the page that redirected or was gone last the article's again, and looks at it likewise; its key and URL."""
        row = self._store.one(
            "SELECT key, url FROM pages WHERE article = ? AND (state = 'alias' AND reason = 'redirect' OR "
            "state = 'rejected' AND reason IN ('http_404', 'http_410')) ORDER BY looked DESC, key LIMIT 1",
            article,
        )
        if row is None:
            return None
        self._store.write("UPDATE pages SET state = 'record', reason = NULL WHERE key = ?", row["key"])
        self._ledger.look_again(row["key"])
        return row["key"], row["url"]

    def adopted(self, entry: Entry) -> None:
        """Gives a candidate the article whose page it became while it was being asked for."""
        row = (
            None
            if entry.article
            else self._store.one(
                "SELECT a.* FROM pages p JOIN articles a ON a.id = p.article WHERE p.key = ? AND p.state = 'record' AND a.page = p.key",
                entry.key,
            )
        )
        if row is not None:
            entry.article, entry.adopted = Known(row), True

"""Redirects: where they lead, and which page becomes an article's own when its old page redirects or is gone."""

from __future__ import annotations

from typing import NamedTuple

from newscrawl.rejections import Duplicate, HttpStatus, Redirect
from newscrawl.state.articles import KnownArticle
from newscrawl.state.frontier import ADOPTED, Entry, Frontier
from newscrawl.state.store import Store
from newscrawl.state.transitions import PageEvent, PageState
from newscrawl.urls import identity, origin

GONE = (HttpStatus(status=404).name, HttpStatus(status=410).name)
"""Reasons that say that a page is there no longer."""
_HTTP = "http_"
"""How the reasons of all statuses begin."""


class NewPage(NamedTuple):
    """A page that may become an article's own."""

    key: str
    url: str
    looked_at_in_this_run: bool


class Redirects:
    """Finds an article's new page in a site's state, and makes it that."""

    def __init__(self, store: Store, frontier: Frontier) -> None:
        self._store = store
        self._database = store.database
        self._frontier = frontier

    def claim_target(self, url: str, entry: Entry) -> bool:
        """Makes a redirect's target part of the page that leads there. Returns False when the target has an outcome of its own."""
        store, key = self._store, identity(url)
        if key == entry.key:
            return True
        page = self._database.page(key)
        if page is None:
            store.apply_to_unknown(key, PageEvent.REDIRECT_TARGET, url=url, host=origin(url), via=entry.key)
            return True
        idle = page.claimed is None and page.turn is None and page.looked != store.run
        if (
            idle and page.state is PageState.REJECTED and (page.reason or "").startswith(_HTTP)
        ):  # it may be there by now
            store.apply(key, PageEvent.REDIRECT_TARGET, page, via=entry.key, article=None)
            return True
        return page.via == entry.key or (entry.article is not None and page.article == entry.article.id)

    def release_target(self, url: str, entry: Entry) -> None:
        """Takes a claim back: the target is another page."""
        page = self._database.page(identity(url))
        if page is not None and page.via == entry.key and page.article is None:
            self._store.apply(page.key, PageEvent.TARGET_RELEASED, page)

    def adoptable(self, url: str, article: str) -> NewPage | None:
        """Returns the page of a URL, if it can become the article's own; None when it is another article's."""
        page = self._database.page(identity(url))
        if (
            page is None
            or page.state not in (PageState.WAITING, PageState.ALIAS)
            or page.article not in (None, article)
        ):
            return None
        return NewPage(page.key, url, page.looked == self._store.run)

    def duplicate(self, entry: Entry, article: str, url: str) -> NewPage | None:
        """Returns another page on which the article was found."""
        page = self._database.duplicate_page(article, (entry.key, identity(url)), Duplicate.reason)
        return NewPage(page.key, page.url, page.looked == self._store.run) if page else None

    def adopt(self, key: str, article: str) -> None:
        """Makes a page the article's own, and has it asked in this run if that was not done yet."""
        # A page on which this run found the article was read; the target of another page's redirect, which waits for its answer, was not.
        page = self._database.page(key)
        read = page is not None and page.article == article and page.looked == self._store.run
        self._store.apply(key, PageEvent.ADOPTED, page, reason=None if read else ADOPTED, article=article)
        self._frontier.look_again(key)

    def give_back(self, article: str) -> tuple[str, str] | None:
        """Makes the page that redirected or was gone last the article's own again, and has it asked likewise. Returns its key and URL."""
        page = self._database.former_page(article, Redirect.reason, GONE)
        if page is None:
            return None
        self._store.apply(page.key, PageEvent.GIVEN_BACK, page, reason=None)
        self._frontier.look_again(page.key)
        return page.key, page.url

    def adopted_meanwhile(self, entry: Entry) -> None:
        """Gives a candidate the article whose page it became while it was being asked."""
        page = None if entry.article else self._database.page(entry.key)
        article: KnownArticle | None = self._frontier.article_at(page) if page else None
        if article is not None:
            entry.article, entry.adopted = article, True

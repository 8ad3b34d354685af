"""The frontier of one site: every URL that was ever discovered, handed out until it has become a record or a rejection."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import msgspec

from newscrawl.items import Candidate, Evidence
from newscrawl.state.articles import KnownArticle, timestamp
from newscrawl.state.database import ArticleSummary, PageColumns, PageRow
from newscrawl.state.discovery_evidence import (
    Place,
    best_spelling,
    found_position,
    merged_evidence,
    pack,
    unpack,
)
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleEvent, ArticleState, PageEvent, PageState, Priority
from newscrawl.urls import identity, origin

DAY = 86400.0
ADOPTED = "adopted"
"""Reason of a record's page that an article took for its own before the page was read, because the old page redirects there."""
QUARANTINED = "quarantined"
"""Reason of a page with which runs have died."""
FATAL_DEATHS = 2
"""A page with which so many runs have died is asked no more."""
IDLE_LOOKS = 3
"""After so many looks on discovery's word that a page has changed, none of which found a change, that word counts no longer."""
CLOCK_SKEW = 60.0
"""Seconds by which a site's clock may be ahead."""
MAX_DISCOVERIES = 8
"""Spellings and pieces of evidence that are kept of one page."""
_READ = (PageEvent.WRITTEN, PageEvent.UNCHANGED, PageEvent.DUPLICATE)
"""Ends of a page in which its article was read there."""


class Registration(Enum):
    """What became of a URL that discovery named."""

    KNOWN = "known"
    """It was known, and nothing follows from its being listed."""
    ASK_AGAIN = "ask again"
    """It was known, and is asked in this run because it is listed."""
    NEW = "new"
    """It was unknown in all runs until now."""


@dataclass(slots=True)
class Entry:
    """One page that is to be asked, and all that discovery said of it."""

    key: str
    url: str
    evidence: Evidence
    scope: str = ""
    newest: float = 0.0
    priority: Priority = Priority.CANDIDATE
    failures: int = 0
    reported: str | None = None
    """The reason of the rejection that was written for it last."""
    article: KnownArticle | None = None
    """The record that the page has; None for a candidate."""
    adopted: bool = False
    """Its article took it for its own before it was read, because the old page redirects there."""
    ended: bool = field(default=False)


class Frontier:
    """Registers candidates in a site's state, hands pages out and takes them back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database
        self.hosts = self._database.hosts_with_turn(store.parity)
        """Hosts that may have pages to be asked."""

    def register(self, candidate: Candidate, place: Place, scope: str = "") -> Registration:
        """Keeps a candidate, under the identity of its URL."""
        store, key = self._store, identity(candidate.url)
        page = self._database.page(key)
        if page is None:
            host, evidence = origin(candidate.url), candidate.evidence
            position = found_position(place)
            store.apply_to_unknown(
                key,
                PageEvent.LISTED,
                url=candidate.url,
                host=host,
                scope=scope,
                newest=timestamp(evidence.published or evidence.modified) or store.now,
                ord=position,
                sightings=pack([(position, candidate.url, evidence)]),
            )
            self.hosts.add(host)
            return Registration.NEW
        if page.looked == store.run or (_parked(page) and not _newer(page, candidate.evidence)):
            return Registration.KNOWN
        if page.state is PageState.ALIAS and page.via is not None and not store.full:
            return self._register_redirect_target(page, candidate, place)
        if page.state is PageState.WAITING or (store.full and page.state is not PageState.QUARANTINED):
            return self._register_known(page, candidate, place)
        if self._changed_since_look(page, candidate.evidence):
            return self._register_known(page, candidate, place)
        return Registration.KNOWN

    def _register_redirect_target(self, page: PageRow, candidate: Candidate, place: Place) -> Registration:
        """A page to which another one's redirect led is listed itself."""
        article = self._database.article_summary(page.article)
        if (
            article is None or identity(article.url) != page.key
        ):  # no article was read there: it is a candidate like others
            state = self._store.apply(page.key, PageEvent.TARGET_LISTED, page, via=None, article=None)
            self._register_known(page._replace(state=state, via=None, article=None), candidate, place)
            return Registration.NEW
        if self._said_to_have_changed(article, candidate.evidence) and self.look_again(article.page):
            return Registration.ASK_AGAIN
        return Registration.KNOWN

    def _register_known(self, page: PageRow, candidate: Candidate, place: Place) -> Registration:
        """One more spelling or piece of evidence of a page whose turn it is, or has now come."""
        store = self._store
        if page.claimed is not None:
            return Registration.KNOWN
        old = unpack(page.sightings)
        position = found_position(place)
        same = [one for one in old if one[1] == candidate.url and one[2].via == candidate.evidence.via]
        if (
            same
            and page.turn == store.parity
            and min(one[0] for one in same) <= position
            and same[0][2] == candidate.evidence
        ):
            return Registration.KNOWN
        old = [one for one in old if one not in same]
        found = [*old, (position, candidate.url, candidate.evidence)][-MAX_DISCOVERIES:]
        if page.turn is not None:
            # What an earlier run left over keeps its position before what this one found.
            event, position = PageEvent.LISTED_AGAIN, min(page.ord, position)
        else:
            event = PageEvent.LISTED_FOR_OVERWRITE if store.full else PageEvent.LISTED
        store.apply(page.key, event, page, sightings=pack(found), ord=position)
        self.hosts.add(page.host)
        return Registration.KNOWN if page.turn == store.parity else Registration.ASK_AGAIN

    def _changed_since_look(self, page: PageRow, said: Evidence) -> bool:
        """Returns whether discovery says that a page that has ended changed after the last look, or lists again what was gone."""
        if page.state is PageState.REJECTED:
            changed = timestamp(said.modified)
            return bool(changed and page.looked_at and page.looked_at < changed <= self._store.now + CLOCK_SKEW)
        article = self._database.article_summary(page.article) if page.state is PageState.RECORD else None
        return article is not None and article.page == page.key and self._said_to_have_changed(article, said)

    def _said_to_have_changed(self, article: ArticleSummary, said: Evidence) -> bool:
        changed = timestamp(said.modified)
        if article.state is ArticleState.GONE:
            # Listed again, it may be back; a list that goes on naming what is gone costs one look a day.
            return bool((changed or 0) > (article.gone_at or 0) or self._store.now - article.looked_at >= DAY)
        return bool(
            changed and article.idle < IDLE_LOOKS and article.looked_at < changed <= self._store.now + CLOCK_SKEW
        )

    def recheck_due(self) -> int:
        """Gives the articles whose next look is due their turn. Returns how many there are."""
        return sum(self.look_again(key) for key in self._database.due_pages(self._store.now))

    def look_again(self, key: str) -> bool:
        """Gives one article's page its turn in this run. Returns whether it has one now."""
        store, page = self._store, self._database.page(key)
        if page is None or page.looked == store.run:
            return False
        if page.turn != store.parity:
            store.apply(key, PageEvent.DUE, page)
        self.hosts.add(page.host)
        return True

    def take(self, host: str, priority: Priority) -> Entry | None:
        """Hands out the next page of a host and priority, once. With the next commit the state knows that it is in work.

        Of a page with which a run has died the state knows it at once.
        """
        store = self._store
        while (page := self._database.next_page(store.parity, host, priority)) is not None:
            entry = self._entry(page)
            asked = origin(entry.url)
            if asked == host:
                store.apply(entry.key, PageEvent.ASKED, page)
                if priority is Priority.ALONE:
                    store.commit()
                return entry
            # Its better spelling is another host's, at whose pace it is asked.
            self._database.change_page(entry.key, None, {"host": asked})
            self.hosts.add(asked)
        return None

    def take_from_any_host(self, priority: Priority) -> Entry | None:
        """Hands out the next page of any host, in order: for replays, which have no pace to keep."""
        while (host := self._database.next_host(self._store.parity, priority)) is not None:
            if (entry := self.take(host, priority)) is not None:
                return entry
        return None

    def _entry(self, page: PageRow) -> Entry:
        found = unpack(page.sightings)
        entry = Entry(
            page.key,
            page.url,
            merged_evidence(found),
            page.scope,
            page.newest,
            Priority(page.rank),
            page.tries,
            page.reported,
        )
        if page.state is PageState.RECORD:
            entry.article = self.article_at(page)
            if entry.article is not None:
                entry.url = entry.article.url
                entry.adopted = page.reason == ADOPTED
        elif found:
            entry.url = best_spelling(found)
        return entry

    def article_at(self, page: PageRow) -> KnownArticle | None:
        """Returns the article whose own page this is."""
        row = self._database.article(page.article) if page.state is PageState.RECORD and page.article else None
        return KnownArticle.stored(row) if row is not None and row.page == page.key else None

    def retry_at_end(self, entry: Entry) -> None:
        """Takes a page back whose request timed out: it is asked once more in this run, after all others."""
        self._store.apply(entry.key, PageEvent.TIMED_OUT)
        self.hosts.add(origin(entry.url))

    def leave_over(self, entry: Entry, reported: str | None = None) -> None:
        """Leaves a page over for the next run, whose first work it is."""
        self._store.apply(entry.key, PageEvent.LEFT_OVER, **_reported(reported))

    def leave_over_many(self, number: int, reason: str, host: str | None = None) -> list[tuple[str, bool]]:
        """Leaves up to ``number`` pages over at once, of one host or of all.

        Returns their URLs, each with whether the rejection is to be written: for a candidate that was not reported before.
        """
        store = self._store
        pages = self._database.unasked_pages(store.parity, host, number)
        for page in pages:
            first = page.state is not PageState.RECORD and page.reported is None
            store.apply(page.key, PageEvent.LEFT_OVER, page, **_reported(reason if first else None))
        return [
            (page.url, page.state is not PageState.RECORD and (page.reported is None or store.full)) for page in pages
        ]

    def park(self, entry: Entry, newest: float, reported: str | None = None) -> None:
        """Leaves out a page that is too old for this run's bound, until a run whose bound it meets."""
        facts = _reported(reported)
        facts["newest"] = newest
        self._store.apply(entry.key, PageEvent.TOO_OLD, **facts)

    def unpark(self, since: float | None) -> int:
        """Gives the pages that were too old for earlier bounds their turn, as far as they are not older than ``since``."""
        pages = self._database.parked_pages(since or 0.0)
        for page in pages:
            self._store.apply_to_parked(page.key, page.newest)
            self.hosts.add(page.host)
        return len(pages)

    def end(
        self,
        entry: Entry,
        event: PageEvent,
        *,
        reason: str | None = None,
        detail: str | None = None,
        article: str | None = None,
    ) -> None:
        """Ends a page's turn: it is a record, the alias of one, or a rejection."""
        facts: PageColumns = {"reason": reason, "detail": detail, "article": article, "reported": reason}
        if event in (PageEvent.WRITTEN, PageEvent.UNCHANGED, PageEvent.MISSED):
            # What discovery said goes into each later version too; without it, a field that only the feed had would seem to change.
            evidence = msgspec.structs.replace(entry.evidence, text=None)
            facts["sightings"] = pack([("", entry.url, evidence)])
            if (known := self._database.article_summary(article)) is not None:
                facts["host"] = origin(known.url)  # the next look asks where this one ended
        self._store.apply(entry.key, event, **facts)
        if article and event in _READ:
            for target in self._database.redirect_targets(entry.key):
                self._database.change_page(target, None, {"article": article})

    def failed_in_passing(self, entry: Entry, reason: str, detail: str | None) -> None:
        """A look failed for a reason that may pass: the page has its turn again in the next run."""
        self._store.apply(entry.key, PageEvent.FAILED_IN_PASSING, reason=reason, detail=detail, reported=reason)

    def found_at(self, entry: Entry) -> float:
        """When a page was discovered, in seconds since 1970."""
        page = self._database.page(entry.key)
        return page.found_at if page else self._store.now

    def quarantine(self) -> list[Entry]:
        """Ends the pages with which two runs have died, and returns them."""
        store = self._store
        found = [
            self._entry(page) for page in self._database.pages_with_deaths(store.parity, Priority.ALONE, FATAL_DEATHS)
        ]
        for entry in found:
            self.end(entry, PageEvent.CONDEMNED, reason=QUARANTINED)
            if entry.article:
                store.apply_to_article(entry.article.id, entry.article.state, ArticleEvent.PAGE_CONDEMNED)
        return found

    def unasked(self) -> int:
        """Returns how many pages have their turn while nobody works on them."""
        return self._database.count_unasked(self._store.parity)


def _reported(reason: str | None) -> PageColumns:
    return {"reported": reason} if reason is not None else {}


def _parked(page: PageRow) -> bool:
    return page.state is PageState.WAITING and page.turn is None


def _newer(page: PageRow, said: Evidence) -> bool:
    """Returns whether discovery dates a parked page after its own date and after the look that parked it."""
    date = timestamp(said.modified or said.published)
    return date is not None and date > max(page.newest, page.looked_at or 0.0)

"""The outcomes of one site's requests: what the answer to a request for a page means for the state, and which lines it gives.

Each decision is one transaction: the page's place in the frontier, the article's version and the line in the outbox are on disk
together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from newscrawl.crawl.removal_detection import RemovalDetection
from newscrawl.items import Article, Candidate, Evidence
from newscrawl.output.jsonl import encode_article, encode_rejection
from newscrawl.rejections import (
    Duplicate,
    ExtractCrash,
    Gone,
    HostLeftAlone,
    HttpStatus,
    LimitReached,
    Quarantined,
    Redirect,
    Rejection,
)
from newscrawl.state.articles import Articles, KnownArticle, timestamp
from newscrawl.state.frontier import ADOPTED, Entry, Frontier
from newscrawl.state.outbox import RECORD, REJECTION, Outbox
from newscrawl.state.redirects import Redirects
from newscrawl.state.revisit_policy import next_look
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleState, PageEvent
from newscrawl.urls import identity, leads_back

if TYPE_CHECKING:
    from newscrawl.monitor.progress import SiteStats

DAY = 86400.0
LAST = 9_999_999
"""A place behind everything that entry points list."""
TRIES, TRY_DAYS = 10, 3
"""A page is given up that has failed so often, over so many days, for reasons that may pass."""
BATCH = 200
"""So many pages are left over in one transaction."""
EARLY = 6 * 3600.0
"""For so many seconds a page that its feed announced today may be missing."""


@dataclass(slots=True)
class PageResult:
    """What the request for a page gave."""

    outcome: Article | Rejection | None
    """None stands for status 304: not modified."""
    headers: dict[str, str] = field(default_factory=dict)
    redirected: bool = False
    transient: bool = False
    """Whether a rejection may have passed when the page is asked for again."""
    lesson: bool | None = None
    """What the page's verdict says of its URL's pattern (:func:`teaches`)."""
    parked: float | None = None
    """The page's date, where it is left out because it is older than the run's bound."""
    archived: str | None = None
    """The response's record in the run's archive."""


@dataclass(slots=True, eq=False)
class Delivery:
    """An item on its way to the outputs. ``fresh``: new or changed, as appended outputs want it; ``row``: its line in the outbox."""

    item: Any
    """An article or a rejection; of an earlier run also what item pipelines made of an article."""
    outbox: Outbox
    stats: SiteStats
    fresh: bool = True
    row: int | None = None
    changed: bool = False
    """Whether it is a new version of a known article."""


class Outcomes:
    """Writes what the pages of one site gave into its state."""

    def __init__(
        self,
        store: Store,
        stats: SiteStats,
        run_id: str,
        revisit: tuple[float, ...],
        withdraw_after: float,
        *,
        pipelines: bool = False,
    ) -> None:
        """``pipelines``: whether articles pass item pipelines of the user's own before their lines are what is to be written."""
        self.store = store
        self.frontier = Frontier(store)
        self.redirects = Redirects(store, self.frontier)
        self.articles = Articles(store)
        self.outbox = Outbox(store)
        self.stats = stats
        self._run_id = run_id
        self._pipelines = pipelines
        self._revisit = revisit
        self.removals = RemovalDetection(self.articles, stats, revisit, withdraw_after)

    def settle(self, entry: Entry, result: PageResult) -> list[Delivery]:
        """Ends a page's turn, all of it or nothing, within the open transaction; the items may leave when that is committed.

        Raises :data:`~newscrawl.state.database.DatabaseError` when the state cannot be written; the page then keeps its turn.
        """
        if entry.ended:
            return []
        with self.store.atomic():
            self.redirects.adopted_meanwhile(entry)
            if entry.article is not None:
                known = self.articles.at_page(
                    entry.article.id, entry.key
                )  # as it is by now: another page of this run may have changed it
                found = self._rechecked(entry, known, result) if known else self._departed(entry, entry.article, result)
            elif isinstance(result.outcome, Article):
                found = self._found(entry, result.outcome, result)
            else:
                found = self._rejected(
                    entry,
                    result.outcome or ExtractCrash(url=entry.url, detail="status 304 to an unconditional request"),
                    result,
                )
        entry.ended = True
        return found

    def _found(self, entry: Entry, article: Article, result: PageResult) -> list[Delivery]:
        """A candidate gave an article, which is new or known."""
        known = self.articles.original(article)
        own = identity(article.url)
        if (
            known is not None
            and known.id == article.id != own
            and known.page != entry.key
            and not known.is_same(article)
        ):
            article.id = own  # a canonical URL that different articles declare tells nothing
            known = self.articles.original(article)
        if known is None:
            article.version = 1
            self._keep(entry, article, result)
            return [self._deliver(article)]
        if known.page == entry.key:  # its record is older than its page's state, which somebody made forget it
            return self._compared(entry, known, article, result)
        if known.state is ArticleState.GONE or known.gone_at is not None:
            return self._moved(entry, known, article, result)
        if self.store.full and known.met != self.store.run:
            self.frontier.look_again(known.page)  # the file is to hold the article that this page repeats
        self.frontier.end(entry, PageEvent.DUPLICATE, reason=Duplicate.reason, detail=known.id, article=known.id)
        return [self._deliver(Duplicate(url=entry.url, detail=known.id, fetched_at=article.fetched_at))]

    def _moved(self, entry: Entry, known: KnownArticle, article: Article, result: PageResult) -> list[Delivery]:
        """An article whose old page is gone is found under a new URL: it keeps its id."""
        gone, same = known.state is ArticleState.GONE, article.content_hash == known.hash
        self.articles.moved(known, article.url, entry.key, self._next(known.published, known.first_at))
        if same and not gone:
            self.frontier.end(entry, PageEvent.UNCHANGED, article=known.id)
            return [self._deliver(Duplicate(url=entry.url, detail=known.id, fetched_at=article.fetched_at))]
        article.id, article.version = known.id, known.version + 1
        self._keep(entry, article, result)
        return [self._deliver(article, changed=True)]

    def _rechecked(self, entry: Entry, known: KnownArticle, result: PageResult) -> list[Delivery]:
        """A written article was asked again."""
        self.removals.looked()
        outcome, other = result.outcome, False
        if isinstance(outcome, Article) and entry.adopted and not known.is_same(outcome):
            self._give_back(known)
            return self._found(entry, outcome, result)
        if isinstance(outcome, Article) and result.redirected and not known.is_same(outcome):
            other = True  # than the article, and it may be an article of its own
            self.redirects.release_target(outcome.url, entry)
            if not leads_back(outcome.url, entry.url):
                self.frontier.register(Candidate(url=outcome.url, evidence=Evidence(via="section")), (LAST,))
            outcome = Redirect(url=entry.url, detail=outcome.url, fetched_at=outcome.fetched_at)
        if outcome is None:
            self.articles.not_modified(known, self._next(known.published, known.first_at), on_word=self._on_word(known))
            self.frontier.end(entry, PageEvent.UNCHANGED, article=known.id)
            self.stats.add("unchanged")
            return []
        if isinstance(outcome, Article):
            return self._compared(entry, known, outcome, result)
        if other or not self._moved_on(entry, known, outcome):
            if entry.adopted and not result.transient and self._give_back(known):
                entry.article = None
                return self._rejected(entry, outcome, result)
            self.removals.missed(entry, known, outcome, result.transient)
            self.frontier.end(entry, PageEvent.MISSED, article=known.id, reason=ADOPTED if entry.adopted else None)
        return [self._deliver(outcome)] if self.store.full else []

    def _departed(self, entry: Entry, known: KnownArticle, result: PageResult) -> list[Delivery]:
        """The article went to another page while this one was being asked."""
        entry.article, entry.adopted = None, False
        if isinstance(result.outcome, Article):
            return self._found(entry, result.outcome, result)
        reason = result.outcome.name if result.outcome else None
        self.frontier.end(entry, PageEvent.DEPARTED, reason=reason, article=known.id)
        return []

    def _give_back(self, known: KnownArticle) -> bool:
        """The page that was adopted does not have the article: it is again where it was before."""
        former = self.redirects.give_back(known.id)
        if former is None:
            self.articles.missed(known, None, known.gone_at)
            return False
        self.articles.moved(known, former[1], former[0], self._next(known.published, known.first_at))
        return True

    def _moved_on(self, entry: Entry, known: KnownArticle, outcome: Rejection) -> bool:
        """Returns whether the article goes on under another URL: one that its old page redirects to, or a twin of a page that is gone."""
        page = None
        if isinstance(outcome, Redirect) and outcome.detail:
            page = self.redirects.adoptable(outcome.detail, known.id)
        elif isinstance(outcome, HttpStatus) and outcome.status in (404, 410) and known.state is not ArticleState.GONE:
            page = self.redirects.duplicate(entry, known.id, known.url)
        if page is None:
            return False
        key, url, looked = page
        event = PageEvent.REDIRECTED if isinstance(outcome, Redirect) else PageEvent.GONE
        self.frontier.end(entry, event, reason=outcome.name, article=known.id)
        # One that was looked at already may have held a change, which the next run sees.
        self.articles.moved(known, url, key, self.store.now if looked else self._next(known.published, known.first_at))
        self.redirects.adopt(key, known.id)
        return True

    def _compared(self, entry: Entry, known: KnownArticle, article: Article, result: PageResult) -> list[Delivery]:
        """The page of a written article shows it again, the same or changed."""
        article.id = known.id
        back = known.state is ArticleState.GONE
        if article.content_hash == known.hash and not back:
            article.version = known.version
            due = self._next(known.published, known.first_at)
            write = self.store.full and known.met != self.store.run
            self.articles.unchanged(
                known, due, headers=result.headers, url=article.url, written=write, on_word=self._on_word(known)
            )
            self.frontier.end(entry, PageEvent.UNCHANGED, article=known.id)
            self.stats.add("unchanged")
            return [self._deliver(article, fresh=False)] if write else []
        article.version = known.version + 1
        self._keep(entry, article, result)
        return [self._deliver(article, changed=True)]

    def _on_word(self, known: KnownArticle) -> bool:
        """Returns whether the article was asked although that was not due, because a feed or sitemap spoke of a change."""
        return not self.store.full and (known.due is None or known.due > self.store.now)

    def _rejected(self, entry: Entry, outcome: Rejection, result: PageResult) -> list[Delivery]:
        """A candidate gave no article. Where the failure may pass, it stays a candidate."""
        age = self.store.now - self.frontier.found_at(entry)
        # A feed may be ahead of its pages; 404 of what was published today is asked again for a while.
        early = (
            isinstance(outcome, HttpStatus) and outcome.status == 404 and self._published_today(entry) and age < EARLY
        )
        if early or (result.transient and not (entry.failures >= TRIES and age > TRY_DAYS * DAY)):
            self.frontier.failed_in_passing(entry, outcome.name, outcome.detail)
            known = entry.reported not in (None, LimitReached.reason, HostLeftAlone.reason)
        else:
            self.frontier.end(entry, PageEvent.REJECTED, reason=outcome.name, detail=outcome.detail)
            known = entry.reported == outcome.name
        return [] if known and not self.store.full else [self._deliver(outcome)]

    def _published_today(self, entry: Entry) -> bool:
        said = timestamp(entry.evidence.published)
        return said is not None and 0 <= self.store.now - said < DAY

    def leave(self, entry: Entry, outcome: Rejection, *, parked: float | None = None) -> list[Delivery]:
        """Leaves a page over for a later run; ``parked`` is its date where that is the reason. It does not commit, because there may be thousands."""
        first = entry.article is None and (entry.reported is None or self.store.full)
        reason = outcome.name if first else None
        if parked is not None:
            self.frontier.park(entry, parked, reason)
        else:
            self.frontier.leave_over(entry, reason)
        self.stats.add("left_over")
        entry.ended = True
        return [self._deliver(outcome)] if first else []

    def leave_many(self, kind: type[Rejection], why: str, now: str, host: str | None = None) -> list[Delivery] | None:
        """Does the same for a batch of pages, in one transaction. Returns None when no page is left."""
        left = self.frontier.leave_over_many(BATCH, kind.reason, host)
        lines = [self._deliver(kind(url=url, detail=why, fetched_at=now)) for url, first in left if first]
        self.store.commit()
        self.stats.add("left_over", len(left))
        return lines if left else None

    def quarantine(self, now: str) -> list[Delivery]:
        """Ends the pages with which two runs have died."""
        found = self.frontier.quarantine()
        lines = [
            self._deliver(Quarantined(url=entry.url, detail="two runs died while they worked on it", fetched_at=now))
            for entry in found
        ]
        self.store.commit()
        return lines

    def gone(self) -> list[Delivery]:
        """Gives the lines of the articles that two looks found gone."""
        found = self.removals.decide()
        lines = [
            self._deliver(Gone(url=entry.url, detail=known.id, fetched_at=fetched_at))
            for entry, known, fetched_at in found
        ]
        self.store.commit()
        return lines

    def _keep(self, entry: Entry, article: Article, result: PageResult) -> None:
        first = self.articles.get(article.id)
        due = self._next(timestamp(article.published), first.first_at if first else self.store.now)
        self.articles.keep(article, entry.key, result.headers, due)
        self.frontier.end(entry, PageEvent.WRITTEN, article=article.id)

    def _next(self, published: float | None, first_at: float) -> float | None:
        return next_look(published, first_at, self.store.now, self._revisit)

    def _deliver(self, item: Article | Rejection, *, fresh: bool = True, changed: bool = False) -> Delivery:
        """Puts the item's line into the outbox, where a later run would have to write it."""
        item.run_id = self._run_id
        delivery = Delivery(item, self.outbox, self.stats, fresh, changed=changed)
        if fresh:
            if isinstance(item, Article):
                delivery.row = self.outbox.put(
                    RECORD, f"{item.id}/{item.version}", encode_article(item), passed=not self._pipelines
                )
            else:
                delivery.row = self.outbox.put(REJECTION, f"{item.name} {item.url}", encode_rejection(item))
        return delivery

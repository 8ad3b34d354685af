"""Removal detection: which written articles their site has withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newscrawl.rejections import HttpStatus, Rejection
from newscrawl.state.articles import Articles, KnownArticle
from newscrawl.state.frontier import Entry
from newscrawl.state.revisit_policy import SOON, next_look
from newscrawl.state.transitions import ArticleState

if TYPE_CHECKING:
    from newscrawl.monitor.progress import SiteStats

CONTROLS = 10
"""So many other articles are looked at when nothing else tells a removal from trouble of the whole site."""


class RemovalDetection:
    """Counts how often one run finds a site's written articles and how often it does not. ``revisit`` and ``after`` (``WITHDRAW_AFTER``) are in seconds."""

    def __init__(self, articles: Articles, stats: SiteStats, revisit: tuple[float, ...], after: float) -> None:
        self._articles = articles
        self._stats = stats
        self._revisit = revisit
        self._after = after
        self._suspects: list[tuple[Entry, KnownArticle, str | None]] = []
        self._looks = self._missed = 0

    def looked(self) -> None:
        """Counts one more look at a written article."""
        self._looks += 1
        self._stats.add("rechecks")

    def missed(self, entry: Entry, known: KnownArticle, outcome: Rejection, transient: bool) -> None:
        """Keeps what a look that found no article means for the article, and when the next look is due."""
        now = self._articles.now
        if known.state is ArticleState.GONE:
            self._articles.missed(known, None, known.gone_at)
            return
        if isinstance(outcome, HttpStatus) or transient:
            self._missed += 1
            self._stats.add("rechecks_failed")
        if not (isinstance(outcome, HttpStatus) and outcome.status in (404, 410)):
            # In passing, but for how long: the looks thin out with the time for which the page could not be read.
            due = (
                now + max(SOON, (now - known.whole_at) / 8)
                if transient
                else next_look(known.published, known.first_at, now, self._revisit)
            )
            self._articles.missed(known, due, known.gone_at if transient else None)
            return
        first = known.gone_at if known.gone_at is not None else now
        if known.gone_at is not None and now - first >= self._after:
            self._suspects.append((entry, known, outcome.fetched_at))
        self._articles.missed(known, max(now, first + self._after), first)

    def controls(self) -> int:
        """Returns how many living articles have to be looked at before removals can be believed: at most half of all looks may have failed."""
        return min(CONTROLS, max(0, 2 * self._missed - self._looks)) if self._suspects else 0

    def decide(self) -> list[tuple[Entry, KnownArticle, str | None]]:
        """Withdraws the articles that two looks found gone. Returns them with their pages' entries and the times of the last looks.

        When most looks failed, none is withdrawn, because then the site is in trouble and not the article.
        """
        believed = 2 * self._missed <= self._looks
        suspects = [
            one for one in self._suspects if self._articles.at_page(one[1].id, one[0].key)
        ]  # others were found elsewhere since
        for _, known, _ in suspects:
            if believed:
                self._articles.withdraw(known)
                self._stats.add("gone")
            else:
                self._articles.missed(known, self._articles.now + self._after, known.gone_at)
        self._suspects = []
        return suspects if believed else []

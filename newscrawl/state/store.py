"""One site's state as one run sees it: the run's number and time, its transactions, what happens to pages, and its notes.

What belongs to one page (its place in the frontier, its article's version, its line in the outbox) is written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Unpack

import msgspec

from newscrawl.state.database import ArticleColumns, Database, PageColumns, PageRow
from newscrawl.state.discovery_evidence import left_over_position
from newscrawl.state.transitions import (
    ArticleEvent,
    ArticleState,
    Count,
    EvidenceEffect,
    Given,
    PageEffects,
    PageEvent,
    PageState,
    Position,
    Priority,
    Turn,
    article_after,
    page_after,
)

NOTE_SECONDS = 1.0
"""For so long notes may wait for a page's transaction to take them along."""
KEPT_RUNS = 1000
LONGEST_WAIT = 400 * 86400.0
"""Seconds beyond which no look is put off: only a clock that stood in the future can have done that."""


class Store:
    """One site's state, held by one run at a time (:mod:`newscrawl.state.lock`). Implements ``items.Notes``."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        """Opens or makes the file; with ``path`` None everything is kept in memory. ``clock`` gives seconds since 1970.

        Raises :class:`newscrawl.state.database.StateError`.
        """
        self.path = path
        self.database = Database(path)
        self._clock = clock
        self.run = 0
        """Number of this run, from 1."""
        self.parity = 0
        """The turn of the pages that are asked in this run."""
        self.full = False
        """Whether everything that is met is asked and written, known or not (``-O``)."""

    def begin_run(self, run_id: str, full: bool = False) -> None:
        """Opens a run: pages that a dead run was working on are free again, each with one death more."""
        database, last = self.database, self.database.last_run()
        ended_well = last is None or last.ended is not None
        self.run, self.full = (last.number + 1 if last else 1), full
        self.parity = 0 if last is None else 1 - last.parity if ended_well else last.parity
        if not ended_well:  # what the dead run had left over for its successor has its turn as well
            database.change_turns(1 - self.parity, self.parity)
        effects = _effects_in_every_state(PageEvent.RUN_DIED)
        assert effects.turn is Turn.THIS_RUN and effects.priority is not None and effects.deaths is Count.ADD
        database.release_after_death(self.parity, effects.priority)
        database.pull_in_looks(self.now + LONGEST_WAIT, self.now)
        database.add_run(self.run, run_id, self.now, self.parity, full)
        self.commit()

    def end_run(self) -> None:
        """Closes a run that came to its end, also an early one: what it worked on is free again, without a death."""
        effects = _effects_in_every_state(PageEvent.RUN_ENDED)
        assert effects.released and effects.turn is Turn.NEXT_RUN
        self.database.release_pages()
        self.database.change_turns(self.parity, 1 - self.parity)
        self.database.end_run(self.run, self.now, KEPT_RUNS)
        self.commit()

    @property
    def now(self) -> float:
        """The run's time in seconds since 1970."""
        return self._clock()

    def close(self) -> None:
        """Ends the connection; what was not committed is lost."""
        self.database.close()

    def commit(self) -> None:
        """Makes what was written since the last commit durable, all of it or nothing."""
        self.database.commit()

    def rollback(self) -> None:
        """Takes back what was not committed."""
        self.database.rollback()

    def atomic(self) -> AbstractContextManager[None]:
        """Keeps, within the open transaction, all changes of a block or none of them."""
        return self.database.atomic()

    def apply(self, key: str, event: PageEvent, page: PageRow | None = None, **facts: Unpack[PageColumns]) -> PageState:
        """Writes what an event makes of a page, with the facts that belong to the event. Returns the page's state after it.

        ``page`` is the page as it is stored, where the caller has just read it.
        """
        page = page or self.database.page(key)
        state = page.state if page else PageState.UNKNOWN
        failures = page.tries if page else 0
        newest = facts.get("newest", page.newest if page else self.now)
        return self._write(key, state, event, newest, failures, facts)

    def apply_to_unknown(self, key: str, event: PageEvent, **facts: Unpack[PageColumns]) -> None:
        """Does the same for a page of which the caller has just seen that the state does not have it."""
        self._write(key, PageState.UNKNOWN, event, facts.get("newest", self.now), 0, facts)

    def apply_to_parked(self, key: str, newest: float) -> None:
        """Does the same for a parked page that is within this run's bound: there may be very many, so their rows are not read."""
        self._write(key, PageState.WAITING, PageEvent.WITHIN_BOUND, newest, 0, {})

    def _write(
        self, key: str, state: PageState, event: PageEvent, newest: float, failures: int, facts: PageColumns
    ) -> PageState:
        found = page_after(state, event)
        if found is None:
            return state
        goal, effects = found
        columns = self._columns(key, effects, newest, failures)
        columns.update(facts)
        if goal is PageState.UNKNOWN:
            self.database.delete_page(key)
        elif state is PageState.UNKNOWN:
            first: PageColumns = {
                "scope": "",
                "found": self.run,
                "found_at": self.now,
                "newest": newest,
                "rank": Priority.CANDIDATE,
                "ord": "",
            }
            first.update(columns)
            self.database.add_page(key, goal, first)
        else:
            self.database.change_page(key, goal if goal is not state else None, columns)
        return goal

    def _columns(self, key: str, effects: PageEffects, newest: float, failures: int) -> PageColumns:
        """Returns the columns that an event's effects change; a position or evidence that the run found is among the event's facts."""
        columns: PageColumns = {}
        if effects.turn is not None:
            columns["turn"] = {Turn.NONE: None, Turn.THIS_RUN: self.parity, Turn.NEXT_RUN: 1 - self.parity}[
                effects.turn
            ]
        if effects.priority is not None:
            columns["rank"] = effects.priority
        if effects.position in (Position.LEFT_OVER, Position.DUE):
            columns["ord"] = left_over_position(newest, key if effects.position is Position.LEFT_OVER else "")
        if effects.evidence is EvidenceEffect.DROPPED:
            columns["sightings"] = None
        if effects.taken or effects.released:
            columns["claimed"] = self.run if effects.taken else None
        if effects.seen or effects.answered:
            columns["looked"] = self.run
        if effects.answered:
            columns["looked_at"] = self.now
        if effects.deaths is Count.RESET:
            columns["deaths"] = 0
        if effects.failures is not None:
            columns["tries"] = failures + 1 if effects.failures is Count.ADD else 0
        return columns

    def apply_to_article(
        self, article_id: str, state: ArticleState, event: ArticleEvent, **facts: Unpack[ArticleColumns]
    ) -> None:
        """Writes what an event makes of an article, with the facts that belong to the event. ``state`` is the article's as it is stored."""
        found = article_after(state, event)
        if found is None:
            return
        goal, effects = found
        columns = facts
        if effects.due is not Given.GIVEN:
            columns.pop("due", None)
        if effects.due is Given.CLEARED:
            columns["due"] = None
        if effects.gone_at is not Given.GIVEN:
            columns.pop("gone_at", None)
        if effects.gone_at is Given.CLEARED:
            columns["gone_at"] = None
        if effects.validators is Given.CLEARED:
            columns["etag"] = columns["last_modified"] = None
        if effects.looked_at:
            columns["looked_at"] = self.now
        if effects.idle is Count.RESET:
            columns["idle"] = 0
        if state is ArticleState.UNWRITTEN:
            self.database.add_article(article_id, goal, columns)
        else:
            self.database.change_article(article_id, goal if goal is not state else None, columns)

    def note(self, kind: str, key: str) -> Any:
        """Returns what was remembered; None when nothing was."""
        value = self.database.note(kind, key)
        return msgspec.msgpack.decode(value) if value is not None else None

    def remember(self, kind: str, key: str, value: Any) -> None:
        """Keeps JSON types; None forgets."""
        if value is None:
            self.database.delete_note(kind, key)
        else:
            self.database.keep_note(kind, key, msgspec.msgpack.encode(value), self.now)
        if self.database.open_for > NOTE_SECONDS:
            self.commit()


def _effects_in_every_state(event: PageEvent) -> PageEffects:
    """Returns the effects of an event that is written for all pages at once, because it has the same in every stored state."""
    found = {page_after(state, event) for state in PageState if state is not PageState.UNKNOWN}
    effects = {one[1] for one in found if one}
    assert None not in found and len(effects) == 1
    return effects.pop()

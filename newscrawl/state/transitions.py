"""The state machine of pages and articles: what an event makes of a state, and which effects it has.

Everything here is pure: no SQL, no clock, no look at the network. The frontier, the redirects and the outcomes of requests decide
*which* event has happened; this module alone decides what the event means, and :class:`newscrawl.state.store.Store` writes that down.
What ``scrapy state forget`` deletes is deleted whatever its state is.

In the two tables a cell names the state after the event. ``=`` says that the state stays as it is and that the effects apply, ``-`` that
the event means nothing in that state: nothing is written then. ``.`` leaves a thing as it is. ``rank`` as a priority is ``recheck`` for
a record and ``candidate`` for every other page. A test compares the tables with :func:`page_after` and :func:`article_after` for
every pair of state and event.

Pages::

    event                | unknown | waiting     | record      | alias       | rejected    | quarantined | turn     | priority  | effects
    listed               | waiting | =           | =           | =           | =           | -           | this run | rank      | position found
    listed for overwrite | -       | =           | =           | =           | =           | -           | this run | candidate | position found
    listed again         | -       | =           | =           | =           | =           | -           | this run | .         | position found
    target listed        | -       | -           | -           | waiting     | -           | -           | .        | .         | .
    due                  | -       | =           | =           | =           | =           | =           | this run | recheck   | position due
    within bound         | -       | =           | -           | -           | -           | -           | this run | candidate | position left over
    asked                | -       | =           | =           | =           | =           | =           | .        | .         | taken
    timed out            | -       | =           | =           | =           | =           | =           | .        | retry     | released
    left over            | -       | =           | =           | =           | =           | =           | next run | rank      | position left over, released, deaths reset
    too old              | -       | =           | =           | =           | =           | =           | none     | .         | released, answered, deaths reset
    failed in passing    | -       | =           | =           | =           | =           | =           | next run | rank      | position left over, released, answered, deaths reset, failures add
    written              | -       | record      | =           | record      | record      | record      | none     | .         | evidence condensed, released, answered, deaths reset, failures reset
    unchanged            | -       | record      | =           | record      | record      | record      | none     | .         | evidence condensed, released, answered, deaths reset, failures reset
    missed               | -       | record      | =           | record      | record      | record      | none     | .         | evidence condensed, released, answered, deaths reset, failures reset
    duplicate            | -       | alias       | alias       | =           | alias       | alias       | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    redirected           | -       | alias       | alias       | =           | alias       | alias       | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    departed             | -       | alias       | alias       | =           | alias       | alias       | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    gone                 | -       | rejected    | rejected    | rejected    | =           | rejected    | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    rejected             | -       | rejected    | rejected    | rejected    | =           | rejected    | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    condemned            | -       | quarantined | quarantined | quarantined | quarantined | =           | none     | .         | evidence dropped, released, answered, deaths reset, failures reset
    redirect target      | alias   | -           | -           | -           | alias       | -           | .        | .         | seen
    target released      | -       | unknown     | unknown     | unknown     | unknown     | unknown     | .        | .         | .
    adopted              | -       | record      | -           | record      | -           | -           | .        | .         | .
    given back           | -       | -           | -           | record      | record      | -           | .        | .         | .
    article moved        | -       | -           | alias       | -           | -           | -           | none     | .         | .
    run ended            | -       | =           | =           | =           | =           | =           | next run | .         | released
    run died             | -       | =           | =           | =           | =           | =           | this run | alone     | released, deaths add

Articles::

    event          | unwritten | live | gone | effects
    written        | live      | =    | live | due given, gone_at cleared, validators given, looked_at, idle reset
    unchanged      | -         | =    | -    | due given, gone_at cleared, validators given, looked_at
    not modified   | -         | =    | =    | live: due given, gone_at cleared, looked_at; gone: due cleared, looked_at
    missed         | -         | =    | =    | due given, gone_at given, looked_at
    moved          | -         | =    | live | due given, gone_at cleared, validators cleared, looked_at
    withdrawn      | -         | gone | =    | due cleared
    page condemned | -         | =    | =    | due cleared
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, StrEnum


class PageState(StrEnum):
    """What a page has become. All but the first are stored."""

    UNKNOWN = "unknown"
    """The state has no row for the page."""
    WAITING = "waiting"
    """It is a candidate that has neither given a record nor been rejected for good."""
    RECORD = "record"
    """It is the page of a written article."""
    ALIAS = "alias"
    """It shows or leads to an article that has another page."""
    REJECTED = "rejected"
    """It gave no article, for a reason that does not pass by itself."""
    QUARANTINED = "quarantined"
    """Two runs have died while they worked on it."""


class PageEvent(StrEnum):
    """What can happen to a page."""

    LISTED = "listed"
    """Discovery names a page that has no turn, and the page is to be asked because of that."""
    LISTED_FOR_OVERWRITE = "listed for overwrite"
    """The same of a known page in a run that writes everything anew: a record is no recheck there, it is asked like a candidate."""
    LISTED_AGAIN = "listed again"
    """Discovery says more about a page that already has a turn."""
    TARGET_LISTED = "target listed"
    """Discovery names the target of an earlier redirect, at which no article was found: it becomes a candidate of its own."""
    DUE = "due"
    """The article's next look has come, or something else asks for a look in this run."""
    WITHIN_BOUND = "within bound"
    """The page was too old for the bounds of earlier runs and is not for this one's."""
    ASKED = "asked"
    """The run begins to work on it."""
    TIMED_OUT = "timed out"
    """The first request timed out: the page is asked once more at the end of the run."""
    LEFT_OVER = "left over"
    """A bound of the run, or a host that is left alone, puts it off until the next run."""
    TOO_OLD = "too old"
    """It is older than the run's bound; it stays out until a run whose bound it meets."""
    FAILED_IN_PASSING = "failed in passing"
    """It gave no article for a reason that may pass by itself."""
    WRITTEN = "written"
    """It gave an article, or a new version of one, that is written."""
    UNCHANGED = "unchanged"
    """Its article is as it was."""
    MISSED = "missed"
    """Its written article was not found there this time."""
    DUPLICATE = "duplicate"
    """It gave an article that another page has."""
    REDIRECTED = "redirected"
    """It redirects to the page at which its article goes on."""
    DEPARTED = "departed"
    """Its article went to another page while it was being asked."""
    GONE = "gone"
    """It is gone, and its article goes on at another page that showed it."""
    REJECTED = "rejected"
    """It gave no article, for good."""
    CONDEMNED = "condemned"
    """Two runs have died while they worked on it."""
    REDIRECT_TARGET = "redirect target"
    """Another page's redirect leads to it, and it has no outcome of its own in this run."""
    TARGET_RELEASED = "target released"
    """That redirect led to something else than its article, so that the target is a page of its own."""
    ADOPTED = "adopted"
    """An article takes it for its own page."""
    GIVEN_BACK = "given back"
    """An article returns to it, because the page that was adopted does not have it."""
    ARTICLE_MOVED = "article moved"
    """Its article is at another page now."""
    RUN_ENDED = "run ended"
    """The run came to its end while the page still had its turn."""
    RUN_DIED = "run died"
    """The run was killed while it worked on the page."""


class Priority(IntEnum):
    """The order in which a run asks pages, as it is stored."""

    CANDIDATE = 0
    RECHECK = 1
    RETRY = 2
    """Once more, after a time-out."""
    ALONE = 3
    """While nothing else is in work, because a run has died with the page."""


class Turn(Enum):
    """In which run a page is asked next."""

    NONE = "none"
    THIS_RUN = "this run"
    NEXT_RUN = "next run"


class Position(Enum):
    """Where a page stands within its priority."""

    FOUND = "found"
    """Where this run found it, unless it stood further in front already."""
    LEFT_OVER = "left over"
    """Before all that this run finds, the newest first, and pages of one age by their key."""
    DUE = "due"
    """The same; pages of one age in any order."""


class EvidenceEffect(Enum):
    """What becomes of that which discovery said of a page."""

    CONDENSED = "condensed"
    """It is kept as one piece of evidence, for the article's later versions."""
    DROPPED = "dropped"


class Count(Enum):
    """What becomes of a counter."""

    RESET = "reset"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class PageEffects:
    """What an event changes besides the page's state. None and False leave a thing as it is."""

    turn: Turn | None = None
    priority: Priority | None = None
    position: Position | None = None
    evidence: EvidenceEffect | None = None
    taken: bool = False
    """The run works on the page from now on."""
    released: bool = False
    """No run works on the page any more."""
    seen: bool = False
    """The run has met the page and does not ask it on its own account."""
    answered: bool = False
    """The same, and the page has been looked at: the time is kept."""
    deaths: Count | None = None
    failures: Count | None = None


NO_PAGE_EFFECTS = PageEffects()


@dataclass(frozen=True, slots=True)
class _PageRule:
    goals: Mapping[PageState, PageState]
    effects: PageEffects = NO_PAGE_EFFECTS
    ranked: bool = False
    """The priority is the page's rank: recheck for a record, candidate for all others."""


_STORED = tuple(state for state in PageState if state is not PageState.UNKNOWN)


def _stays(*states: PageState) -> dict[PageState, PageState]:
    return {state: state for state in states or _STORED}


def _becomes(goal: PageState, *states: PageState) -> dict[PageState, PageState]:
    return dict.fromkeys(states or _STORED, goal)


_LISTABLE = _stays(PageState.WAITING, PageState.RECORD, PageState.ALIAS, PageState.REJECTED)
_LISTED = PageEffects(turn=Turn.THIS_RUN, position=Position.FOUND)
_PUT_OFF = PageEffects(turn=Turn.NEXT_RUN, position=Position.LEFT_OVER, released=True, deaths=Count.RESET)
_ENDED = PageEffects(
    turn=Turn.NONE,
    evidence=EvidenceEffect.DROPPED,
    released=True,
    answered=True,
    deaths=Count.RESET,
    failures=Count.RESET,
)
_LOOKED_AT = replace(_ENDED, evidence=EvidenceEffect.CONDENSED)

_PAGE_RULES: dict[PageEvent, _PageRule] = {
    PageEvent.LISTED: _PageRule({PageState.UNKNOWN: PageState.WAITING, **_LISTABLE}, _LISTED, ranked=True),
    PageEvent.LISTED_FOR_OVERWRITE: _PageRule(_LISTABLE, replace(_LISTED, priority=Priority.CANDIDATE)),
    PageEvent.LISTED_AGAIN: _PageRule(_LISTABLE, _LISTED),
    PageEvent.TARGET_LISTED: _PageRule(_becomes(PageState.WAITING, PageState.ALIAS)),
    PageEvent.DUE: _PageRule(
        _stays(), PageEffects(turn=Turn.THIS_RUN, priority=Priority.RECHECK, position=Position.DUE)
    ),
    PageEvent.WITHIN_BOUND: _PageRule(
        _stays(PageState.WAITING),
        PageEffects(turn=Turn.THIS_RUN, priority=Priority.CANDIDATE, position=Position.LEFT_OVER),
    ),
    PageEvent.ASKED: _PageRule(_stays(), PageEffects(taken=True)),
    PageEvent.TIMED_OUT: _PageRule(_stays(), PageEffects(priority=Priority.RETRY, released=True)),
    PageEvent.LEFT_OVER: _PageRule(_stays(), _PUT_OFF, ranked=True),
    PageEvent.TOO_OLD: _PageRule(
        _stays(), PageEffects(turn=Turn.NONE, released=True, answered=True, deaths=Count.RESET)
    ),
    PageEvent.FAILED_IN_PASSING: _PageRule(_stays(), replace(_PUT_OFF, answered=True, failures=Count.ADD), ranked=True),
    PageEvent.WRITTEN: _PageRule(_becomes(PageState.RECORD), _LOOKED_AT),
    PageEvent.UNCHANGED: _PageRule(_becomes(PageState.RECORD), _LOOKED_AT),
    PageEvent.MISSED: _PageRule(_becomes(PageState.RECORD), _LOOKED_AT),
    PageEvent.DUPLICATE: _PageRule(_becomes(PageState.ALIAS), _ENDED),
    PageEvent.REDIRECTED: _PageRule(_becomes(PageState.ALIAS), _ENDED),
    PageEvent.DEPARTED: _PageRule(_becomes(PageState.ALIAS), _ENDED),
    PageEvent.GONE: _PageRule(_becomes(PageState.REJECTED), _ENDED),
    PageEvent.REJECTED: _PageRule(_becomes(PageState.REJECTED), _ENDED),
    PageEvent.CONDEMNED: _PageRule(_becomes(PageState.QUARANTINED), _ENDED),
    PageEvent.REDIRECT_TARGET: _PageRule(
        _becomes(PageState.ALIAS, PageState.UNKNOWN, PageState.REJECTED), PageEffects(seen=True)
    ),
    PageEvent.TARGET_RELEASED: _PageRule(_becomes(PageState.UNKNOWN)),
    PageEvent.ADOPTED: _PageRule(_becomes(PageState.RECORD, PageState.WAITING, PageState.ALIAS)),
    PageEvent.GIVEN_BACK: _PageRule(_becomes(PageState.RECORD, PageState.ALIAS, PageState.REJECTED)),
    PageEvent.ARTICLE_MOVED: _PageRule(_becomes(PageState.ALIAS, PageState.RECORD), PageEffects(turn=Turn.NONE)),
    PageEvent.RUN_ENDED: _PageRule(_stays(), PageEffects(turn=Turn.NEXT_RUN, released=True)),
    PageEvent.RUN_DIED: _PageRule(
        _stays(),
        PageEffects(turn=Turn.THIS_RUN, priority=Priority.ALONE, released=True, deaths=Count.ADD),
    ),
}


def _ranked(state: PageState, rule: _PageRule) -> PageEffects:
    if not rule.ranked:
        return rule.effects
    return replace(rule.effects, priority=Priority.RECHECK if state is PageState.RECORD else Priority.CANDIDATE)


_PAGE_TABLE = {
    (state, event): (goal, _ranked(state, rule))
    for event, rule in _PAGE_RULES.items()
    for state, goal in rule.goals.items()
}


def page_after(state: PageState, event: PageEvent) -> tuple[PageState, PageEffects] | None:
    """Returns what an event makes of a page, and its effects; None where it means nothing in that state."""
    return _PAGE_TABLE.get((state, event))


class ArticleState(StrEnum):
    """Whether a written article is still on its site. All but the first are stored."""

    UNWRITTEN = "unwritten"
    LIVE = "live"
    GONE = "gone"
    """Its site has withdrawn it; listed again, it may be back."""


class ArticleEvent(StrEnum):
    """What can happen to an article."""

    WRITTEN = "written"
    """Its first or next version is written."""
    UNCHANGED = "unchanged"
    """A look found it as it was."""
    NOT_MODIFIED = "not modified"
    """The server said so itself (304), without sending the page."""
    MISSED = "missed"
    """A look found no article at its page."""
    MOVED = "moved"
    """It is at another page now, under its old id."""
    WITHDRAWN = "withdrawn"
    """Two looks, some time apart, found it gone."""
    PAGE_CONDEMNED = "page condemned"
    """Its page is quarantined."""


class Given(Enum):
    """What becomes of a value of an article's: taken from the one who tells of the event, or cleared."""

    GIVEN = "given"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class ArticleEffects:
    """What an event changes besides the article's state. None and False leave a thing as it is."""

    due: Given | None = None
    """When it is looked at next."""
    gone_at: Given | None = None
    """When it was first found to be gone."""
    validators: Given | None = None
    """The headers that ask for a changed page only."""
    looked_at: bool = False
    """The time of the look is kept."""
    idle: Count | None = None
    """Looks on discovery's word that found no change."""


_WRITTEN = ArticleEffects(Given.GIVEN, Given.CLEARED, Given.GIVEN, looked_at=True, idle=Count.RESET)
_NOT_MODIFIED = ArticleEffects(Given.GIVEN, Given.CLEARED, looked_at=True)
_MISSED = ArticleEffects(Given.GIVEN, Given.GIVEN, looked_at=True)
_MOVED = ArticleEffects(Given.GIVEN, Given.CLEARED, Given.CLEARED, looked_at=True)
_NEVER = ArticleEffects(due=Given.CLEARED)

_ARTICLE_RULES: dict[tuple[ArticleState, ArticleEvent], tuple[ArticleState, ArticleEffects]] = {
    (ArticleState.UNWRITTEN, ArticleEvent.WRITTEN): (ArticleState.LIVE, _WRITTEN),
    (ArticleState.LIVE, ArticleEvent.WRITTEN): (ArticleState.LIVE, _WRITTEN),
    (ArticleState.GONE, ArticleEvent.WRITTEN): (ArticleState.LIVE, _WRITTEN),
    (ArticleState.LIVE, ArticleEvent.UNCHANGED): (ArticleState.LIVE, replace(_NOT_MODIFIED, validators=Given.GIVEN)),
    (ArticleState.LIVE, ArticleEvent.NOT_MODIFIED): (ArticleState.LIVE, _NOT_MODIFIED),
    # A server that says "not modified" although it was not asked whether does not bring a withdrawn article back.
    (ArticleState.GONE, ArticleEvent.NOT_MODIFIED): (
        ArticleState.GONE,
        ArticleEffects(due=Given.CLEARED, looked_at=True),
    ),
    (ArticleState.LIVE, ArticleEvent.MISSED): (ArticleState.LIVE, _MISSED),
    (ArticleState.GONE, ArticleEvent.MISSED): (ArticleState.GONE, _MISSED),
    (ArticleState.LIVE, ArticleEvent.MOVED): (ArticleState.LIVE, _MOVED),
    (ArticleState.GONE, ArticleEvent.MOVED): (ArticleState.LIVE, _MOVED),
    (ArticleState.LIVE, ArticleEvent.WITHDRAWN): (ArticleState.GONE, _NEVER),
    (ArticleState.GONE, ArticleEvent.WITHDRAWN): (ArticleState.GONE, _NEVER),
    (ArticleState.LIVE, ArticleEvent.PAGE_CONDEMNED): (ArticleState.LIVE, _NEVER),
    (ArticleState.GONE, ArticleEvent.PAGE_CONDEMNED): (ArticleState.GONE, _NEVER),
}


def article_after(state: ArticleState, event: ArticleEvent) -> tuple[ArticleState, ArticleEffects] | None:
    """Returns what an event makes of an article, and its effects; None where it means nothing in that state."""
    return _ARTICLE_RULES.get((state, event))

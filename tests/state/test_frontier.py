"""Each candidate is handed out once, in a fixed order, with all that was said of it, and stays until it has an outcome."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.items import Candidate, Evidence
from newscrawl.state.frontier import Entry, Frontier, Registration
from newscrawl.state.redirects import Redirects
from newscrawl.state.transitions import PageEvent, Priority
from tests.state.conftest import BEGIN, Shelf


def found(url: str, **said: str) -> Candidate:
    return Candidate(url=url, evidence=Evidence(via=said.pop("via", "section"), **said))


def at(seconds: float) -> str:
    return datetime.fromtimestamp(BEGIN + seconds, UTC).isoformat()


def take(frontier: Frontier, priority: Priority = Priority.CANDIDATE) -> Entry | None:
    return next((entry for host in sorted(frontier.hosts) if (entry := frontier.take(host, priority))), None)


def taken(frontier: Frontier) -> list[str]:
    return [entry.url.removeprefix("https://example.com/") for entry in iter(lambda: take(frontier), None)]


def test_order_and_spelling_do_not_depend_on_which_answer_came_first(tmp_path: Path) -> None:
    finds = [
        ((2, 0), found("https://example.com/b?utm_source=x")),
        ((1, 1), found("http://example.com/b/")),
        ((3, 0), found("https://example.com/b")),
        ((1, 0), found("https://example.com/a")),
        ((0, 5), found("https://example.com/c")),
    ]
    outcomes = set()
    for number, order in enumerate(itertools.permutations(finds)):
        shelf = Shelf(tmp_path / f"{number}.sqlite")
        store = shelf.run()
        frontier = Frontier(store)
        for place, candidate in order:
            frontier.register(candidate, place)
        outcomes.add(
            tuple(
                iter(
                    lambda frontier=frontier: (entry := frontier.take_from_any_host(Priority.CANDIDATE)) and entry.url,
                    None,
                )
            )
        )
        shelf.end(store)
    assert outcomes == {("https://example.com/c", "https://example.com/a", "https://example.com/b")}


def test_what_feed_sitemap_and_section_say_is_brought_together(shelf: Shelf) -> None:
    frontier = Frontier(shelf.run())
    assert frontier.register(found("https://example.com/a", section="Local"), (0,)) == Registration.NEW
    assert (
        frontier.register(
            found("https://example.com/a", via="sitemap", title="From the sitemap", modified="2026-03-08"), (1,)
        )
        != Registration.NEW
    )
    frontier.register(found("https://example.com/a", via="feed", title="From the feed", published="2026-03-07"), (2,))
    entry = take(frontier)
    assert entry is not None
    assert entry.evidence == Evidence(
        via="feed", title="From the feed", published="2026-03-07", modified="2026-03-08", section="Local"
    )
    assert take(frontier) is None


def test_what_a_run_leaves_over_is_the_next_runs_first_work_newest_first(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    for name, age in (("old", 3000.0), ("new", 1000.0), ("older", 9000.0)):
        frontier.register(found(f"https://example.com/{name}", published=at(-age)), (0,))
    for entry in iter(lambda: take(frontier), None):
        frontier.leave_over(entry, "limit")
    shelf.end(store)
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/today", published=at(-10)), (0,))
    assert taken(frontier) == ["new", "old", "older", "today"]


def test_a_candidate_is_kept_when_nobody_lists_it_any_more_and_nobody_got_to_it(shelf: Shelf) -> None:
    store = shelf.run()
    Frontier(store).register(found("https://example.com/a"), (0,))
    shelf.end(store)
    assert taken(Frontier(shelf.run())) == ["a"]


def test_what_has_ended_does_not_come_again(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/a"), (0,))
    entry = take(frontier)
    assert entry
    frontier.end(entry, PageEvent.REJECTED, reason="empty")
    frontier.register(found("https://example.com/a/"), (0,))
    assert taken(frontier) == []
    shelf.end(store)
    frontier = Frontier(shelf.run())
    frontier.register(found("https://example.com/a"), (0,))
    assert taken(frontier) == []


def test_a_rejected_page_is_looked_at_again_when_it_is_said_to_have_changed(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/a", modified=at(-100)), (0,))
    entry = take(frontier)
    assert entry
    frontier.end(entry, PageEvent.REJECTED, reason="empty")
    shelf.end(store)
    shelf.now += 3600
    frontier = Frontier(shelf.run())
    frontier.register(found("https://example.com/a", modified=at(-100)), (0,))
    assert taken(frontier) == []
    frontier.register(found("https://example.com/a", modified=at(1800)), (0,))
    assert taken(frontier) == ["a"]


def test_a_failure_that_may_pass_keeps_the_candidate_for_the_next_run(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/a"), (0,))
    entry = take(frontier)
    assert entry
    frontier.failed_in_passing(entry, "http_503", None)
    assert taken(frontier) == [], "not in the same run"
    shelf.end(store)
    again = take(Frontier(shelf.run()))
    assert again
    assert (again.failures, again.reported) == (1, "http_503")


def test_parked_pages_wait_for_a_run_whose_bound_they_meet(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/a", published=at(-5000)), (0,))
    entry = take(frontier)
    assert entry
    frontier.park(entry, BEGIN - 5000, "limit")
    shelf.end(store)
    store = shelf.run()
    frontier = Frontier(store)
    assert (frontier.unpark(BEGIN - 4000), taken(frontier)) == (0, [])
    shelf.end(store)
    frontier = Frontier(shelf.run())
    assert (frontier.unpark(None), taken(frontier)) == (1, ["a"])


def test_pages_of_a_killed_run_come_alone_and_after_a_second_death_not_again(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    for name in "abc":
        frontier.register(found(f"https://example.com/{name}"), (0,))
    first = take(frontier)
    assert first
    store.commit()  # which some moments later happens in every run
    shelf.die(store)
    store = shelf.run()
    frontier = Frontier(store)
    assert frontier.quarantine() == []
    assert sorted([first.url[-1], *taken(frontier)]) == ["a", "b", "c"]
    shelf.end(store)  # a run that ends takes no page with it
    store = shelf.run()
    frontier = Frontier(store)
    assert (alone := take(frontier, Priority.ALONE))
    assert alone.url == first.url
    shelf.die(store)
    frontier = Frontier(shelf.run())
    assert [entry.url for entry in frontier.quarantine()] == [first.url]
    assert take(frontier, Priority.ALONE) is None


def test_a_page_that_ends_has_its_deaths_forgiven(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    frontier.register(found("https://example.com/a"), (0,))
    for _ in range(3):
        entry = take(frontier) or take(frontier, Priority.ALONE)
        assert entry
        store.commit()
        shelf.die(store)
        store = shelf.run()
        frontier = Frontier(store)
        entry = take(frontier, Priority.ALONE)
        assert entry
        frontier.failed_in_passing(entry, "timeout", None)
        shelf.end(store)
        store = shelf.run()
        frontier = Frontier(store)
        assert frontier.quarantine() == []


def test_a_page_that_timed_out_comes_once_more_at_the_end(shelf: Shelf) -> None:
    frontier = Frontier(shelf.run())
    frontier.register(found("https://example.com/a"), (0,))
    entry = take(frontier)
    assert entry
    frontier.retry_at_end(entry)
    assert take(frontier) is None
    assert take(frontier, Priority.RETRY)


def test_a_redirects_target_belongs_to_whoever_led_there_first(shelf: Shelf) -> None:
    store = shelf.run()
    frontier = Frontier(store)
    redirects = Redirects(store, frontier)
    for name in "ab":
        frontier.register(found(f"https://example.com/{name}"), (0,))
    first, second = take(frontier), take(frontier)
    assert first
    assert second
    assert redirects.claim_target("https://example.com/a/", first)
    assert redirects.claim_target("https://example.com/new", first)
    assert redirects.claim_target("https://example.com/new?utm_source=x", first)
    assert not redirects.claim_target("https://example.com/new", second)
    assert not redirects.claim_target("https://example.com/b", first)
    assert frontier.register(found("https://example.com/new"), (1,)) != Registration.NEW
    assert taken(frontier) == []

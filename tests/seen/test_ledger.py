"""Each candidate is handed out once, in a fixed order, with all that was said of it."""
from __future__ import annotations

import itertools

from newscrawl.items import Candidate, Evidence
from newscrawl.seen.ledger import Ledger
from newscrawl.sites.registry import bare

SITE = bare("https://example.com/")


def found(url: str, **said: str) -> Candidate:
    return Candidate(url=url, evidence=Evidence(via=said.pop("via", "section"), **said))


def taken(ledger: Ledger) -> list[str]:
    return [entry.url for entry in iter(ledger.take, None)]


def test_order_and_spelling_do_not_depend_on_which_answer_came_first() -> None:
    finds = [
        ((2, 0), found("https://example.com/b?utm_source=x")), ((1, 1), found("http://m.example.com/b")), ((3, 0), found("https://example.com/b")),
        ((1, 0), found("https://example.com/a")), ((0, 5), found("https://example.com/c"))]
    outcomes = set()
    for order in itertools.permutations(finds):
        ledger = Ledger()
        for place, candidate in order:
            ledger.register(candidate, place, SITE)
        outcomes.add(tuple(taken(ledger)))
    assert outcomes == {("https://example.com/c", "https://example.com/a", "https://example.com/b")}


def test_what_feed_sitemap_and_section_say_is_brought_together() -> None:
    ledger = Ledger()
    ledger.register(found("https://example.com/a", section="Local"), (0,), SITE)
    ledger.register(found("https://example.com/a", via="sitemap", title="From the sitemap", modified="2026-03-08"), (1,), SITE)
    ledger.register(found("https://example.com/a", via="feed", title="From the feed", published="2026-03-07"), (2,), SITE)
    entry = ledger.take()
    assert entry is not None
    assert entry.evidence == Evidence(via="feed", title="From the feed", published="2026-03-07", modified="2026-03-08", section="Local")
    assert ledger.take() is None


def test_a_candidate_that_was_handed_out_does_not_come_again() -> None:
    ledger = Ledger()
    assert ledger.register(found("https://example.com/a"), (0,), SITE)
    assert ledger.take()
    assert ledger.register(found("https://example.com/a/"), (0,), SITE) is None
    assert ledger.take() is None


def test_it_ends_once() -> None:
    ledger = Ledger()
    entry = ledger.register(found("https://example.com/a"), (0,), SITE)
    assert entry
    assert [ledger.end(entry), ledger.end(entry)] == [True, False]


def test_a_redirects_target_belongs_to_whoever_led_there_first() -> None:
    ledger = Ledger()
    first, second = (ledger.register(found(f"https://example.com/{name}"), (0,), SITE) for name in "ab")
    assert first
    assert second
    assert ledger.claim("https://example.com/a/", first)
    assert ledger.claim("https://example.com/new", first)
    assert ledger.claim("https://example.com/new?utm_source=x", first)
    assert not ledger.claim("https://example.com/new", second)
    assert not ledger.claim("https://example.com/b", first)
    assert ledger.register(found("https://example.com/new"), (1,), SITE) is None

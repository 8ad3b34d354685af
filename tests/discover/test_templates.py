"""What a site's verdicts teach of URLs that look alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newscrawl.discover.templates import BUCKETS, KEPT, Templates, template
from newscrawl.items import MemoryNotes

BEGIN = datetime(2026, 3, 9, tzinfo=UTC)


class Clock:
    now = BEGIN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def templates(clock: Clock) -> Templates:
    return Templates(MemoryNotes(), clock)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "https://a.example/2026/03/09/a-late-goal-won-it",
            "https://www.a.example/2025/11/01/the-harbour-is-closed/",
            True,
        ),
        ("https://a.example/n/1001.html", "https://a.example/n/77.html", True),
        ("https://a.example/n/c_1001.html", "https://a.example/n/c_1.html?utm_source=x", True),
        ("https://a.example/i.php?m=content&a=show&id=3", "https://a.example/i.php?id=9&m=content&a=show", True),
        ("https://a.example/i.php?m=content&a=show&id=3", "https://a.example/i.php?m=content&a=list&id=3", False),
        ("https://a.example/sport/a-late-goal-won-it", "https://a.example/video/a-late-goal-won-it", False),
        ("https://a.example/n/1001", "https://a.example/n/a-late-goal-won-it", False),
        ("https://a.example/n/a-late-goal-won-it", "https://a.example/n/a-late-goal-won-it?colour=red", False),
        ("https://a.example/n/1001", "https://b.example/n/1001", False),
    ],
)
def test_urls_of_one_kind_have_one_template(one: str, other: str, same: bool) -> None:
    assert (template(one) == template(other)) is same


def page(number: int, folder: str = "agenda") -> str:
    return f"https://a.example/{folder}/2026-03-{number:02}/what-is-on-that-day-{number}"


def test_a_template_whose_first_pages_are_no_articles_is_put_off_and_tried_once_a_day(
    templates: Templates, clock: Clock
) -> None:
    for number in range(30):
        assert templates.put_off(page(number)) is None
        templates.learned(page(number), False)
    assert templates.put_off(page(31)) is None  # today's try
    assert "gave no article in 30 pages" in str(templates.put_off(page(32)))
    assert templates.verdict(page(33)) is False
    assert templates.put_off(page(33, "news")) is None
    assert [(one.template, one.pages, one.example) for one in templates.report()] == [
        ("a.example/agenda/#/*", 30, page(29))
    ]
    clock.now += timedelta(days=1)
    assert templates.put_off(page(34)) is None
    assert templates.put_off(page(35)) is not None
    templates.learned(page(34), True)  # the site has changed: it comes back by itself
    assert templates.put_off(page(36)) is None
    assert templates.report() == []


def test_a_template_that_has_given_articles_is_asked_less_before_it_is_put_off(templates: Templates) -> None:
    templates.learned(page(0), True)
    asked = 0
    for number in range(1, 1000):
        if templates.put_off(page(number)) is None:
            asked += 1
            templates.learned(page(number), False)
    # 60 in a row, then every second to 120, then every fourth to 240, then today's one.
    assert asked == 241


def test_a_few_rejections_among_articles_change_nothing(templates: Templates) -> None:
    for number in range(500):
        assert templates.put_off(page(number)) is None
        templates.learned(page(number), number % 20 == 0)
    assert templates.report() == []


def test_repeats_end_a_template_that_gives_nothing_else(templates: Templates) -> None:
    """``/s/4f2a91/news/…``: every visit lists all articles under new addresses."""
    templates.learned(page(0, "sport"), True)
    for number in range(3):
        templates.seen_in(page(number, "feed"), "feed")
    for number in range(31):
        for folder in ("s-4f2a91", "sport", "feed"):
            assert number > 29 or templates.put_off(page(number, folder)) is None
            templates.repeated(page(number, folder))
    assert [templates.put_off(page(40, folder)) is None for folder in ("sport", "feed")] == [True, True]
    templates.put_off(page(41, "s-4f2a91"))  # today's try
    assert "gave no article in 31 pages" in str(templates.put_off(page(42, "s-4f2a91")))


def test_articles_and_feeds_teach_what_an_article_looks_like(templates: Templates) -> None:
    assert templates.verdict(page(1)) is None
    for number in range(3):
        templates.learned(page(number), True)
        templates.seen_in(f"https://a.example/x/{number}", "feed")
        templates.seen_in(f"https://a.example/y/{number}", "section")
    assert templates.verdict(page(9)) is True
    assert templates.verdict("https://a.example/x/99") is True
    assert templates.verdict("https://a.example/y/99") is None
    assert templates.known() == {"a.example/agenda/#/*": True, "a.example/x/#": True}


def test_what_was_learned_outlives_the_run_and_stays_bounded(clock: Clock) -> None:
    notes = MemoryNotes()
    first = Templates(notes, clock)
    for number in range(30):
        first.learned(page(number), False)
    for number in range(3 * BUCKETS * KEPT):
        clock.now += timedelta(seconds=1)
        word = "".join(chr(97 + int(digit)) for digit in str(number))
        first.learned(f"https://a.example/{word}/1", True)
    again = Templates(notes, clock)
    assert again.verdict(page(40)) is False
    assert sum(len(notes.note("templates", str(bucket)) or {}) for bucket in range(BUCKETS)) <= BUCKETS * KEPT

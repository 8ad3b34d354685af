"""When an article is the same as one that was written."""

from __future__ import annotations

from newscrawl.items import Article, Candidate, Evidence
from newscrawl.state.articles import Articles, KnownArticle
from newscrawl.state.frontier import Frontier
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleState, PageEvent, Priority

PARAGRAPHS = [
    f"Paragraph {word} tells of the harbour, its ferries and the people who wait for them at dawn."
    for word in ("one", "two", "three", "four", "five", "six")
]


def article(key: str, paragraphs: list[str], title: str = "Ferries", site: str = "example.com") -> Article:
    text = "\n\n".join(paragraphs)
    return Article(
        id=key,
        url=f"https://{site}/{key}",
        requested_url=f"https://{site}/{key}",
        site=site,
        title=title,
        text=text,
        content_hash=f"{title}{text}",
    )


def repeats(second: Article, first: Article | None = None) -> bool:
    store = Store(None, lambda: 0.0)
    store.begin_run("run")
    known = Articles(store)
    first = first or article("a", PARAGRAPHS)
    known.keep(first, "page", {}, None)
    found = known.original(second)
    return found is not None and found.id == first.id


def test_the_same_identity() -> None:
    assert repeats(article("a", ["Something else."]))


def test_the_same_text_under_another_headline() -> None:
    assert repeats(article("b", PARAGRAPHS, title="Boats"))


def test_the_same_text_in_other_spaces_and_punctuation() -> None:
    assert repeats(article("b", [text.replace(",", "，").upper() for text in PARAGRAPHS], title="Boats"))


def test_one_line_more_under_the_same_headline() -> None:
    assert repeats(article("b", ["By Ada Lind", *PARAGRAPHS]))


def test_a_text_that_grew_by_half_is_another() -> None:
    assert not repeats(article("b", PARAGRAPHS), first=article("a", PARAGRAPHS[:3]))


def test_a_shared_headline_is_not_enough() -> None:
    assert not repeats(article("b", [text.replace("harbour", "station") for text in PARAGRAPHS]))


def test_another_site_reposts_and_does_not_repeat() -> None:
    assert not repeats(article("b", PARAGRAPHS, site="example.org"))


def test_short_standard_sentences_are_no_sign() -> None:
    stub = ["Subscribe to read on."]
    assert not repeats(article("b", stub, title="Second"), first=article("a", stub, title="First"))


def test_editions_of_a_regular_report_are_articles_of_their_own() -> None:
    """The winning numbers of each day: one headline, and a text of which all but a line stays."""
    first, second, twin = (
        article(key, [line, *PARAGRAPHS])
        for key, line in (
            ("a", "The numbers are 3, 9 and 40."),
            ("b", "The numbers are 4, 17 and 31."),
            ("c", "By Ada Lind"),
        )
    )
    first.published, second.published, twin.published = (
        "2026-03-01T20:00:00+00:00",
        "2026-03-02T20:00:00+00:00",
        "2026-03-01T22:00:00+01:00",
    )
    assert not repeats(second, first=first)
    assert repeats(twin, first=first)
    second.published = None
    assert repeats(second, first=first)


def test_a_withdrawn_article_stays_so_when_its_server_says_not_modified() -> None:
    """Some servers say 304 whatever they are asked; that does not tell that the article is back."""
    store = Store(None, lambda: 1000.0)
    store.begin_run("run")
    known, frontier = Articles(store), Frontier(store)
    candidate = Candidate(url="https://example.com/a", evidence=Evidence(via="feed"))
    frontier.register(candidate, (0,))
    entry = frontier.take_from_any_host(Priority.CANDIDATE)
    assert entry
    known.keep(article("a", PARAGRAPHS), entry.key, {}, None)
    frontier.end(entry, PageEvent.WRITTEN, article="a")
    known.missed(found(known), None, gone_at=500.0)
    known.withdraw(found(known))
    known.not_modified(found(known), due=2000.0, on_word=False)
    assert (found(known).state, found(known).gone_at, found(known).due) == (ArticleState.GONE, 500.0, None)


def found(articles: Articles) -> KnownArticle:
    known = articles.get("a")
    assert known
    return known

"""dateparser as the last resort: forms that no regex of ours knows, and what must not become a date."""

from __future__ import annotations

from datetime import datetime

import pytest

from newscrawl.extraction.fields.rare_dates import parse

CASES = [
    ("ka", "15 აგვისტო 2023", datetime(2023, 8, 15)),
    (
        "lt",
        "2023 m. rugpjūčio 15 d.",
        None,
    ),  # dateparser 1.5 does not know the abbreviations: no date is better than a wrong one
    ("sw", "15 Agosti 2023", datetime(2023, 8, 15)),
    ("hy", "15 օգոստոսի 2023", datetime(2023, 8, 15)),
    ("en", "Room 2023", None),
    ("en", "1999 reasons to stay", None),
    ("en", "August 2023", None),
    ("", "15 August 2023", None),
    ("tlh", "15 August 2023", None),
]


@pytest.mark.parametrize(
    ("language", "text", "expected"), CASES, ids=[f"{lang or 'none'}-{text}" for lang, text, _ in CASES]
)
def test_only_whole_dates_in_a_named_language(language: str, text: str, expected: datetime | None) -> None:
    found = parse([text], language or None, datetime(2026, 3, 1))
    assert (found[0] if found else None) == expected


def test_a_page_whose_date_only_dateparser_knows_has_one() -> None:
    import newscrawl

    paragraph = "<p>" + "სატესტო სტატიის წინადადება, რომელიც საკმარისად გრძელია. " * 6 + "</p>"
    page = f'<html lang="ka"><title>ახალი ამბავი დღეს</title><h1>ახალი ამბავი დღეს</h1><div class="date">15 აგვისტო 2023, 10:30</div>{paragraph}</html>'
    article = newscrawl.extract(page)
    assert isinstance(article, newscrawl.Article)
    assert article.published == "2023-08-15T10:30:00"
    assert article.published_raw == "15 აგვისტო 2023, 10:30"

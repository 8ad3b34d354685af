"""One spelling of dates in records, and when a feed agrees with a page."""
from __future__ import annotations

import pytest

from newscrawl.normalize.dates import agrees, canonical


@pytest.mark.parametrize(("value", "expected"), [
    ("2024-05-03T15:47:42.389Z", "2024-05-03T15:47:42+00:00"), ("2024-05-03T15:47:42+0200", "2024-05-03T15:47:42+02:00"), ("2024-05-03 15:47", "2024-05-03T15:47:00"), ("2024-05-03", "2024-05-03"),
    ("Fri, 03 May 2024 15:47:42 GMT", "2024-05-03T15:47:42+00:00"), ("yesterday", None), ("", None), (None, None), ("2024-13-01", None),
])
def test_canonical(value: str | None, expected: str | None) -> None:
    assert canonical(value) == expected


@pytest.mark.parametrize(("page", "feed", "expected"), [
    ("2024-05-03T15:47:42+02:00", "Fri, 03 May 2024 13:47:00 GMT", True), ("2024-05-03T15:47:42", "2024-05-03T15:47:00+02:00", True), ("2024-05-03T15:47:42+02:00", "2024-05-03T15:47:42Z", False),
    ("2024-05-03T15:47:42", "2024-05-03T15:49:00+02:00", False), (None, "2024-05-03", False), ("2024-05-03", "soon", False),
])
def test_agreement_to_the_minute(page: str | None, feed: str | None, expected: bool) -> None:
    assert agrees(page, feed) is expected

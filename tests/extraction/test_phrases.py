"""The words of furniture on single lines: what a line says, and whether it says it as a sentence."""

from __future__ import annotations

import pytest

from newscrawl.extraction.body.phrases import by_words, narrates, told_by


@pytest.mark.parametrize(
    ("text", "link_share", "reason"),
    (
        ("Subscribe to our newsletter.", 0.0, "newsletter"),
        ("Subscribe to the theory that prices fall.", 0.0, None),
        ("Subscribe to the theory that prices fall.", 1.0, "newsletter"),  # a link: the site's own call
        ("未经授权不得转载。", 0.0, "licence"),
        ("未经父母同意，学校不得使用照片。", 0.0, None),
        ("Continue reading…", 0.0, "advert"),  # three points are no sentence's end
        ("© 2024 Example", 0.0, "licence"),
        ("© disputes have doubled.", 0.0, None),
        ("点击数：1274", 0.0, "share-bar"),
        ("点击数：1274。", 0.0, "share-bar"),
        ("点击数：1274次，转发三次", 0.0, None),
    ),
)
def test_by_words(text: str, link_share: float, reason: str | None) -> None:
    assert by_words(text, link_share) == reason


def test_a_counter_is_told_as_the_whole_line_that_it_is() -> None:
    """``scrapy explain`` names the reason; a counter left in the text made each visit of a page a new version."""
    assert told_by("This article has been read 1274 times.") == "the whole line"


@pytest.mark.parametrize(
    ("text", "tells"),
    (
        ("Sources: the minister knew.", True),
        ("Source: The Associated Press.", False),
        ("来源：例子日报。", False),
        ("编辑：张三、李四。", False),
        ("编辑：这个职业正在消失。", True),
        ("By Jane Doe, London.", False),
        ("Why?", True),
    ),
)
def test_narrates(text: str, tells: bool) -> None:
    assert narrates(text) is tells

"""The words of furniture on single lines: what a line says, and whether it says it as a sentence."""
from __future__ import annotations

import pytest

from newscrawl.extract.phrases import by_words, ends_sentence, heading_of, narrates, told_by


@pytest.mark.parametrize(("text", "link_share", "reason"), (
    ("Subscribe to our newsletter.", 0.0, "newsletter"),
    ("Subscribe to the theory that prices fall.", 0.0, None),
    ("Subscribe to the theory that prices fall.", 1.0, "newsletter"),  # a link: the site's own call
    ("未经授权不得转载。", 0.0, "licence"),
    ("未经父母同意，学校不得使用照片。", 0.0, None),
    ("Continue reading…", 0.0, "advert"),  # three points are no sentence's end
    ("© 2024 Example", 0.0, "licence"),
    ("© disputes have doubled.", 0.0, None),
    ("点击数：1274", 0.0, "share-bar"), ("点击数：1274。", 0.0, "share-bar"), ("点击数：1274次，转发三次", 0.0, None),
))
def test_by_words(text: str, link_share: float, reason: str | None) -> None:
    assert by_words(text, link_share) == reason


def test_a_counter_is_told_as_the_whole_line_that_it_is() -> None:
    """``scrapy explain`` names the reason; a counter left in the text made each visit of a page a new version."""
    assert told_by("This article has been read 1274 times.") == "the whole line"


@pytest.mark.parametrize(("text", "sure", "loose"), (
    ("Related articles", "recommended", "recommended"), ("Popular with voters", None, "recommended"), ("Most read", "recommended", "recommended"),
    ("More than 200 people", None, None), ("猜你喜欢", "recommended", "recommended"), ("Kommentar eines Nachbarn", None, "comment"), ("Kommentare (3)", "comment", "comment"),
    ("About the author", "author-box", "author-box"), ("The facts", None, None),
))
def test_headings(text: str, sure: str | None, loose: str | None) -> None:
    assert (heading_of(text, sure=True), heading_of(text)) == (sure, loose)


@pytest.mark.parametrize(("text", "ends"), (("It rained.", True), ("下雨了。", True), ("لماذا؟", True), ("“No.”", True), ("Read more...", False), ("Read more…", False), ("By Jane Doe", False)))
def test_ends_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(text) is ends


@pytest.mark.parametrize(("text", "tells"), (
    ("Sources: the minister knew.", True), ("Source: The Associated Press.", False), ("来源：例子日报。", False), ("编辑：张三、李四。", False), ("编辑：这个职业正在消失。", True), ("By Jane Doe, London.", False), ("Why?", True),
))
def test_narrates(text: str, tells: bool) -> None:
    assert narrates(text) is tells
